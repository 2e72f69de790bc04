/// A piece of a query's text.
struct Token: Equatable {
    enum Kind: Equatable {
        case symbol(Symbol)
        /// Letters, digits, `_`: a keyword or nothing. Which words mean something depends on where they stand.
        case word(String)
        case string(String), int(Int64), float(Double), duration(Int64)
        /// An attribute with its scope, or a scoped intrinsic.
        case field(Field)
        /// `parent` and `parent.x`.
        case parent
        /// What begins here is no token, and this is why. Nothing after it was read.
        case invalid(String)
        case end
    }

    var kind: Kind
    /// Offsets of bytes.
    var range: Range<Int>
}

/// Punctuation and operators. The longest that fits is taken.
enum Symbol: String, CaseIterable {
    case openBrace = "{", closeBrace = "}", open = "(", close = ")", comma = ",", pipe = "|"
    case equal = "=", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
    case matches = "=~", notMatches = "!~", and = "&&", or = "||", not = "!"
    case plus = "+", minus = "-", times = "*", over = "/", modulo = "%", power = "^"
    case descendant = ">>", ancestor = "<<", sibling = "~"
    case notChild = "!>", notDescendant = "!>>", notParent = "!<", notAncestor = "!<<"
    case unionChild = "&>", unionDescendant = "&>>", unionParent = "&<", unionAncestor = "&<<", unionSibling = "&~"

    /// The longest symbol that `bytes` begin with, of 3 bytes at most.
    init?(prefixOf bytes: ArraySlice<UInt8>) {
        for count in stride(from: min(3, bytes.count), to: 0, by: -1) {
            if let symbol = Symbol(rawValue: String(decoding: bytes.prefix(count), as: UTF8.self)) {
                self = symbol
                return
            }
        }
        return nil
    }

    /// How tightly it binds as a binary operator; nil for what is none. The pipe, loosest of all, is not among them.
    var precedence: Int? {
        switch self {
        case .and, .or: Precedence.logical
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .matches, .notMatches,
            .descendant, .ancestor, .sibling, .notChild, .notDescendant, .notParent, .notAncestor,
            .unionChild, .unionDescendant, .unionParent, .unionAncestor, .unionSibling: Precedence.comparison
        case .plus, .minus: Precedence.sum
        case .times, .over, .modulo: Precedence.product
        case .power: Precedence.power
        case .openBrace, .closeBrace, .open, .close, .comma, .pipe, .not: nil
        }
    }

    var comparison: Comparison? {
        switch self {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        default: nil
        }
    }

    var arithmetic: ArithmeticOperator? {
        switch self {
        case .plus: .add
        case .minus: .subtract
        case .times: .multiply
        case .over: .divide
        case .modulo: .modulo
        case .power: .power
        default: nil
        }
    }

    /// What it means between two spansets.
    var spansetOperator: SpansetOperator? {
        switch self {
        case .and: SpansetOperator(.and)
        case .or: SpansetOperator(.or)
        case .greater: SpansetOperator(.child)
        case .descendant: SpansetOperator(.descendant)
        case .less: SpansetOperator(.parent)
        case .ancestor: SpansetOperator(.ancestor)
        case .sibling: SpansetOperator(.sibling)
        case .notChild: SpansetOperator(.child, .negated)
        case .notDescendant: SpansetOperator(.descendant, .negated)
        case .notParent: SpansetOperator(.parent, .negated)
        case .notAncestor: SpansetOperator(.ancestor, .negated)
        case .notMatches: SpansetOperator(.sibling, .negated)
        case .unionChild: SpansetOperator(.child, .union)
        case .unionDescendant: SpansetOperator(.descendant, .union)
        case .unionParent: SpansetOperator(.parent, .union)
        case .unionAncestor: SpansetOperator(.ancestor, .union)
        case .unionSibling: SpansetOperator(.sibling, .union)
        default: nil
        }
    }
}

/// All binary levels associate to the left but `power`. A prefix minus reads on as long as what follows binds more tightly than
/// a sum, a `!` while it binds more tightly than `not`.
enum Precedence {
    static let logical = 2
    static let comparison = 3
    static let sum = 4
    static let not = 5
    static let product = 6
    static let power = 7
}
