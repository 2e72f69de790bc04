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
        var reader = JSONReader(bytes: bytes)
        guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
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

private struct JSONReader {
    let bytes: [UInt8]
    private var position = 0
    private static let depthLimit = 64

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return position == bytes.count
        }
    }

    mutating func value(depth: Int) -> JSONValue? {
        skipBlanks()
        guard depth < Self.depthLimit, position < bytes.count else { return nil }
        switch bytes[position] {
        case UInt8(ascii: "{"): return object(depth)
        case UInt8(ascii: "["): return array(depth)
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "t"): return literal("true").map { .bool(true) }
        case UInt8(ascii: "f"): return literal("false").map { .bool(false) }
        case UInt8(ascii: "n"): return literal("null").map { .null }
        default: return number()
        }
    }

    private mutating func object(_ depth: Int) -> JSONValue? {
        var members: [String: JSONValue] = [:]
        position += 1
        if take("}") { return .object(members) }
        while true {
            skipBlanks()
            guard let name = string(), take(":"), let value = value(depth: depth + 1) else { return nil }
            members[name] = value
            if take("}") { return .object(members) }
            guard take(",") else { return nil }
        }
    }

    private mutating func array(_ depth: Int) -> JSONValue? {
        var items: [JSONValue] = []
        position += 1
        if take("]") { return .array(items) }
        while let item = value(depth: depth + 1) {
            items.append(item)
            if take("]") { return .array(items) }
            guard take(",") else { return nil }
        }
        return nil
    }

    private mutating func number() -> JSONValue? {
        let digits = bytes[position...].prefix { "+-.eE0123456789".utf8.contains($0) }
        position += digits.count
        return Double(String(decoding: digits, as: UTF8.self)).map { .number($0) }
    }

    private mutating func string() -> String? {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
        position += 1
        var content: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = escape() else { return nil }
                content += escaped
            default: content.append(byte)
            }
        }
        return nil
    }

    /// What stands behind a backslash.
    private mutating func escape() -> [UInt8]? {
        guard position < bytes.count else { return nil }
        let letter = bytes[position]
        position += 1
        switch letter {
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "u"):
            guard var code = hex() else { return nil }
            if (0xd800..<0xdc00).contains(code), bytes[position...].starts(with: Array("\\u".utf8)) {
                position += 2
                guard let low = hex() else { return nil }
                code = 0x10000 + (code - 0xd800) << 10 + (low &- 0xdc00) & 0x3ff
            }
            return Array(String(Character(Unicode.Scalar(code) ?? "\u{fffd}")).utf8)
        default: return [letter]
        }
    }

    private mutating func hex() -> UInt32? {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
        position += 4
        return code
    }

    private mutating func literal(_ word: String) -> Void? {
        guard bytes[position...].starts(with: word.utf8) else { return nil }
        position += word.utf8.count
        return ()
    }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    private mutating func skipBlanks() {
        while position < bytes.count, [9, 10, 13, 32].contains(bytes[position]) { position += 1 }
    }
}
