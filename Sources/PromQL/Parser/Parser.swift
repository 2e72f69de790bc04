internal import Patterns

extension Expression {
    /// Reads and checks an expression.
    ///
    /// - Throws: what is wrong first, and where.
    public init(parsing text: String) throws(ParseError) {
        var parser = try Parser(text)
        self = try parser.wholeExpression()
    }
}

extension Selector {
    /// Reads a selector alone, as the `match[]` of metadata calls has it: no range, no function, no shift.
    public init(parsing text: String) throws(ParseError) {
        var parser = try Parser(text)
        guard case .selector(let selector) = try parser.primary().kind else {
            throw parser.error("match[] must be one vector selector", at: 0)
        }
        guard parser.current.kind == .end else { throw parser.unexpected() }
        self = selector
    }
}

/// Recursive descent, one token ahead. Types are checked as the tree grows. (promql.md §5)
struct Parser {
    static let maxBytes = 128 << 10
    /// How many levels a tree may have, so that whoever walks one may recurse.
    static let maxHeight = 256
    /// Compiling one may take 10 ms and more, and 4 MiB.
    private static let maxPatterns = 100

    private var lexer: Lexer
    var current: Token
    private var depth = 0
    private var patternCount = 0

    init(_ text: String) throws(ParseError) {
        lexer = Lexer(text)
        guard text.utf8.count <= Self.maxBytes else {
            throw ParseError("the expression is longer than \(Self.maxBytes) bytes", at: 0, in: [])
        }
        current = lexer.next()
    }

    mutating func wholeExpression() throws(ParseError) -> Expression {
        if current.kind == .end { throw error("no expression found in input", at: 0) }
        let expression = try expression()
        guard current.kind == .end else { throw unexpected() }
        return expression
    }

    // MARK: Operators

    /// An operand, and what operators of at least the precedence `lowest` make of it.
    mutating func expression(_ lowest: Int = 1) throws(ParseError) -> Expression {
        var left = try unary()
        while let op = binaryOperator, op != .power, op.precedence >= lowest {
            left = try binary(op, left) { (parser) throws(ParseError) in try parser.expression(op.precedence + 1) }
        }
        return left
    }

    /// Signs bind looser than `^`, and tighter than all else.
    private mutating func unary() throws(ParseError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maxHeight else { throw tooDeep() }
        let sign = current
        guard sign.kind == .symbol("-") || sign.kind == .symbol("+") else { return try power() }
        advance()
        let inner = try unary()
        guard inner.type == .scalar || inner.type == .vector else {
            throw error(
                "unary expression only allowed on expressions of type scalar or instant vector, got \"\(inner.type.words)\"", at: sign.offset)
        }
        let isNegative = sign.kind == .symbol("-")
        if case .number(let value, let isDuration) = inner.kind {
            return try make(.number(isNegative ? -value : value, isDuration: isDuration), at: sign.offset)
        }
        return try make(.unary(isNegative: isNegative, inner), at: sign.offset)
    }

    private mutating func power() throws(ParseError) -> Expression {
        let base = try postfix()
        guard binaryOperator == .power else { return base }
        return try binary(.power, base) { (parser) throws(ParseError) in try parser.unary() }
    }

    private var binaryOperator: Binary.Operator? {
        switch current.kind {
        case .symbol(let symbol): Binary.Operator(rawValue: symbol)
        case .name: ["or", "and", "unless", "atan2"].contains(keyword) ? Binary.Operator(rawValue: keyword ?? "") : nil
        default: nil
        }
    }

    // MARK: Operands

    mutating func primary() throws(ParseError) -> Expression {
        let token = current
        switch token.kind {
        case .number(let value):
            advance()
            return try make(.number(value, isDuration: false), at: token.offset)
        case .duration(let millis):
            advance()
            return try make(.number(Double(millis) / 1_000, isDuration: true), at: token.offset)
        case .string(let text):
            advance()
            return try make(.string(text), at: token.offset)
        case .symbol("("):
            advance()
            let inner = try expression()
            try close(")", "unclosed left parenthesis")
            return try make(.parens(inner), at: token.offset)
        case .symbol("{"), .metricName: return try selector()
        case .name: return try named()
        default: throw unexpected()
        }
    }

    /// A number, an aggregation, a call or a selector, all of which begin with a name.
    private mutating func named() throws(ParseError) -> Expression {
        let token = current
        switch keyword {
        case "inf", "nan":
            advance()
            return try make(.number(keyword(of: token) == "inf" ? .infinity : .nan, isDuration: false), at: token.offset)
        case let word?: if String.neverNames.contains(word) { throw unexpected() }
        case nil: break
        }
        var ahead = lexer
        let next = ahead.next()
        if let op = Aggregation.Operator(rawValue: keyword ?? ""),
           next.kind == .symbol("(") || ["by", "without"].contains(keyword(of: next)) {
            return try aggregation(op)
        }
        return next.kind == .symbol("(") ? try call() : try selector()
    }

    // MARK: Making nodes

    func make(_ kind: Expression.Kind, at offset: Int) throws(ParseError) -> Expression {
        var expression = Expression(kind: kind, offset: offset, height: 1)
        expression.height = 1 + (expression.parts.map(\.height).max() ?? 0)
        guard expression.height <= Self.maxHeight else { throw tooDeep(at: offset) }
        return expression
    }

    mutating func pattern(_ name: String, _ op: Matcher.Operator, _ value: String, at offset: Int) throws(ParseError) -> Matcher {
        if op == .matches || op == .differs { patternCount += 1 }
        guard patternCount <= Self.maxPatterns else { throw error("more than \(Self.maxPatterns) regular expressions", at: offset) }
        do throws(Pattern.Failure) {
            return try Matcher(name, op, value)
        } catch {
            throw self.error("error parsing regexp: \(error.message)", at: offset)
        }
    }

    // MARK: Tokens

    mutating func advance() { current = lexer.next() }

    /// The current name in lower case, in which keywords are known; nil for another token.
    var keyword: String? { keyword(of: current) }

    func keyword(of token: Token) -> String? { token.kind == .name ? token.text.lowercased() : nil }

    mutating func close(_ symbol: String, _ unclosed: String) throws(ParseError) {
        if current.kind == .end { throw error(unclosed, at: current.offset) }
        guard current.kind == .symbol(symbol) else { throw unexpected() }
        advance()
    }

    func unexpected(_ place: String = "", expected: String? = nil) -> ParseError {
        if case .invalid(let words) = current.kind { return error(words, at: current.offset) }
        let place = place.isEmpty ? "" : " in " + place
        return error("unexpected \(current.words)\(place)" + (expected.map { ", expected \($0)" } ?? ""), at: current.offset)
    }

    func error(_ message: String, at offset: Int) -> ParseError { ParseError(message, at: offset, in: lexer.bytes) }

    private func tooDeep(at offset: Int? = nil) -> ParseError {
        error("the expression has more than \(Self.maxHeight) levels", at: offset ?? current.offset)
    }
}
