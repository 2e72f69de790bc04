extension Parser {
    mutating func selector() throws(ParseError) -> Expression {
        let start = current.offset
        var name: String?
        var matchers: [Matcher] = []
        if current.kind != .symbol("{") {
            name = current.text
            advance()
        }
        if current.kind == .symbol("{") { try braces(&name, &matchers, start) }
        if let name {
            if let twice = matchers.first(where: { $0.name == Labels.metricName }) {
                throw error("metric name must not be set twice: \"\(name)\" or \"\(twice.value)\"", at: start)
            }
            matchers.append(Matcher(Labels.metricName, equals: name))
        }
        guard matchers.contains(where: { !$0.accepts("") }) else {
            throw error("vector selector must contain at least one non-empty matcher", at: start)
        }
        return try make(.selector(Selector(name: name, matchers: matchers)), at: start)
    }

    private mutating func braces(_ name: inout String?, _ matchers: inout [Matcher], _ start: Int) throws(ParseError) {
        advance()
        while current.kind != .symbol("}") {
            if current.kind == .end { throw error("unexpected end of input inside braces", at: current.offset) }
            let label = current
            var text = label.text
            switch label.kind {
            case .name: break
            case .string(let quoted): text = quoted
            default: throw unexpected("label matching", expected: "identifier or \"}\"")
            }
            advance()
            if case .symbol(let symbol) = current.kind, let op = Matcher.Operator(rawValue: symbol) {
                advance()
                guard case .string(let value) = current.kind else { throw unexpected("label matching", expected: "string") }
                matchers.append(try pattern(text, op, value, at: label.offset))
                advance()
            } else if case .string = label.kind, current.kind == .symbol(",") || current.kind == .symbol("}") {
                if let name { throw error("metric name must not be set twice: \"\(name)\" or \"\(text)\"", at: start) }
                name = text
            } else if current.kind == .end {
                throw error("unexpected end of input inside braces", at: current.offset)
            } else {
                throw unexpected("label matching", expected: "label matching operator")
            }
            if current.kind == .symbol(",") {
                advance()
            } else if current.kind != .symbol("}"), current.kind != .end {
                throw unexpected("label matching", expected: "\",\" or \"}\"")
            }
        }
        advance()
    }

    // MARK: What follows an operand

    mutating func postfix() throws(ParseError) -> Expression {
        var expression = try primary()
        while true {
            if current.kind == .symbol("[") {
                expression = try brackets(expression)
            } else if keyword == "offset" {
                expression = try offset(expression)
            } else if current.kind == .symbol("@") {
                expression = try at(expression)
            } else {
                return expression
            }
        }
    }

    /// `[range]` or `[range:step]`.
    private mutating func brackets(_ inner: Expression) throws(ParseError) -> Expression {
        let bracket = current
        advance()
        let range = try positiveDuration()
        guard current.kind == .symbol(":") else {
            try close("]", "unclosed left bracket")
            guard case .selector(let selector) = inner.kind else {
                throw error("ranges only allowed for vector selectors", at: bracket.offset)
            }
            guard selector.shift == TimeShift() else {
                throw error("no \(selector.shift.at == nil ? "offset" : "@") modifiers allowed before range", at: bracket.offset)
            }
            return try make(.range(selector, millis: range), at: inner.offset)
        }
        advance()
        var step: Int64?
        if current.kind == .end { throw error("unclosed left bracket", at: current.offset) }
        if current.kind != .symbol("]") { step = try positiveDuration() }
        try close("]", "unclosed left bracket")
        guard inner.type == .vector else {
            throw error("subquery is only allowed on instant vector, got \(inner.type.words)", at: inner.offset)
        }
        return try make(.subquery(Subquery(inner: inner, rangeMillis: range, stepMillis: step)), at: inner.offset)
    }

    private mutating func positiveDuration() throws(ParseError) -> Int64 {
        let token = current
        let millis = try duration("subquery or range")
        guard millis > 0 else { throw error("duration must be greater than 0", at: token.offset) }
        return millis
    }

    /// A duration, or a number of seconds.
    private mutating func duration(_ place: String) throws(ParseError) -> Int64 {
        let token = current
        switch token.kind {
        case .duration(let millis):
            advance()
            return millis
        case .number(let seconds):
            advance()
            guard seconds < Double(DurationText.limitMillis) / 1_000 else { throw error("duration out of range", at: token.offset) }
            return Int64((seconds * 1_000).rounded())
        default: throw unexpected(place, expected: "duration")
        }
    }

    private mutating func offset(_ expression: Expression) throws(ParseError) -> Expression {
        advance()
        let isNegative = current.kind == .symbol("-")
        if isNegative { advance() }
        let millis = try duration("offset")
        return try shifted(expression, "offset modifier") { (shift) throws(ParseError) in
            if shift.hasOffset { throw error("offset may not be set multiple times", at: expression.offset) }
            shift.hasOffset = true
            shift.offsetMillis = isNegative ? -millis : millis
        }
    }

    private mutating func at(_ expression: Expression) throws(ParseError) -> Expression {
        advance()
        let moment = try moment()
        return try shifted(expression, "@ modifier") { (shift) throws(ParseError) in
            if shift.at != nil { throw error("@ <timestamp> may not be set multiple times", at: expression.offset) }
            shift.at = moment
        }
    }

    private mutating func moment() throws(ParseError) -> TimeShift.Moment {
        if let word = keyword, word == "start" || word == "end" {
            advance()
            guard current.kind == .symbol("(") else { throw unexpected("@", expected: "\"(\"") }
            advance()
            try close(")", "unclosed left parenthesis")
            return word == "start" ? .start : .end
        }
        let token = current
        var sign = 1.0
        if token.kind == .symbol("-") || token.kind == .symbol("+") {
            if token.kind == .symbol("-") { sign = -1 }
            advance()
        }
        let seconds: Double
        switch current.kind {
        case .number(let value): seconds = value
        case .duration(let millis): seconds = Double(millis) / 1_000
        case .name where keyword == "inf" || keyword == "nan": seconds = .nan
        default: throw unexpected("@", expected: "timestamp")
        }
        guard seconds.magnitude < Moments.limitSeconds else { throw error("timestamp out of bounds for @ modifier", at: token.offset) }
        advance()
        return .millis(Int64((sign * seconds * 1_000).rounded()))
    }

    private func shifted(
        _ expression: Expression, _ modifier: String, _ change: (inout TimeShift) throws(ParseError) -> Void
    ) throws(ParseError) -> Expression {
        var shifted = expression
        switch expression.kind {
        case .selector(var selector):
            try change(&selector.shift)
            shifted.kind = .selector(selector)
        case .range(var selector, let millis):
            try change(&selector.shift)
            shifted.kind = .range(selector, millis: millis)
        case .subquery(var subquery):
            try change(&subquery.shift)
            shifted.kind = .subquery(subquery)
        default:
            throw error(
                "\(modifier) must be preceded by an instant vector selector or range vector selector or a subquery", at: expression.offset)
        }
        return shifted
    }
}

/// Times on the wire and in the language.
public enum Moments {
    /// Seconds beyond this, some 70 million years, are no time to calculate with: nothing overflows below.
    public static let limitSeconds = 2.25e15
}
