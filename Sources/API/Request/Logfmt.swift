/// `key=value key2="value 2"`, the form of the `tags` parameter; errors and positions are those of go-logfmt.
enum Logfmt {
    struct Pair: Equatable {
        var key: String
        var value: String
    }

    static func parse(_ text: String) throws(BadParameter) -> [Pair] {
        let bytes = Array(text.utf8)
        var pairs: [Pair] = []
        var position = 0
        while true {
            while position < bytes.count, bytes[position] <= blank { position += 1 }
            guard position < bytes.count else { return pairs }
            let key = try readKey(bytes, &position)
            let value = try readValue(bytes, &position)
            if pairs.contains(where: { $0.key == key }) { throw BadParameter("invalid tags: tag \(key) has been set twice") }
            pairs.append(Pair(key: key, value: value))
        }
    }

    private static let blank = UInt8(ascii: " ")
    private static let quote = UInt8(ascii: "\"")
    private static let equals = UInt8(ascii: "=")
    private static let backslash = UInt8(ascii: "\\")

    private static func readKey(_ bytes: [UInt8], _ position: inout Int) throws(BadParameter) -> String {
        let start = position
        while position < bytes.count, bytes[position] > blank, bytes[position] != equals {
            if bytes[position] == quote { throw unexpected(bytes[position], at: position) }
            position += 1
        }
        if position == start { throw unexpected(equals, at: position) }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func readValue(_ bytes: [UInt8], _ position: inout Int) throws(BadParameter) -> String {
        guard position < bytes.count, bytes[position] == equals else { return "" }
        position += 1
        guard position < bytes.count else { return "" }
        if bytes[position] == quote { return try readQuoted(bytes, &position) }
        let start = position
        while position < bytes.count, bytes[position] > blank {
            if bytes[position] == equals || bytes[position] == quote { throw unexpected(bytes[position], at: position) }
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func readQuoted(_ bytes: [UInt8], _ position: inout Int) throws(BadParameter) -> String {
        var content: [UInt8] = []
        var scan = position + 1
        while scan < bytes.count {
            switch bytes[scan] {
            case quote:
                position = scan + 1
                return String(decoding: content, as: UTF8.self)
            case backslash where scan + 1 < bytes.count:
                guard let byte = unescaped(bytes[scan + 1]) else { throw syntax("invalid quoted value", at: scan + 1) }
                content.append(byte)
                scan += 2
            default:
                content.append(bytes[scan])
                scan += 1
            }
        }
        throw syntax("unterminated quoted value", at: bytes.count)
    }

    private static func unescaped(_ letter: UInt8) -> UInt8? {
        switch letter {
        case quote, backslash, UInt8(ascii: "/"), UInt8(ascii: "'"): letter
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        default: nil
        }
    }

    private static func unexpected(_ byte: UInt8, at position: Int) -> BadParameter {
        syntax("unexpected '\(Character(Unicode.Scalar(byte)))'", at: position)
    }

    private static func syntax(_ message: String, at position: Int) -> BadParameter {
        BadParameter("invalid tags: \(message) at pos \(position + 1)")
    }
}
