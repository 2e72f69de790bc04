/// Cuts a text into tokens, one at a time. What is no token becomes one that says why, and nothing follows it.
struct Lexer {
    let bytes: [UInt8]
    var index = 0
    /// Between braces there are no operators but those of matchers, and a name has no colon.
    private var isInBraces = false
    /// Between brackets a colon parts range and step.
    private var isInBrackets = false

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func next() -> Token {
        skipBlanks()
        let start = index
        guard let byte = peek() else { return token(.end, from: start) }
        switch byte {
        case _ where byte.isLetter: return name(from: start)
        case _ where byte.isDigit && !isInBraces: return number(from: start)
        case UInt8(ascii: ".") where peek(1)?.isDigit == true && !isInBraces: return number(from: start)
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): return string(byte, from: start)
        case UInt8(ascii: ":") where !isInBraces && !isInBrackets && (peek(1)?.isNameByte ?? false): return name(from: start)
        default: return symbol(byte, from: start)
        }
    }

    // MARK: Kinds of tokens

    private mutating func name(from start: Int) -> Token {
        while let byte = peek(), byte.isNameByte || (byte == UInt8(ascii: ":") && !isInBraces && !isInBrackets) { index += 1 }
        let hasColon = bytes[start..<index].contains(UInt8(ascii: ":"))
        return token(hasColon ? .metricName : .name, from: start)
    }

    private mutating func symbol(_ byte: UInt8, from start: Int) -> Token {
        let pair = peek(1).map { [byte, $0] } ?? [byte]
        let allowed = isInBraces ? ["=~", "!~", "!="] : ["==", "!=", "<=", ">="]
        for symbol in allowed where Array(symbol.utf8) == pair { return take(2, from: start) }
        let character = Self.character(bytes[start...])
        if isInBraces {
            switch byte {
            case UInt8(ascii: "}"): isInBraces = false
            case UInt8(ascii: "="), UInt8(ascii: ","): break
            case UInt8(ascii: "{"): return token(.invalid("unexpected left brace '{'"), from: start)
            default: return token(.invalid("unexpected character inside braces: '\(character)'"), from: start)
            }
            return take(1, from: start)
        }
        switch byte {
        case UInt8(ascii: "{"): isInBraces = true
        case UInt8(ascii: "["): isInBrackets = true
        case UInt8(ascii: "]"): isInBrackets = false
        case UInt8(ascii: "="), UInt8(ascii: "!"):
            if let after = peek(1), byte == UInt8(ascii: "!") || after == UInt8(ascii: "~") {
                let following = after < 0x80 ? String(UnicodeScalar(after)) : Self.character(bytes[(start + 1)...])
                return token(.invalid("unexpected character after '\(character)': '\(following)'"), from: start)
            }
        case _ where "()+-*/%^<>,@:".utf8.contains(byte): break
        default: return token(.invalid("unexpected character: '\(character)'"), from: start)
        }
        return take(1, from: start)
    }

    // MARK: Helpers

    func peek(_ ahead: Int = 0) -> UInt8? { index + ahead < bytes.count ? bytes[index + ahead] : nil }

    func token(_ kind: Token.Kind, from start: Int) -> Token {
        Token(kind: kind, offset: start, text: String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func take(_ count: Int, from start: Int) -> Token {
        index = start + count
        return token(.symbol(String(decoding: bytes[start..<index], as: UTF8.self)), from: start)
    }

    private mutating func skipBlanks() {
        while let byte = peek() {
            if byte == UInt8(ascii: "#") {
                while let byte = peek(), byte != UInt8(ascii: "\n") { index += 1 }
            } else if [9, 10, 13, 32].contains(byte) {
                index += 1
            } else {
                return
            }
        }
    }

    /// The first character of `bytes`, for an error to show.
    static func character(_ bytes: ArraySlice<UInt8>) -> String {
        String(String(decoding: bytes.prefix(4), as: UTF8.self).unicodeScalars.prefix(1))
    }
}

extension UInt8 {
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    var isLetter: Bool { self == UInt8(ascii: "_") || (self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "z")) }
    var isNameByte: Bool { isLetter || isDigit }
    var isHexDigit: Bool { isDigit || (self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "f")) }
}

extension String {
    /// Whether it is a label's name as it may stand without quotes.
    var isPlainName: Bool { utf8.first?.isLetter == true && utf8.allSatisfy(\.isNameByte) }
    /// Whether it is a metric's name as it may stand in front of braces.
    var isPlainMetricName: Bool {
        utf8.first?.isDigit == false && utf8.allSatisfy { $0.isNameByte || $0 == UInt8(ascii: ":") } && !Self.neverNames.contains(lowercased())
    }

    /// Words that are no metrics' names, in lower case: operators' modifiers and numbers.
    static let neverNames: Set<String> = ["on", "ignoring", "bool", "group_left", "group_right", "atan2", "inf", "nan"]
}
