internal import OTLP
internal import Query

/// A value of the four types that every client of Tempo can put into a column or a label. Durations, keywords, arrays and what
/// TraceQL has no type for are text. (tempo-api.md §16.4)
enum PlainValue: Hashable {
    case string(String)
    case int(Int64)
    case double(Double)
    case bool(Bool)

    init(_ value: Value) {
        self = switch value {
        case .int(let number): .int(number)
        case .float(let number): .double(number)
        case .bool(let bit): .bool(bit)
        case .none, .string, .duration, .status, .kind, .array, .other: .string(value.text)
        }
    }
}

extension JSONAnswer {
    /// `{"key":…,"value":{"stringValue":…}}`, the next element of a list.
    mutating func keyValue(_ name: String, _ value: PlainValue) {
        object { pair in
            pair.member("key", name)
            pair.object("value") { member in
                switch value {
                case .string(let text): member.member("stringValue", text)
                case .int(let number):
                    member.key("intValue")
                    member.value { $0.json(quoted: number) }
                case .double(let number): member.member("doubleValue", double: number)
                case .bool(let bit): member.member("boolValue", bit)
                }
            }
        }
    }

    mutating func member(_ key: StaticString, double value: Double) {
        self.key(key)
        self.value { $0.json(double: value) }
    }

    /// Left out when it is 0, as protobuf's defaults are. Beyond 32 bits it stays at their largest number.
    mutating func count(_ key: StaticString, _ value: Int) {
        if value > 0 { member(key, Int(UInt32(clamping: value))) }
    }

    /// A 64-bit number, left out when it is 0.
    mutating func count(_ key: StaticString, quoted value: UInt64) {
        if value > 0 { member(key, quoted: value) }
    }
}

extension OutputBuffer {
    /// A `KeyValue` of OTLP.
    mutating func keyValue(_ number: Int, _ name: String, _ value: PlainValue) {
        message(number) { pair in
            pair.field(1, string: name)
            pair.message(2) { member in
                switch value {
                case .string(let text): member.field(1, string: text)
                case .bool(let bit): member.field(2, varint: bit ? 1 : 0)
                case .int(let number): member.field(3, varint: UInt64(bitPattern: number))
                case .double(let number): member.field(4, fixed64: number.bitPattern)
                }
            }
        }
    }

    /// Left out when it is 0.
    mutating func count(_ number: Int, _ value: Int) {
        if value > 0 { field(number, varint: UInt64(UInt32(clamping: value))) }
    }

    mutating func count(_ number: Int, long value: UInt64) {
        if value > 0 { field(number, varint: value) }
    }

    mutating func text(_ number: Int, _ text: String) {
        if !text.isEmpty { field(number, string: text) }
    }
}
