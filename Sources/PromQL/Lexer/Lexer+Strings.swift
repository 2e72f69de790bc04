extension Lexer {
    /// `"…"` and `'…'` with escapes, `` `…` `` without. The value has to be UTF-8.
    mutating func string(_ quote: UInt8, from start: Int) -> Token {
        index = start + 1
        var value: [UInt8] = []
        while let byte = peek() {
            index += 1
            switch byte {
            case quote:
                guard let text = String(validating: value, as: UTF8.self) else {
                    return token(.invalid("invalid UTF-8 in a quoted string"), from: start)
                }
                return token(.string(text), from: start)
            case UInt8(ascii: "\\") where quote != UInt8(ascii: "`"):
                if let problem = escape(quote, into: &value) { return problem }
            case UInt8(ascii: "\n") where quote != UInt8(ascii: "`"): return token(.invalid("unterminated quoted string"), from: start)
            default: value.append(byte)
            }
        }
        return token(.invalid(quote == UInt8(ascii: "`") ? "unterminated raw string" : "unterminated quoted string"), from: start)
    }

    /// What follows a backslash. Returns a token when it is no escape.
    private mutating func escape(_ quote: UInt8, into value: inout [UInt8]) -> Token? {
        let start = index - 1
        guard let byte = peek() else { return token(.invalid("escape sequence not terminated"), from: start) }
        index += 1
        switch byte {
        case quote, UInt8(ascii: "\\"): value.append(byte)
        case UInt8(ascii: "a"): value.append(7)
        case UInt8(ascii: "b"): value.append(8)
        case UInt8(ascii: "f"): value.append(12)
        case UInt8(ascii: "n"): value.append(10)
        case UInt8(ascii: "r"): value.append(13)
        case UInt8(ascii: "t"): value.append(9)
        case UInt8(ascii: "v"): value.append(11)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            index -= 1
            guard let code = code(digits: 3, radix: 8), code < 256 else { return token(.invalid("invalid octal escape sequence"), from: start) }
            value.append(UInt8(code))
        case UInt8(ascii: "x"):
            guard let code = code(digits: 2, radix: 16) else { return token(.invalid("invalid \\x escape sequence"), from: start) }
            value.append(UInt8(code))
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            guard let code = code(digits: byte == UInt8(ascii: "u") ? 4 : 8, radix: 16), let scalar = UnicodeScalar(code) else {
                return token(.invalid("escape sequence is an invalid Unicode code point"), from: start)
            }
            value += Array(String(scalar).utf8)
        default:
            let character = Self.character(bytes[(index - 1)...])
            return token(.invalid("unknown escape sequence '\\\(character)'"), from: start)
        }
        return nil
    }

    private mutating func code(digits: Int, radix: Int) -> UInt32? {
        guard index + digits <= bytes.count else { return nil }
        let text = bytes[index..<index + digits]
        guard text.allSatisfy(\.isHexDigit) else { return nil }
        index += digits
        return UInt32(String(decoding: text, as: UTF8.self), radix: radix)
    }
}
