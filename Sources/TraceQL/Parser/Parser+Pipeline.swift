extension Parser {
    /// The whole text.
    mutating func parseQuery() throws(QueryError) -> Query {
        let body = try parseBody()
        var hints: [Hint]?
        while take(word: "with") { hints = try parseHints() }
        guard current.kind == .end else {
            throw unexpected(expected: (hints == nil ? ["|", "an operator"] : []) + ["with", "end of query"])
        }
        return Query(body: body, hints: hints ?? [])
    }

    private mutating func parseBody() throws(QueryError) -> Query.Body {
        let term = try parsePipeline(inParentheses: false)
        switch term.kind {
        case .metrics(let metrics): return .metrics(metrics)
        case .pipelines(let expression): return .spansets(Pipeline([.spansets(expression)]))
        default:
            guard let stages = term.stages else { throw unexpected(expected: "a comparison") }
            return .spansets(Pipeline(stages))
        }
    }

    /// `(name = value, ...)`.
    private mutating func parseHints() throws(QueryError) -> [Hint] {
        try expect(.open)
        return try parseList { parser throws(QueryError) in
            guard let name = parser.word else { throw parser.unexpected(expected: "the name of a hint") }
            parser.index += 1
            try parser.expect(.equal)
            guard let value = parser.takeConstant() else { throw parser.unexpected(expected: "a constant") }
            return Hint(name: name, value: value)
        }
    }

    /// Everything up to the end, `with`, or the closing parenthesis.
    mutating func parsePipeline(inParentheses: Bool) throws(QueryError) -> Term {
        if word == "coalesce" { throw unexpected(why: ", which cannot be the first stage") }
        var first = try parseStage()
        if case .metrics(let metrics) = first.kind {
            first.kind = .metrics(try parseSecondStages(after: metrics))
            return first
        }
        guard symbol == .pipe else { return first }
        guard var stages = first.stages else {
            throw first.isNumber ? unexpected(expected: "a comparison") : unexpected(why: ", pipelines in parentheses are not followed by stages")
        }
        var height = first.height
        while take(.pipe) {
            if let word, Self.metricsFunctions.contains(word) {
                let metrics = try parseMetrics(over: Pipeline(stages))
                return Term(kind: .metrics(metrics.node), place: first.place, height: max(height, metrics.height) + Self.termHeight)
            }
            let stage = try parseStage()
            height = max(height, stage.height)
            if let more = stage.stages {
                stages += more
            } else if !stage.isNumber {
                throw unexpected(at: stage.place, why: ", a pipeline in parentheses cannot be a stage")
            } else if inParentheses, symbol == .close {
                return Term(kind: .pipelineAggregate, place: first.place, height: height)
            } else {
                throw unexpected(expected: "a comparison")
            }
        }
        return Term(kind: .stages(stages), place: first.place, height: height)
    }

    private mutating func parseStage() throws(QueryError) -> Term {
        let place = index
        switch word {
        case "by":
            index += 1
            try expect(.open)
            let expression = try parseFieldExpression()
            try expect(.close, or: "an operator")
            return Term(kind: .stages([.group(expression.node)]), place: place, height: expression.height + Self.termHeight)
        case "select":
            index += 1
            try expect(.open)
            let fields = try parseList { parser throws(QueryError) in try parser.parseField() }
            return Term(kind: .stages([.select(fields)]), place: place, height: Self.termHeight)
        case "coalesce":
            index += 1
            try expect(.open)
            try expect(.close)
            return Term(kind: .stages([.coalesce]), place: place, height: Self.termHeight)
        default:
            guard startsTerm else { throw unexpected(expected: "{", "(", "an aggregate", "by", "select") }
            return try parseTerm()
        }
    }
}
