internal import Glibc
internal import Trace
internal import TraceQL

/// A value while a filter is evaluated: what TraceQL's types are, over the bytes of a batch.
enum FilterValue {
    /// `absent`: of an event or link where the span has none, which is not even nil.
    case none, absent
    case string(UnsafeRawBufferPointer)
    /// A text that stands nowhere in the batch, such as an id's digits.
    case owned([UInt8])
    case int(Int64)
    case float(Double)
    case bool(Bool)
    /// Nanoseconds.
    case duration(Int64)
    case status(UInt8)
    case kind(UInt8)
    /// The entries of an encoded ArrayValue.
    case array(UnsafeRawBufferPointer)
    /// What the language has no type for: a map, bytes.
    case other

    init(_ record: AttributeRecord, _ arena: Arena) {
        switch record.type {
        case .empty: self = .none
        case .string: self = .string(arena[record.range])
        case .bool: self = .bool(record.bits != 0)
        case .int: self = .int(Int64(bitPattern: record.bits))
        case .double: self = .float(Double(bitPattern: record.bits))
        case .other: self = Self.nested(arena[record.range])
        }
    }

    /// An encoded AnyValue with an array, a map or bytes.
    private static func nested(_ bytes: UnsafeRawBufferPointer) -> FilterValue {
        var result = FilterValue.none
        var cursor = ProtobufCursor(bytes)
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            guard tag & 7 == 2, let range = try? cursor.lengthDelimited() else {
                if (try? cursor.skip(tag)) == nil { break }
                continue
            }
            result = tag >> 3 == 5 ? .array(UnsafeRawBufferPointer(rebasing: bytes[range.start..<range.end])) : .other
        }
        return result
    }

    /// Whether some element of an array satisfies `test`.
    static func anyElement(_ list: UnsafeRawBufferPointer, _ test: (FilterValue) -> Bool) -> Bool {
        var cursor = ProtobufCursor(list)
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            guard tag == 1 << 3 | 2, var element = try? cursor.message() else {
                if (try? cursor.skip(tag)) == nil { return false }
                continue
            }
            var record = AttributeRecord(key: .empty, type: .empty, bits: 0)
            guard (try? AttributeReader.readAnyValue(&element, into: &record)) != nil else { return false }
            if test(FilterValue(record, Arena(body: list))) { return true }
        }
        return false
    }

    var isNone: Bool {
        switch self {
        case .none, .absent: true
        default: false
        }
    }

    /// Of a bool, or of an array with a true element.
    var isTrue: Bool {
        switch self {
        case .bool(let flag): flag
        case .array(let list): Self.anyElement(list) { if case .bool(true) = $0 { true } else { false } }
        default: false
        }
    }

    func withText<R>(_ read: (UnsafeRawBufferPointer) -> R) -> R? {
        switch self {
        case .string(let bytes): read(bytes)
        case .owned(let bytes): bytes.withUnsafeBytes(read)
        default: nil
        }
    }

    // MARK: Comparing

    func compare(_ comparison: Comparison, _ other: FilterValue) -> Bool {
        switch (self, other) {
        case (.array, .array): false
        case (.array(let list), _): Self.compare(list, comparison, other)
        case (_, .array(let list)): Self.compare(list, comparison.mirrored, self)
        default: comparesPlainly(comparison, other)
        }
    }

    /// `!=` of an array: it has comparable elements and none that is equal.
    private static func compare(_ list: UnsafeRawBufferPointer, _ comparison: Comparison, _ other: FilterValue) -> Bool {
        if comparison != .notEqual { return anyElement(list) { $0.comparesPlainly(comparison, other) } }
        return anyElement(list) { $0.comparesPlainly(.notEqual, other) } && !anyElement(list) { $0.comparesPlainly(.equal, other) }
    }

    /// Values of different types are neither equal nor unequal.
    private func comparesPlainly(_ comparison: Comparison, _ other: FilterValue) -> Bool {
        switch (self, other) {
        case (.bool(let a), .bool(let b)): return comparison == .equal ? a == b : comparison == .notEqual && a != b
        case (.status(let a), .status(let b)), (.kind(let a), .kind(let b)):
            return comparison == .equal ? a == b : comparison == .notEqual && a != b
        default: break
        }
        if let a = number, let b = other.number {
            // NaN has no order and equals nothing.
            return a.order(to: b).map { comparison.holds($0) } ?? (comparison == .notEqual)
        }
        return withText { a in
            other.withText { b in
                let common = min(a.count, b.count)
                var order = 0
                if let first = a.baseAddress, let second = b.baseAddress { order = Int(memcmp(first, second, common)) }
                return comparison.holds(order != 0 ? order : a.count - b.count)
            } ?? false
        } ?? false
    }

    // MARK: Numbers

    var number: Number? {
        switch self {
        case .int(let value), .duration(let value): .int(value)
        case .float(let value): .float(value)
        default: nil
        }
    }

    /// Nothing where it cannot be computed: an operand without a number, an int divided by zero, an overflow.
    static func compute(_ operation: ArithmeticOperator, _ left: FilterValue, _ right: FilterValue) -> FilterValue {
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
