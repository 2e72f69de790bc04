extension Parser {
    mutating func parseFieldExpression() throws(QueryError) -> Sized<FieldExpression> { try parseOperation(Precedence.logical) }

    /// Operands joined by operators that bind at least as tightly as `minimum`.
    private mutating func parseOperation(_ minimum: Int) throws(QueryError) -> Sized<FieldExpression> {
        var left = try parseOperand()
        while let symbol, let precedence = symbol.precedence, precedence >= minimum, symbol.joinsFields {
            let place = index
            index += 1
            try enter()
            let right = try parseOperation(symbol == .power ? precedence : precedence + 1)
            leave()
            let node = try join(left.node, symbol, right.node, at: place)
            left = Sized(node: node, height: try height(over: left.height, right.height, at: place))
        }
        return left
    }

    private mutating func parseOperand() throws(QueryError) -> Sized<FieldExpression> {
        if symbol == .minus || symbol == .not { return try parsePrefix() }
        if take(.open) {
            try enter()
            let inner = try parseFieldExpression()
            leave()
            try expect(.close, or: "an operator")
            return inner
        }
        return Sized(node: try parseLeaf(), height: 1)
    }

    private mutating func parsePrefix() throws(QueryError) -> Sized<FieldExpression> {
        let place = index
        let isMinus = symbol == .minus
        index += 1
        try enter()
        let operand = try parseOperation((isMinus ? Precedence.sum : Precedence.not) + 1)
        leave()
        guard operand.node != .literal(.none) else { throw unexpected(at: place + 1, expected: "a field", "a constant") }
        return Sized(node: isMinus ? .negative(operand.node) : .not(operand.node), height: try height(over: operand.height, at: place))
    }

    private mutating func parseLeaf() throws(QueryError) -> FieldExpression {
        if word == "nil" {
            guard isBesideEquality(index) else { throw unexpected(why: ", which only = and != compare with") }
            index += 1
            return .literal(.none)
        }
        if let constant = takeConstant() { return .literal(constant) }
        guard isField else { throw unexpected(expected: "a field", "a constant", "(", "-", "!") }
        return .field(try parseField())
    }

    private func isBesideEquality(_ place: Int) -> Bool {
        func isEquality(_ place: Int) -> Bool { tokens[place].kind == .symbol(.equal) || tokens[place].kind == .symbol(.notEqual) }
        return (place > 0 && isEquality(place - 1)) || isEquality(place + 1)
    }

    /// `left symbol right`, with the operator at `place`.
    private mutating func join(
        _ left: FieldExpression, _ symbol: Symbol, _ right: FieldExpression, at place: Int
    ) throws(QueryError) -> FieldExpression {
        let isNil = (left: left == .literal(.none), right: right == .literal(.none))
        switch symbol {
        case .equal where isNil.left != isNil.right: return .isNil(isNil.left ? right : left)
        case .notEqual where isNil.left != isNil.right: return .isNotNil(isNil.left ? right : left)
        case .equal, .notEqual: break
        default:
            guard !isNil.left, !isNil.right else { throw unexpected(at: place + (isNil.left ? -1 : 1), why: ", which only = and != compare with") }
        }
        switch symbol {
        case .and: return .and(left, right)
        case .or: return .or(left, right)
        case .matches, .notMatches:
            guard case .literal(.string(let pattern)) = right else {
                throw error(.invalid, "the right side of \(symbol.rawValue) must be a string: \(left.wrapped) \(symbol.rawValue) \(right.wrapped)", at: place)
            }
            patternCount += 1
            guard patternCount <= Self.maxPatterns else {
                throw error(.invalid, "the query has more than \(Self.maxPatterns) regular expressions", at: place)
            }
            return .matches(left, pattern: pattern, negated: symbol == .notMatches)
        default:
            if let comparison = symbol.comparison { return .compare(comparison, left, right) }
            guard let arithmetic = symbol.arithmetic else { throw unexpected(at: place, expected: "an operator of field expressions") }
            return .arithmetic(arithmetic, left, right)
        }
    }

    // MARK: Fields and constants

    private var isField: Bool {
        switch current.kind {
        case .field, .parent: true
        case .word(let word): Intrinsic(bare: word) != nil
        default: false
        }
    }

    mutating func parseField() throws(QueryError) -> Field {
        if current.kind == .parent { throw error(.unsupported, "parent not yet supported", at: index) }
        let field: Field? =
            switch current.kind {
            case .field(let field): field
            case .word(let word): Intrinsic(bare: word).map(Field.intrinsic)
            default: nil
            }
        guard let field else { throw unexpected(expected: "a field such as name", "span.http.route") }
        index += 1
        return field
    }

    /// A constant without sign. Nil is none.
    mutating func takeConstant() -> Static? {
        let constant: Static? =
            switch current.kind {
            case .string(let value): .string(value)
            case .int(let value): .int(value)
            case .float(let value): .float(value)
            case .duration(let nanos): .duration(nanos)
            case .word(let word): Static(word: word)
            default: nil
            }
        if constant != nil { index += 1 }
        return constant
    }
}

extension Symbol {
    /// Whether it stands between field expressions.
    fileprivate var joinsFields: Bool {
        switch self {
        case .and, .or, .matches, .notMatches: true
        default: comparison != nil || arithmetic != nil
        }
    }
}
