extension Query {
    /// Reads and checks a query.
    ///
    /// - Throws: what is wrong, and where. Grammar: https://grafana.com/docs/tempo/latest/traceql/construct-traceql-queries/
    public init(parsing text: String) throws(QueryError) {
        guard text.utf8.count <= Parser.maxBytes else {
            throw QueryError(.invalid, "the query is longer than \(Parser.maxBytes) bytes")
        }
        var parser = Parser(text)
        self = try parser.parseQuery()
        try check()
    }
}

extension Field {
    /// Reads a name as it stands in a query and in the paths of the tag endpoints: `name`, `span:name`, `.x`, `span."a b"`.
    public init(parsing identifier: String) throws(QueryError) {
        guard identifier.utf8.count <= Parser.maxBytes else {
            throw QueryError(.invalid, "the name is longer than \(Parser.maxBytes) bytes")
        }
        var parser = Parser(identifier)
        self = try parser.parseField()
        guard parser.current.kind == .end else { throw parser.unexpected(expected: "end of the name") }
    }
}

/// Recursive descent over the tokens, with precedences for the operators. What was read is well-formed, but not checked for sense.
struct Parser {
    /// As in Tempo.
    static let maxBytes = 128 << 10
    /// How high a tree may grow, so that whoever walks one may recurse.
    static let maxHeight = 1000
    /// What spansets, pipelines and metrics count towards the height, at each level; a field expression counts 1.
    static let termHeight = 10
    /// How deeply parentheses and prefixes may nest; enough for any tree as it is printed, with one of them to a node.
    private static let maxDepth = maxHeight + 2 * termHeight

    /// Compiling one may take 10 ms and more, and 4 MiB.
    static let maxPatterns = 100

    private let lexer: Lexer
    let tokens: [Token]
    var index = 0
    var patternCount = 0
    private var depth = 0

    init(_ text: String) {
        lexer = Lexer(text)
        tokens = Lexer.tokens(of: text)
    }

    // MARK: Tokens

    /// The last one, `end` or `invalid`, is never passed.
    var current: Token { tokens[index] }

    var symbol: Symbol? {
        if case .symbol(let symbol) = current.kind { symbol } else { nil }
    }

    var word: String? {
        if case .word(let word) = current.kind { word } else { nil }
    }

    mutating func take(_ symbol: Symbol) -> Bool {
        guard self.symbol == symbol else { return false }
        index += 1
        return true
    }

    mutating func take(word: String) -> Bool {
        guard self.word == word else { return false }
        index += 1
        return true
    }

    mutating func expect(_ symbol: Symbol, or others: String...) throws(QueryError) {
        guard take(symbol) else { throw unexpected(expected: others + [symbol.rawValue]) }
    }

    /// `item { "," item }` up to and with the closing parenthesis; the opening one was taken.
    mutating func parseList<Item>(_ item: (inout Parser) throws(QueryError) -> Item) throws(QueryError) -> [Item] {
        var items = [try item(&self)]
        while take(.comma) { items.append(try item(&self)) }
        try expect(.close, or: ",")
        return items
    }

    // MARK: Depth

    /// Goes one level deeper, or as many as one of terms counts; whoever enters leaves.
    mutating func enter(_ levels: Int = 1) throws(QueryError) {
        guard depth + levels <= Self.maxDepth else { throw tooDeep(at: index) }
        depth += levels
    }

    mutating func leave(_ levels: Int = 1) { depth -= levels }

    /// The height of a node over others, whose token is at `place`. A right operand is a level deeper while it is read.
    func height(over left: Int, _ right: Int? = nil, adding levels: Int = 1, at place: Int) throws(QueryError) -> Int {
        let height = max(left, right.map { $0 + levels } ?? 0) + levels
        guard height <= Self.maxHeight else { throw tooDeep(at: place) }
        return height
    }

    private func tooDeep(at place: Int) -> QueryError { failure("the query is nested too deeply or has too many operands in a row", at: place) }

    // MARK: Errors

    func failure(_ message: String, at place: Int) -> QueryError { error(.syntax, message, at: place) }

    func error(_ kind: QueryError.Kind, _ message: String, at place: Int) -> QueryError {
        let before = lexer.bytes[..<tokens[place].range.lowerBound]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = 1 + before.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        return QueryError(kind, message, line: line, column: 1 + String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count)
    }

    func unexpected(at place: Int? = nil, expected: String...) -> QueryError { unexpected(at: place, expected: expected) }

    func unexpected(at place: Int? = nil, expected: [String]) -> QueryError {
        let last = expected.last ?? ""
        return unexpected(at: place, why: ", expected " + (expected.count > 1 ? expected.dropLast().joined(separator: ", ") + " or " + last : last))
    }

    /// A token that cannot stand at `place`, or is none, or a word that means nothing anywhere. `why` follows its text.
    func unexpected(at place: Int? = nil, why: String) -> QueryError {
        let place = place ?? index
        switch tokens[place].kind {
        case .invalid(let message): return failure(message, at: place)
        case .word(let word) where !Self.keywords.contains(word): return failure("unknown identifier: \(word)", at: place)
        case .end: return failure("syntax error: unexpected end of query\(why)", at: place)
        default:
            let text = lexer.text(tokens[place].range)
            let shown = text.unicodeScalars.count > 40 ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(37))) + "..." : text
            return failure("syntax error: unexpected \(shown)\(why)", at: place)
        }
    }

    /// Words that mean something somewhere.
    private static let keywords: Set<String> = Set(
        ["nil", "true", "false", "minInt", "maxInt", "ok", "error", "unset", "unspecified", "internal", "server", "client", "producer", "consumer",
         "count", "avg", "max", "min", "sum", "by", "coalesce", "select", "with", "topk", "bottomk"])
        .union(Parser.metricsFunctions).union(Intrinsic.allCases.map(\.canonicalName))
}

/// A node and how high the tree under it is.
struct Sized<Node> {
    var node: Node
    var height: Int
}
