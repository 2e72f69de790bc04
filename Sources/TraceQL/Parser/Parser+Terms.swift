extension Parser {
    /// Terms joined by operators that bind at least as tightly as `minimum`.
    mutating func parseTerm(_ minimum: Int = Precedence.logical) throws(QueryError) -> Term {
        var left = try parseSimpleTerm()
        while let symbol, let precedence = symbol.precedence, precedence >= minimum {
            let place = index
            index += 1
            try enter(Self.termHeight)
            let right = try parseTerm(symbol == .power ? precedence : precedence + 1)
            leave(Self.termHeight)
            let kind = try join(left, symbol, right, at: place)
            left = Term(
                kind: kind, place: left.place, height: try height(over: left.height, right.height, adding: Self.termHeight, at: place),
                isParenthesised: left.isParenthesised && right.isParenthesised)
        }
        return left
    }

    private mutating func parseSimpleTerm() throws(QueryError) -> Term {
        let place = index
        switch current.kind {
        case .symbol(.openBrace):
            let filter = try parseFilter()
            return Term(kind: .spansets(.filter(filter.node)), place: place, height: filter.height + Self.termHeight)
        case .symbol(.open): return try parseParenthesised()
        case .symbol(.minus):
            index += 1
            try enter(Self.termHeight)
            let operand = try parseSimpleTerm()
            leave(Self.termHeight)
            guard case .constant(let constant) = operand.kind else { throw unexpected(at: operand.place, expected: "a number") }
            return Term(kind: .constant(try folded(at: place) { constant.negated() }), place: place, height: Self.termHeight)
        case .word(let word) where Self.aggregates.contains(word):
            let aggregate = try parseAggregate()
            return Term(kind: .aggregate(aggregate.node), place: place, height: aggregate.height)
        default: break
        }
        if let constant = takeConstant() { return Term(kind: .constant(constant), place: place, height: Self.termHeight) }
        throw unexpected(expected: "{", "(", "a number", "an aggregate")
    }

    /// Whether a term may begin with the current token.
    var startsTerm: Bool {
        switch current.kind {
        case .symbol(let symbol): symbol == .openBrace || symbol == .open || symbol == .minus
        case .word(let word): Self.aggregates.contains(word) || Static(word: word) != nil
        case .string, .int, .float, .duration: true
        case .field, .parent, .invalid, .end: false
        }
    }

    private static let aggregates: Set<String> = ["count", "avg", "max", "min", "sum"]

    /// `{ expression }`; `{}` is true.
    mutating func parseFilter() throws(QueryError) -> Sized<FieldExpression> {
        try expect(.openBrace)
        if take(.closeBrace) { return Sized(node: .literal(.bool(true)), height: 1) }
        let expression = try parseFieldExpression()
        try expect(.closeBrace, or: "an operator")
        return expression
    }

    private mutating func parseAggregate() throws(QueryError) -> Sized<Aggregate> {
        let name = word
        index += 1
        try expect(.open)
        if name == "count" {
            try expect(.close)
            return Sized(node: .count, height: Self.termHeight)
        }
        let argument = try parseFieldExpression()
        try expect(.close, or: "an operator")
        let aggregate: Aggregate =
            switch name {
            case "avg": .avg(argument.node)
            case "max": .max(argument.node)
            case "min": .min(argument.node)
            default: .sum(argument.node)
            }
        return Sized(node: aggregate, height: argument.height + Self.termHeight)
    }

    /// Parentheses around anything; around stages they make a pipeline that can be combined with others.
    private mutating func parseParenthesised() throws(QueryError) -> Term {
        let place = index
        index += 1
        try enter(Self.termHeight)
        var term = try parsePipeline(inParentheses: true)
        leave(Self.termHeight)
        try expect(.close, or: "|", "an operator")
        switch term.kind {
        case .stages, .condition:
            term.kind = .pipelines(.pipeline(Pipeline(term.stages ?? [])))
            term.height = try height(over: term.height, adding: Self.termHeight, at: place)
        default: break
        }
        term.place = place
        term.isParenthesised = true
        return term
    }

    // MARK: Operators between terms

    private func join(_ left: Term, _ symbol: Symbol, _ right: Term, at place: Int) throws(QueryError) -> Term.Kind {
        switch (left.kind, right.kind) {
        case (.spansets, _), (.pipelines, _): return try joinSpansets(left, symbol, right, at: place)
        case (.metrics(let metrics), .constant(let constant)) where symbol.comparison != nil:
            return .metrics(metrics.followed(by: [try secondStage(symbol, constant, at: right.place)]))
        case (.metrics, .metrics), (.metrics, .constant), (.constant, .metrics):
            guard let op = symbol.metricsOperator else { throw unexpected(at: place, expected: "+", "-", "*", "/", "a comparison with a number") }
            return .metrics(.arithmetic(op, try metricsOperand(left), try metricsOperand(right)))
        case (.metrics, _) where symbol.metricsOperator != nil:
            throw unexpected(at: right.place, expected: "a number", "a metrics query in parentheses")
        case (.constant(let first), .constant(let second)):
            guard let op = symbol.arithmetic, op != .modulo, op != .power else { throw unexpected(at: place, expected: "an aggregate to compare with") }
            return .constant(try folded(at: place) { first.folded(op, second) })
        default: return try joinAggregates(left, symbol, right, at: place)
        }
    }

    private func joinSpansets(_ left: Term, _ symbol: Symbol, _ right: Term, at place: Int) throws(QueryError) -> Term.Kind {
        guard let op = symbol.spansetOperator else { throw unexpected(at: place, expected: "|", "an operator between spansets") }
        switch (left.kind, right.kind) {
        case (.spansets(let first), .spansets(let second)): return .spansets(.combined(op, first, second))
        case (.spansets, .pipelines), (.pipelines, .spansets), (.pipelines, .pipelines):
            if let first = left.pipelines, let second = right.pipelines { return .pipelines(.combined(op, first, second)) }
            throw failure("a spanset beside a pipeline in parentheses needs parentheses, too: ({ ... }) \(symbol.rawValue) ({ ... } | ...)",
                          at: left.pipelines == nil ? left.place : right.place)
        default: throw unexpected(at: right.place, expected: "a spanset")
        }
    }

    /// Comparisons and arithmetic of aggregates, of which only an aggregate compared with a constant is answered.
    private func joinAggregates(_ left: Term, _ symbol: Symbol, _ right: Term, at place: Int) throws(QueryError) -> Term.Kind {
        guard left.isNumber else { throw unexpected(at: place, expected: "|", "end of query") }
        guard right.isNumber else { throw unexpected(at: right.place, expected: "a number", "an aggregate") }
        if let comparison = symbol.comparison {
            if case .aggregate(let aggregate) = left.kind, case .constant(let constant) = right.kind {
                return .condition(.compare(aggregate, comparison, constant))
            }
            throw error(.unsupported, unsupportedComparison(left, right), at: left.place)
        }
        guard symbol.arithmetic != nil else { throw unexpected(at: place, expected: "a comparison") }
        if case .pipelineAggregate = left.kind { return .pipelineAggregate }
        if case .pipelineAggregate = right.kind { return .pipelineAggregate }
        return .aggregateArithmetic
    }

    private func unsupportedComparison(_ left: Term, _ right: Term) -> String {
        switch (left.kind, right.kind) {
        case (.pipelineAggregate, _), (_, .pipelineAggregate): "comparing the aggregate of a pipeline in parentheses not yet supported"
        case (.constant, _): "a constant on the left side of an aggregate not yet supported"
        case (.aggregateArithmetic, _), (_, .aggregateArithmetic): "arithmetic with aggregates not yet supported"
        default: "comparing two aggregates not yet supported"
        }
    }

    func folded(at place: Int, _ fold: () -> Result<Static, ConstantError>) throws(QueryError) -> Static {
        switch fold() {
        case .success(let constant): return constant
        case .failure(let error): throw failure(error.message, at: place)
        }
    }
}
