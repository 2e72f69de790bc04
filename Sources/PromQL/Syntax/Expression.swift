/// An expression that was read and checked: what it is, where it stands in the text, and what it gives.
public struct Expression: Sendable {
    public enum ValueType: String, Sendable {
        case scalar, string, vector, matrix

        /// As errors call it.
        public var words: String {
            switch self {
            case .scalar: "scalar"
            case .string: "string"
            case .vector: "instant vector"
            case .matrix: "range vector"
            }
        }
    }

    public indirect enum Kind: Sendable {
        case number(Double, isDuration: Bool)
        case string(String)
        case selector(Selector)
        /// `selector[range]`.
        case range(Selector, millis: Int64)
        case subquery(Subquery)
        case call(Function, [Expression])
        case aggregation(Aggregation)
        case binary(Binary)
        case unary(isNegative: Bool, Expression)
        case parens(Expression)
    }

    public var kind: Kind
    /// Where it begins, in bytes from the start of the text.
    public var offset: Int
    /// How many levels there are, itself included; never above `Parser.maxHeight`.
    public var height: Int

    public var type: ValueType {
        switch kind {
        case .number: .scalar
        case .string: .string
        case .selector, .aggregation: .vector
        case .range, .subquery: .matrix
        case .call(let function, _): function.signature.returns
        case .binary(let binary): binary.left.type == .scalar && binary.right.type == .scalar ? .scalar : .vector
        case .unary(_, let inner), .parens(let inner): inner.type
        }
    }

    var parts: [Expression] {
        switch kind {
        case .number, .string, .selector, .range: []
        case .subquery(let subquery): [subquery.inner]
        case .call(_, let arguments): arguments
        case .aggregation(let aggregation): (aggregation.parameter.map { [$0] } ?? []) + [aggregation.inner]
        case .binary(let binary): [binary.left, binary.right]
        case .unary(_, let inner), .parens(let inner): [inner]
        }
    }

    /// Without the parentheses around it.
    var bare: Expression {
        var expression = self
        while case .parens(let inner) = expression.kind { expression = inner }
        return expression
    }
}

/// Another time to look at than that of the step.
public struct TimeShift: Equatable, Sendable {
    public enum Moment: Equatable, Sendable {
        case millis(Int64)
        /// The first and the last step of the whole query.
        case start, end
    }

    /// `@`; nil for the time of the step.
    public var at: Moment?
    /// `offset`: how far back from there; negative looks ahead.
    public var offsetMillis: Int64 = 0
    var hasOffset = false
}

/// Which series: `name{matchers}`.
public struct Selector: Sendable {
    /// The name in front of the braces, or a bare text among the matchers; it is among `matchers`, last, as well.
    public var name: String?
    public var matchers: [Matcher]
    public var shift = TimeShift()
}

/// `inner[range:step]`: an instant vector evaluated at many times.
public struct Subquery: Sendable {
    public var inner: Expression
    public var rangeMillis: Int64
    /// Nil for the default.
    public var stepMillis: Int64?
    public var shift = TimeShift()
}

public struct Aggregation: Sendable {
    public enum Operator: String, CaseIterable, Sendable {
        case sum, avg, count, group, min, max, stddev, stdvar, quantile, topk, bottomk, countValues = "count_values"

        var parameterType: Expression.ValueType? {
            switch self {
            case .quantile, .topk, .bottomk: .scalar
            case .countValues: .string
            default: nil
            }
        }
    }

    public var op: Operator
    public var inner: Expression
    public var parameter: Expression?
    /// `by` these labels, or `without` them; `without` nothing is not the same as `by` nothing.
    public var labels: [String] = []
    public var isWithout = false
}

public struct Binary: Sendable {
    public enum Operator: String, Sendable {
        case or, and, unless
        case equal = "==", notEqual = "!=", lessOrEqual = "<=", less = "<", greaterOrEqual = ">=", greater = ">"
        case add = "+", subtract = "-", multiply = "*", divide = "/", modulo = "%", atan2, power = "^"

        public var isSet: Bool { self == .or || self == .and || self == .unless }

        public var isComparison: Bool {
            switch self {
            case .equal, .notEqual, .lessOrEqual, .less, .greaterOrEqual, .greater: true
            default: false
            }
        }

        /// Higher binds first; nil for `^`, which the grammar treats apart.
        var precedence: Int {
            switch self {
            case .or: 1
            case .and, .unless: 2
            case .equal, .notEqual, .lessOrEqual, .less, .greaterOrEqual, .greater: 3
            case .add, .subtract: 4
            case .multiply, .divide, .modulo, .atan2: 5
            case .power: 6
            }
        }
    }

    public var op: Operator
    public var left: Expression
    public var right: Expression
    /// A comparison that says 0 or 1 instead of leaving elements out.
    public var isBool = false
    /// How elements find each other; nil unless both sides are vectors.
    public var matching: Matching?
}

/// Which elements of two vectors belong together.
public struct Matching: Equatable, Sendable {
    public enum Cardinality: String, Sendable {
        case oneToOne = "one-to-one", manyToOne = "many-to-one", oneToMany = "one-to-many", manyToMany = "many-to-many"
    }

    public var cardinality = Cardinality.oneToOne
    /// `on` these labels, or `ignoring` them.
    public var labels: [String] = []
    public var isOn = false
    /// Labels that go from the one side to the many.
    public var included: [String] = []
}
