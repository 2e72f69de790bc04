/// JSON as tests look at it. Numbers stay as they are written.
indirect enum JSONTree: Equatable {
    case null, bool(Bool), number(String), string(String), array([JSONTree]), object([(key: String, value: JSONTree)])

    /// Nil for what is no JSON.
    init?(_ text: String) {
        var reader = Reader(bytes: Array(text.utf8))
        guard let tree = reader.value() else { return nil }
        reader.skip()
        guard reader.index == reader.bytes.count else { return nil }
        self = tree
    }

    subscript(key: String) -> JSONTree? {
        if case .object(let members) = self { members.first { $0.key == key }?.value } else { nil }
    }
    var items: [JSONTree] { if case .array(let items) = self { items } else { [] } }
    var members: [(key: String, value: JSONTree)] { if case .object(let members) = self { members } else { [] } }
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }

    static func == (left: JSONTree, right: JSONTree) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)): left == right || Double(left) == Double(right)
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)):                       // in any order
            left.count == right.count && left.allSatisfy { member in right.contains { $0.key == member.key && $0.value == member.value } }
        default: false
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        mutating func skip() { while index < bytes.count, [9, 10, 13, 32].contains(bytes[index]) { index += 1 } }

        mutating func take(_ character: Character) -> Bool {
            skip()
            guard index < bytes.count, bytes[index] == character.asciiValue else { return false }
            index += 1
            return true
        }

        mutating func value() -> JSONTree? {
            skip()
            guard index < bytes.count else { return nil }
            switch bytes[index] {
            case UInt8(ascii: "{"): return object()
            case UInt8(ascii: "["): return array()
            case UInt8(ascii: "\""): return string().map { .string($0) }
            default:
                let start = index
                while index < bytes.count, !",]} \n".utf8.contains(bytes[index]) { index += 1 }
                switch String(decoding: bytes[start..<index], as: UTF8.self) {
                case "null": return .null
                case "true": return .bool(true)
                case "false": return .bool(false)
                case let text: return Double(text) == nil ? nil : .number(text)
                }
            }
        }

        private mutating func object() -> JSONTree? {
            index += 1
            var members: [(String, JSONTree)] = []
            if take("}") { return .object(members) }
            repeat {
                skip()
                guard index < bytes.count, bytes[index] == UInt8(ascii: "\""), let key = string(), take(":"), let value = value() else { return nil }
                members.append((key, value))
            } while take(",")
            return take("}") ? .object(members) : nil
        }

        private mutating func array() -> JSONTree? {
            index += 1
            var items: [JSONTree] = []
            if take("]") { return .array(items) }
            repeat {
                guard let value = value() else { return nil }
                items.append(value)
            } while take(",")
            return take("]") ? .array(items) : nil
        }

        private mutating func string() -> String? {
            index += 1
            var text: [UInt8] = []
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                if byte == UInt8(ascii: "\"") { return String(validating: text, as: UTF8.self) }
                guard byte == UInt8(ascii: "\\") else { text.append(byte); continue }
                guard index < bytes.count else { return nil }
                let escape = bytes[index]
                index += 1
                let plain: [UInt8: UInt8] = [34: 34, 92: 92, 47: 47, 98: 8, 102: 12, 110: 10, 114: 13, 116: 9]
                if let byte = plain[escape] { text.append(byte); continue }
                guard escape == UInt8(ascii: "u"), index + 4 <= bytes.count,
                      let code = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16),
                      let scalar = UnicodeScalar(code) else { return nil }
                index += 4
                text += Array(String(scalar).utf8)
            }
            return nil
        }
    }
}
