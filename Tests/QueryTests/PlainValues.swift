import Foundation
import Query
import Trace
import TraceQL

// The plain evaluator: TraceQL's meaning, span by span, straight over what was sent. It shares nothing with the engine but the
// syntax tree and the type of values, so that both agree only where both are right (traceql.md §4 to §6, and the left column of §14).

/// The rows that an expression is asked about: a span, and one of its events and links where it has some.
struct PlainRow {
    var trace: PlainTrace
    var span: Int
    var event: PlainSpan.Event?
    var link: PlainSpan.Link?

    var plain: PlainSpan { trace.spans[span] }

    /// Nil for a field of an event (or link) where there is none.
    func value(_ field: Field) -> Value? {
        switch field {
        case .attribute(.event, let name): return event.map { Self.find(name, $0.attributes) }
        case .attribute(.link, let name): return link.map { Self.find(name, $0.attributes) }
        case .attribute(.span, let name): return Self.find(name, plain.attributes)
        case .attribute(.resource, let name): return Self.find(name, plain.envelope.resource)
        case .attribute(.instrumentation, let name): return Self.find(name, plain.envelope.scope)
        case .attribute(.any, let name):
            let own = Self.find(name, plain.attributes)
            return own == .none ? Self.find(name, plain.envelope.resource) : own
        case .intrinsic(let intrinsic): return value(intrinsic)
        }
    }

    private static func find(_ name: String, _ attributes: [NamedValue]) -> Value {
        guard let value = attributes.first(where: { Array($0.name.utf8) == Array(name.utf8) })?.value else { return .none }
        if case .other(let text) = value { return .other("{\"k\":\"\(text)\"}") }
        return value
    }

    private func value(_ intrinsic: Intrinsic) -> Value? {
        switch intrinsic {
        case .name: .string(plain.name)
        case .status: .status(Static.Status(rawValue: UInt8(plain.status))!)
        case .statusMessage: .string(plain.statusMessage)
        case .kind: .kind(Static.Kind(rawValue: UInt8(plain.kind))!)
        case .duration: .duration(Int64(plain.duration))
        case .spanID: .string(plain.id.hex)
        case .parentID: .string(plain.parent.hex)
        case .childCount: .int(Int64(trace.namedParents.count { $0 == span }))
        case .traceDuration: .duration(Int64(trace.end - trace.start))
        case .rootName: .string(trace.root?.name ?? "")
        case .rootServiceName: .string(trace.root?.service ?? "")
        case .traceID: .string(trace.id.hex)
        case .nestedSetLeft: .int(trace.numbers[span].left)
        case .nestedSetRight: .int(trace.numbers[span].right)
        case .nestedSetParent: .int(trace.numbers[span].parent)
        case .eventName: event.map { .string($0.name) }
        case .eventTimeSinceStart: event.map { .duration(Int64(bitPattern: $0.timeNanos &- plain.start)) }
        case .linkTraceID: link.map { .string($0.traceID.hex) }
        case .linkSpanID: link.map { .string($0.spanID.hex) }
        case .instrumentationName: .string(plain.envelope.scopeName)
        case .instrumentationVersion: .string(plain.envelope.scopeVersion)
        }
    }

    func value(_ expression: FieldExpression) -> Value {
        switch expression {
        case .literal(let literal): return Self.constant(literal)
        case .field(let field): return value(field) ?? .none
        case .negative(let inner): return Self.compute(.subtract, .int(0), value(inner))
        case .not(let inner): return .bool(value(inner) == .bool(false))
        case .and(let left, let right): return .bool(isTrue(left) && isTrue(right))
        case .or(let left, let right): return .bool(isTrue(left) || isTrue(right))
        case .isNil(.field(let field)): return .bool(value(field) == Value.none)
        case .isNil(let inner): return .bool(value(inner) == .none)
        case .isNotNil(let inner): return .bool(value(inner) != .none)
        case .arithmetic(let operation, let left, let right): return Self.compute(operation, value(left), value(right))
        case .matches(let inner, let pattern, let negated):
            switch value(inner) {
            case .string(let text): return .bool(Self.matches(text, pattern) != negated)
            case .array(let elements):
                let texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
                return .bool(!texts.isEmpty && texts.contains { Self.matches($0, pattern) } != negated)
            default: return .bool(false)
            }
        case .compare(let comparison, let left, let right):
            switch (value(left), value(right)) {
            case (.array, .array): return .bool(false)
            case (.array(let elements), let other): return .bool(Self.some(elements, comparison) { Self.holds($0, $1, other) })
            case (let other, .array(let elements)): return .bool(Self.some(elements, comparison) { Self.holds($0, other, $1) })
            case (let left, let right): return .bool(Self.holds(comparison, left, right))
            }
        }
    }

    func isTrue(_ expression: FieldExpression) -> Bool {
        let value = value(expression)
        if case .array(let elements) = value { return elements.contains(.bool(true)) }
        return value == .bool(true)
    }

