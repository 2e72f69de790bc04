extension Parser {
    /// What stands from an operator on: its modifiers and the right side.
    mutating func binary(
        _ op: Binary.Operator, _ left: Expression, _ right: (inout Parser) throws(ParseError) -> Expression
    ) throws(ParseError) -> Expression {
        let token = current
        advance()
        var isBool = false
        if keyword == "bool" {
            guard op.isComparison else { throw error("bool modifier can only be used on comparison operators", at: token.offset) }
            isBool = true
            advance()
        }
        let matching = try matching()
        var binary = Binary(op: op, left: left, right: try right(&self), isBool: isBool)
        binary.matching = try check(binary, matching, at: token.offset)
        return try make(.binary(binary), at: left.offset)
    }

    /// `on (…)` or `ignoring (…)`, and which side has many elements to one of the other.
    private mutating func matching() throws(ParseError) -> Matching? {
        guard keyword == "on" || keyword == "ignoring" else { return nil }
        var matching = Matching(isOn: keyword == "on")
        advance()
        matching.labels = try labels()
        switch keyword {
        case "group_left": matching.cardinality = .manyToOne
        case "group_right": matching.cardinality = .oneToMany
        default: return matching
        }
        advance()
        if current.kind == .symbol("(") { matching.included = try labels() }
        return matching
    }

    /// - Returns: how elements are matched; nil when there are not two vectors.
    private func check(_ binary: Binary, _ matching: Matching?, at operatorOffset: Int) throws(ParseError) -> Matching? {
        let types = (binary.left.type, binary.right.type)
        for side in [binary.left, binary.right] where side.type != .scalar && side.type != .vector {
            throw error("binary expression must contain only scalar and instant vector types", at: side.offset)
        }
        guard types == (.vector, .vector) else {
            if binary.op.isSet {
                throw error("set operator \"\(binary.op.rawValue)\" not allowed in binary scalar expression", at: binary.left.offset)
            }
            if types == (.scalar, .scalar), binary.op.isComparison, !binary.isBool {
                throw error("comparisons between scalars must use BOOL modifier", at: operatorOffset)
            }
            if matching?.labels.isEmpty == false {
                throw error("vector matching only allowed between instant vectors", at: binary.left.offset)
            }
            return nil
        }
        var matching = matching ?? Matching()
        if binary.op.isSet {
            guard matching.cardinality == .oneToOne else {
                throw error("no grouping allowed for \"\(binary.op.rawValue)\" operation", at: binary.left.offset)
            }
            matching.cardinality = .manyToMany
        }
        if matching.isOn, let twice = matching.included.first(where: matching.labels.contains) {
            throw error("label \"\(twice)\" must not occur in ON and GROUP clause at once", at: operatorOffset)
        }
        return matching
    }

    /// `(a, b, "c d")`; keywords are names here.
    mutating func labels() throws(ParseError) -> [String] {
        guard current.kind == .symbol("(") else { throw unexpected("grouping opts", expected: "\"(\"") }
        advance()
        var labels: [String] = []
        while current.kind != .symbol(")") {
            switch current.kind {
            case .name: labels.append(current.text)
            case .string(let text) where !text.isEmpty: labels.append(text)
            default: throw unexpected("grouping opts", expected: "label")
            }
            advance()
            if current.kind == .symbol(",") {
                advance()
            } else if current.kind != .symbol(")") {
                throw unexpected("grouping opts", expected: "\",\" or \")\"")
            }
        }
        advance()
        return labels
    }
}
