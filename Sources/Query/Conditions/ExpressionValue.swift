internal import Patterns
internal import TraceQL

/// The value of an expression on one row.
enum ExpressionValue {
    /// - Parameter fetch: the row's value of a field.
    static func of(_ expression: FieldExpression, _ fetch: (Field) throws -> Value) rethrows -> Value {
        switch expression {
        case .literal(let literal): return Value(literal)
        case .field(let field): return try fetch(field)
        case .negative(let inner):
            switch try of(inner, fetch) {
            case .int(let value): return value == .min ? .none : .int(-value)
            case .duration(let value): return value == .min ? .none : .duration(-value)
            case .float(let value): return .float(-value)
            default: return .none
            }
        case .not(let inner):
            if case .bool(let value) = try of(inner, fetch) { return .bool(!value) }
            return .bool(false)
        case .arithmetic(let operation, let left, let right): return arithmetic(operation, try of(left, fetch), try of(right, fetch))
        case .compare(let comparison, let left, let right): return .bool(compare(comparison, try of(left, fetch), try of(right, fetch)))
        case .isNil(let inner): return .bool(try of(inner, fetch) == .none)
        case .isNotNil(let inner): return .bool(try of(inner, fetch) != .none)
        case .matches(let inner, let pattern, let negated):
            let value = try of(inner, fetch)
            guard let pattern = try? Pattern(pattern) else { return .bool(false) }
            return .bool(FieldTest(.intrinsic(.name), .matches(pattern, negated: negated), number: 0).holds(value))
        case .and(let left, let right):
            guard try of(left, fetch) == .bool(true) else { return .bool(false) }
            return .bool(try of(right, fetch) == .bool(true))
        case .or(let left, let right):
            if try of(left, fetch) == .bool(true) { return .bool(true) }
            return .bool(try of(right, fetch) == .bool(true))
        }
    }

    /// Of two values, either of which may be an array; two arrays cannot be compared.
    private static func compare(_ comparison: Comparison, _ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.array, .array): false
        case (.array(let elements), let other): any(elements, comparison, other)
        case (let other, .array(let elements)): any(elements, comparison.mirrored, other)
        default: left.compare(comparison, right)
        }
    }

    private static func any(_ elements: [Value], _ comparison: Comparison, _ other: Value) -> Bool {
        if comparison == .notEqual {
            return elements.contains { $0.isSame(other) != nil } && !elements.contains { $0.compare(.equal, other) }
        }
        return elements.contains { $0.compare(comparison, other) }
    }

    /// Nil when it cannot be computed: an operand without a number, an int divided by zero, an overflow.
    static func arithmetic(_ operation: ArithmeticOperator, _ left: Value, _ right: Value) -> Value {
        guard let a = left.number, let b = right.number else { return .none }
        var isDuration = false
        if case .duration = left { isDuration = true }
        if case .duration = right { isDuration = true }
        switch operation.of(a, b) {
        case nil: return .none
        case .int(let value): return isDuration ? .duration(value) : .int(value)
        case .float(let value): return isDuration ? value.magnitude < 9.2e18 ? .duration(Int64(value)) : .none : .float(value)
        }
    }
}
