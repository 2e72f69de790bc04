extension Parser {
    mutating func call() throws(ParseError) -> Expression {
        let name = current
        guard let function = Function(rawValue: name.text) else { throw error("unknown function with name \"\(name.text)\"", at: name.offset) }
        advance()
        let arguments = try arguments()
        let signature = function.signature
        let wanted = signature.arguments.count
        func wrong(_ words: String) -> ParseError {
            error("expected \(words) argument(s) in call to \"\(name.text)\", got \(arguments.count)", at: name.offset)
        }
        switch signature.variadic {
        case 0: guard arguments.count == wanted else { throw wrong("\(wanted)") }
        case let optional:
            guard arguments.count >= wanted - abs(optional) else { throw wrong("at least \(wanted - abs(optional))") }
            guard optional < 0 || arguments.count <= wanted else { throw wrong("at most \(wanted)") }
        }
        for (index, argument) in arguments.enumerated() {
            try expect(signature.arguments[min(index, wanted - 1)], argument, "call to function \"\(name.text)\"")
        }
        return try make(.call(function, arguments), at: name.offset)
    }

    /// The labels may stand before or behind the arguments.
    mutating func aggregation(_ op: Aggregation.Operator) throws(ParseError) -> Expression {
        let name = current
        advance()
        var grouping = try grouping()
        guard current.kind == .symbol("(") else { throw unexpected("aggregation") }
        var arguments = try arguments()
        if grouping == nil { grouping = try self.grouping() }
        guard !arguments.isEmpty else { throw error("no arguments for aggregate expression provided", at: name.offset) }
        let wanted = op.parameterType == nil ? 1 : 2
        guard arguments.count == wanted else {
            throw error(
                "wrong number of arguments for aggregate expression provided, expected \(wanted), got \(arguments.count)", at: name.offset)
        }
        let inner = arguments.removeLast()
        if let type = op.parameterType, let parameter = arguments.first { try expect(type, parameter, "aggregation parameter") }
        try expect(.vector, inner, "aggregation expression")
        let aggregation = Aggregation(
            op: op, inner: inner, parameter: arguments.first, labels: grouping?.labels ?? [], isWithout: grouping?.isWithout ?? false)
        return try make(.aggregation(aggregation), at: name.offset)
    }

    private mutating func grouping() throws(ParseError) -> (labels: [String], isWithout: Bool)? {
        guard keyword == "by" || keyword == "without" else { return nil }
        let isWithout = keyword == "without"
        advance()
        return (try labels(), isWithout)
    }

    private mutating func arguments() throws(ParseError) -> [Expression] {
        advance()
        var arguments: [Expression] = []
        if current.kind == .end { throw error("unclosed left parenthesis", at: current.offset) }
        if current.kind != .symbol(")") {
            arguments.append(try expression())
            while current.kind == .symbol(",") {
                advance()
                arguments.append(try expression())
            }
        }
        try close(")", "unclosed left parenthesis")
        return arguments
    }

    private func expect(_ type: Expression.ValueType, _ argument: Expression, _ place: String) throws(ParseError) {
        guard argument.type == type else {
            throw error("expected type \(type.words) in \(place), got \(argument.type.words)", at: argument.offset)
        }
    }
}
