internal import Patterns
internal import TraceQL

/// One question about one field's value.
final class FieldTest: Sendable {
    enum Question: Sendable {
        case compare(Comparison, Static)
        case matches(Pattern, negated: Bool)
        case isNil
        case isNotNil
    }

    let field: Field
    let question: Question
    /// Tells this test from the query's others.
    let number: Int

    init(_ field: Field, _ question: Question, number: Int) {
        self.field = field
        self.question = question
        self.number = number
    }

    /// Whether it holds of `value`. A missing value satisfies nothing but `= nil`; of arrays `=` and its like ask for some
    /// element, `!=` and `!~` for none.
    func holds(_ value: Value) -> Bool {
        switch (question, value) {
        case (.isNil, _): value == .none
        case (.isNotNil, _): value != .none
        case (.compare(.notEqual, let literal), .array(let elements)):
            elements.contains { Self.comparable($0, literal) } && !elements.contains { Self.compare($0, .equal, literal) }
        case (.compare(let comparison, let literal), .array(let elements)): elements.contains { Self.compare($0, comparison, literal) }
        case (.compare(let comparison, let literal), _): Self.compare(value, comparison, literal)
        case (.matches(let pattern, let negated), .array(let elements)):
            Self.matches(elements, pattern, negated)
        case (.matches(let pattern, let negated), .string(let text)): pattern.matches(text) != negated
        case (.matches, _): false
        }
    }

    private static func matches(_ elements: [Value], _ pattern: Pattern, _ negated: Bool) -> Bool {
        let texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
        if texts.isEmpty { return false }
        return texts.contains { pattern.matches($0) } != negated
    }

    private static func comparable(_ value: Value, _ literal: Static) -> Bool { value.order(to: Value(literal)) != nil || value.isSame(Value(literal)) != nil }

    static func compare(_ value: Value, _ comparison: Comparison, _ literal: Static) -> Bool { value.compare(comparison, Value(literal)) }
}

extension Pattern {
    func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }
}

extension Value {
    init(_ literal: Static) {
        switch literal {
        case .none: self = .none
        case .string(let text): self = .string(text)
        case .int(let value): self = .int(value)
        case .float(let value): self = .float(value)
        case .bool(let value): self = .bool(value)
        case .duration(let value): self = .duration(value)
        case .status(let value): self = .status(value)
        case .kind(let value): self = .kind(value)
        }
    }

    var number: Number? {
        switch self {
        case .int(let value), .duration(let value): .int(value)
        case .float(let value): .float(value)
        default: nil
        }
    }

    /// Whether `self <comparison> other` holds; values of different type are neither equal nor unequal.
    func compare(_ comparison: Comparison, _ other: Value) -> Bool {
        switch comparison {
        case .equal: return isSame(other) == true
        case .notEqual: return isSame(other) == false
        default:
            guard let order = order(to: other) else { return false }
            return comparison.holds(order)
        }
    }

    /// Nil when the types cannot be compared.
    func isSame(_ other: Value) -> Bool? {
        switch (self, other) {
        case (.bool(let a), .bool(let b)): a == b
        case (.status(let a), .status(let b)): a == b
        case (.kind(let a), .kind(let b)): a == b
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        default:
            if let a = number, let b = other.number { a.order(to: b).map { $0 == 0 } ?? false } else { nil }
        }
    }

    /// Below, at or above zero; nil when the types have no common order, or for NaN.
    func order(to other: Value) -> Int? {
        if case .string(let a) = self, case .string(let b) = other {
            return a.utf8.elementsEqual(b.utf8) ? 0 : a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
        }
        guard let a = number, let b = other.number else { return nil }
        return a.order(to: b)
    }
}
