import OTLP

/// An answer in JSON, read for a table. Whatever comes from the other end of a socket is checked, and its depth is bounded.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// nil for what is not JSON. Source: RFC 8259.
    init?(_ bytes: [UInt8]) {
        let value: JSONValue? = bytes.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            guard let value = try? scanner.value(), scanner.isAtEnd else { return nil }
            return value
        }
        guard let value else { return nil }
        self = value
    }

    /// A member of an object; null when it has none of that name.
    subscript(name: String) -> JSONValue {
        if case .object(let members) = self { members[name] ?? .null } else { .null }
    }

    var list: [JSONValue] { if case .array(let items) = self { items } else { [] } }

    /// Text as it stands, numbers and bools as they are written.
    var text: String {
        switch self {
        case .string(let text): text
        case .number(let number): number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : number.description
        case .bool(let bit): bit ? "true" : "false"
        case .null, .array, .object: ""
        }
    }

    /// A count or a time, also one that stands in a string; 0 for anything else.
    var count: UInt64 {
        switch self {
        case .number(let number): UInt64(exactly: number.rounded()) ?? 0
        case .string(let text): UInt64(text) ?? 0
        default: 0
        }
    }

    /// A number, also one that stands in a string, as protobuf's mapping puts it there.
    var number: Double? {
        switch self {
        case .number(let number): number
        case .string("Infinity"): .infinity
        case .string("-Infinity"): -.infinity
        case .string("NaN"): .nan
        case .string(let text): Double(text)
        default: nil
        }
    }
}

extension JSONScanner {
    /// The value that comes next. Deeper ones than any answer has are refused.
    fileprivate mutating func value(depth: Int = 0) throws(JSONFailure) -> JSONValue {
        switch peek() {
        case UInt8(ascii: "\""): return .string(try string().string)
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try bool())
        case UInt8(ascii: "{") where depth < Self.depthLimit: return try object(depth)
        case UInt8(ascii: "[") where depth < Self.depthLimit: return try array(depth)
        default:
            if try takeNull() { return .null }
            return .number(Double(String(decoding: try number(), as: UTF8.self)) ?? .nan)
        }
    }

    private mutating func object(_ depth: Int) throws(JSONFailure) -> JSONValue {
        var members: [String: JSONValue] = [:]
        _ = take(UInt8(ascii: "{"))
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            let name = try string("a key").string
            guard take(UInt8(ascii: ":")) else { throw unexpected("':'") }
            members[name] = try value(depth: depth + 1)
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw unexpected("',' or '}'") }
        return .object(members)
    }

    private mutating func array(_ depth: Int) throws(JSONFailure) -> JSONValue {
        var items: [JSONValue] = []
        _ = take(UInt8(ascii: "["))
        if take(UInt8(ascii: "]")) { return .array(items) }
        repeat { items.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw unexpected("',' or ']'") }
        return .array(items)
    }
}
