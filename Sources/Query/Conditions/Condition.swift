internal import Patterns
internal import TraceQL

/// A spanset filter made ready for columns.
indirect enum Condition: Sendable {
    case constant(Bool)
    case all([Condition])
    case any([Condition])
    case not(Condition)
    case test(FieldTest)
    /// What compares more than one field with a constant: evaluated row by row.
    case computed(Computed)

    /// An expression, with the fields it mentions.
    final class Computed: Sendable {
        let expression: FieldExpression
        let fields: [Field]

        init(_ expression: FieldExpression) {
            self.expression = expression
            fields = expression.fields
        }
    }

    /// The rows whose values it needs beside spans.
    var spaces: Set<RowSpace> {
        switch self {
        case .constant: []
        case .all(let parts), .any(let parts): parts.reduce(into: []) { $0.formUnion($1.spaces) }
        case .not(let inner): inner.spaces
        case .test(let test): test.field.space == .span ? [] : [test.field.space]
        case .computed(let computed): computed.fields.reduce(into: []) { if $1.space != .span { $0.insert($1.space) } }
        }
    }

    /// Whether nothing but the rows of `space` decides it.
    func isPure(_ space: RowSpace) -> Bool {
        switch self {
        case .constant: false
        case .all(let parts), .any(let parts): parts.allSatisfy { $0.isPure(space) }
        case .not(let inner): inner.isPure(space)
        case .test(let test): test.field.space == space
        case .computed(let computed): computed.fields.allSatisfy { $0.space == space }
        }
    }

    /// What is left of it on a span without any row of `space`.
    func without(_ space: RowSpace) -> Condition {
        if isPure(space) { return .constant(false) }
        switch self {
        case .all(let parts): return .all(parts.map { $0.without(space) })
        case .any(let parts): return .any(parts.map { $0.without(space) })
        case .not(let inner): return .not(inner.without(space))
        case .computed(let computed): return computed.fields.contains { $0.space == space } ? .constant(false) : self
        case .constant, .test: return self
        }
    }

    /// Whether it asks for something that a block alone may not know: the whole trace.
    var needsTrace: Bool {
        switch self {
        case .constant: false
        case .all(let parts), .any(let parts): parts.contains { $0.needsTrace }
        case .not(let inner): inner.needsTrace
        case .test(let test): test.field.needsTrace && test.rootness == nil
        case .computed(let computed): computed.fields.contains { $0.needsTrace }
        }
    }
}

extension FieldTest {
    /// `nestedSetParent < 0` and its like: true or false when it asks for exactly the roots, or all others; nil for other tests.
    var rootness: Bool? {
        guard field == .intrinsic(.nestedSetParent), case .compare(let comparison, let literal) = question, let number = Value(literal).number,
              case .int(let bound) = number else { return nil }
        switch (comparison, bound) {
        case (.less, 0), (.lessOrEqual, -1), (.equal, -1): return true
        case (.greaterOrEqual, 0), (.greater, -1), (.notEqual, -1): return false
        default: return nil
        }
    }
}

extension Field {
    var space: RowSpace {
        switch self {
        case .attribute(.event, _), .intrinsic(.eventName), .intrinsic(.eventTimeSinceStart): .event
        case .attribute(.link, _), .intrinsic(.linkTraceID), .intrinsic(.linkSpanID): .link
        default: .span
        }
    }

    var needsTrace: Bool {
        switch self {
        case .intrinsic(.traceDuration), .intrinsic(.rootName), .intrinsic(.rootServiceName), .intrinsic(.childCount), .intrinsic(.nestedSetLeft),
             .intrinsic(.nestedSetRight), .intrinsic(.nestedSetParent): true
        default: false
        }
    }
}

/// Makes conditions of expressions, and numbers their tests.
struct ConditionCompiler {
    private var next = 0

    mutating func compile(_ expression: FieldExpression) throws(QueryFailure) -> Condition {
        switch expression {
        case .literal(let literal): return .constant(literal == .bool(true))
        case .field(let field): return test(field, .compare(.equal, .bool(true)))
        case .not(.field(let field)): return test(field, .compare(.equal, .bool(false)))
        case .not(let inner):
            if case .arithmetic = inner { return .constant(false) }
            if case .negative = inner { return .constant(false) }
            return .not(try compile(inner))
        case .and(let left, let right): return .all(try flatten(left, isAnd: true) + flatten(right, isAnd: true))
        case .or(let left, let right): return .any(try flatten(left, isAnd: false) + flatten(right, isAnd: false))
        case .isNil(.field(let field)): return test(field, .isNil)
        case .isNotNil(.field(let field)): return test(field, .isNotNil)
        case .matches(.field(let field), let pattern, let negated):
            do { return test(field, .matches(try Pattern(pattern), negated: negated)) } catch { throw .invalid("\(error)") }
        case .compare(let comparison, .field(let field), let other) where other.fields.isEmpty: return compare(field, comparison, other)
        case .compare(let comparison, let other, .field(let field)) where other.fields.isEmpty: return compare(field, comparison.mirrored, other)
        default:
            if expression.fields.isEmpty { return .constant(ExpressionValue.of(expression) { _ in .none } == .bool(true)) }
            return .computed(.init(expression))
        }
    }

    private mutating func flatten(_ expression: FieldExpression, isAnd: Bool) throws(QueryFailure) -> [Condition] {
        switch (expression, isAnd) {
        case (.and(let left, let right), true), (.or(let left, let right), false): return try flatten(left, isAnd: isAnd) + flatten(right, isAnd: isAnd)
        default: return [try compile(expression)]
        }
    }

    private mutating func compare(_ field: Field, _ comparison: Comparison, _ constant: FieldExpression) -> Condition {
        guard let literal = ExpressionValue.of(constant, { _ in .none }).literal else { return .constant(false) }
        return test(field, .compare(comparison, field.normalized(literal)))
    }

    private mutating func test(_ field: Field, _ question: FieldTest.Question) -> Condition {
        next += 1
        return .test(FieldTest(field, question, number: next))
    }
}

extension Value {
    /// As a constant of the language; nil for nil, arrays and others.
    var literal: Static? {
        switch self {
        case .none, .array, .other: nil
        case .string(let text): .string(text)
        case .int(let value): .int(value)
        case .float(let value): .float(value)
        case .bool(let value): .bool(value)
        case .duration(let value): .duration(value)
        case .status(let value): .status(value)
        case .kind(let value): .kind(value)
        }
    }
}

extension Field {
    /// Ids match in either case, with or without leading zeros: values have all their lower-case digits, and so get constants.
    func normalized(_ literal: Static) -> Static {
        guard let digits = idDigits, case .string(let text) = literal else { return literal }
        guard (1...digits).contains(text.utf8.count), text.allSatisfy(\.isHexDigit) else { return literal }
        return .string(String(repeating: "0", count: digits - text.utf8.count) + text.lowercased())
    }

    /// Of an id: how many hexadecimal digits it has.
    private var idDigits: Int? {
        switch self {
        case .intrinsic(.traceID), .intrinsic(.linkTraceID): 32
        case .intrinsic(.spanID), .intrinsic(.parentID), .intrinsic(.linkSpanID): 16
        default: nil
        }
    }
}