    /// Whether a span satisfies a filter: some event and some link of it, where the filter mentions them.
    static func matches(_ filter: FieldExpression, _ trace: PlainTrace, _ span: Int) -> Bool {
        let plain = trace.spans[span]
        let events: [PlainSpan.Event?] = plain.events.isEmpty ? [nil] : plain.events
        let links: [PlainSpan.Link?] = plain.links.isEmpty ? [nil] : plain.links
        return events.contains { event in links.contains { PlainRow(trace: trace, span: span, event: event, link: $0).isTrue(filter) } }
    }

    /// What answers show of a field: of events and links the first that has it.
    static func shown(_ field: Field, _ trace: PlainTrace, _ span: Int) -> Value {
        let plain = trace.spans[span]
        let row = PlainRow(trace: trace, span: span)
        for event in plain.events { if let value = PlainRow(trace: trace, span: span, event: event).eventValue(field), value != .none { return value } }
        for link in plain.links { if let value = PlainRow(trace: trace, span: span, link: link).linkValue(field), value != .none { return value } }
        return row.value(field) ?? .none
    }

    private func eventValue(_ field: Field) -> Value? {
        switch field {
        case .attribute(.event, _), .intrinsic(.eventName), .intrinsic(.eventTimeSinceStart): value(field)
        default: nil
        }
    }

    private func linkValue(_ field: Field) -> Value? {
        switch field {
        case .attribute(.link, _), .intrinsic(.linkTraceID), .intrinsic(.linkSpanID): value(field)
        default: nil
        }
    }

    /// `by(...)` and aggregates: an expression over the values that are shown.
    static func value(_ expression: FieldExpression, _ trace: PlainTrace, _ span: Int) -> Value {
        if case .field(let field) = expression { return shown(field, trace, span) }
        return PlainRow(trace: trace, span: span, event: trace.spans[span].events.first, link: trace.spans[span].links.first).value(expression)
    }
}

// MARK: Values

extension PlainRow {
    static func constant(_ literal: Static) -> Value {
        switch literal {
        case .none: .none
        case .string(let text): .string(text)
        case .int(let int): .int(int)
        case .float(let float): .float(float)
        case .bool(let flag): .bool(flag)
        case .duration(let nanos): .duration(nanos)
        case .status(let status): .status(status)
        case .kind(let kind): .kind(kind)
        }
    }

    /// As a number; data keeps to those that doubles hold exactly.
    static func number(_ value: Value) -> Double? {
        switch value {
        case .int(let int), .duration(let int): Double(int)
        case .float(let float): float
        default: nil
        }
    }

    private static func some(_ elements: [Value], _ comparison: Comparison, _ holds: (Comparison, Value) -> Bool) -> Bool {
        if comparison != .notEqual { return elements.contains { holds(comparison, $0) } }
        return elements.contains { holds(.notEqual, $0) } && !elements.contains { holds(.equal, $0) }
    }

    static func holds(_ comparison: Comparison, _ left: Value, _ right: Value) -> Bool {
        if let a = number(left), let b = number(right) {
            return switch comparison {
            case .equal: a == b
            case .notEqual: a != b
            case .less: a < b
            case .lessOrEqual: a <= b
            case .greater: a > b
            case .greaterOrEqual: a >= b
            }
        }
        switch (left, right) {
        case (.string(let a), .string(let b)):
            let order = Array(a.utf8) == Array(b.utf8) ? 0 : a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
            return switch comparison {
            case .equal: order == 0
            case .notEqual: order != 0
            case .less: order < 0
            case .lessOrEqual: order <= 0
            case .greater: order > 0
            case .greaterOrEqual: order >= 0
            }
        case (.bool, .bool), (.status, .status), (.kind, .kind):
            return comparison == .equal ? left == right : comparison == .notEqual ? left != right : false
        default: return false
        }
    }

    static func compute(_ operation: ArithmeticOperator, _ left: Value, _ right: Value) -> Value {
        guard let a = number(left), let b = number(right) else { return .none }
        var isFloat = false, isDuration = false
        for value in [left, right] {
            if case .float = value { isFloat = true }
            if case .duration = value { isDuration = true }
        }
        if !isFloat, b == 0, operation == .divide || operation == .modulo { return .none }
        var result = switch operation {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: isFloat ? a / b : (a / b).rounded(.towardZero)
        case .modulo: fmod(a, b)
        case .power: pow(a, b)
        }
        if isFloat && !isDuration { return .float(result) }
        guard result.magnitude < 9.2e18 else { return .none }
        result = result.rounded(.towardZero)
        return isDuration ? .duration(Int64(result)) : .int(Int64(result))
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        text.range(of: "^(?s:\(pattern))$", options: .regularExpression) == text.startIndex..<text.endIndex
    }
}

extension PlainSpan {
    /// A span that ends before it starts lasts no time.
    var duration: UInt64 { end > start ? end - start : 0 }
    var service: String {
        if case .string(let name)? = envelope.resource.first(where: { $0.name == "service.name" })?.value { name } else { "" }
    }
}
