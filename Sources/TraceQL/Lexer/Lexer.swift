/// Splits the text of a query into tokens.
struct Lexer {
    let bytes: [UInt8]
    var offset = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    /// All tokens, up to `end` or the first `invalid`, which is the last.
    static func tokens(of text: String) -> [Token] {
        var lexer = Lexer(text)
        var tokens: [Token] = []
        while true {
            let token = lexer.next()
            tokens.append(token)
            switch token.kind {
            case .end, .invalid: return tokens
            default: break
            }
        }
    }

    private mutating func next() -> Token {
        var start = offset
        do throws(Complaint) {
            try skipBlanksAndComments()
            start = offset
            let kind = try readKind()
            return Token(kind: kind, range: start..<offset)
        } catch {
            return Token(kind: .invalid(error.message), range: (error.start ?? start)..<max(offset, error.start ?? start))
        }
    }

    /// Why no token can be read, and where if not where the token began.
    struct Complaint: Error {
        var message: String
        var start: Int?
    }

    private mutating func readKind() throws(Complaint) -> Token.Kind {
        guard let byte = peek() else { return .end }
        switch byte {
        case UInt8(ascii: "\""): return .string(try readQuotedString())
        case UInt8(ascii: "`"): return .string(try readRawString())
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return try readNumber()
        case UInt8(ascii: "."):
            if let digit = peek(1), isDigit(digit) { return try readNumber() }
            offset += 1
            return .field(.attribute(.any, try readAttributeName(after: ".")))
        default: break
        }
        if let symbol = Symbol(prefixOf: bytes[offset...]) {
            offset += symbol.rawValue.utf8.count
            return .symbol(symbol)
        }
        if let word = readWord() { return try readScoped(word) }
        let scalar = String(scalar(at: offset).value)
        offset += scalar.utf8.count
        throw Complaint(message: scalar == "'" ? "unexpected ', strings are quoted with \" or `" : "unexpected \(scalar)")
    }

    private mutating func skipBlanksAndComments() throws(Complaint) {
        while let byte = peek() {
            if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "/") {
                while let byte = peek(), byte != UInt8(ascii: "\n") { offset += byte.utf8Width }
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                try skipComment()
            } else {
                let (scalar, width) = scalar(at: offset)
                guard scalar.properties.isWhitespace else { return }
                offset += width
            }
        }
    }

    private mutating func skipComment() throws(Complaint) {
        let start = offset
        offset += 2
        while let byte = peek() {
            if byte == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
                offset += 2
                return
            }
            offset += 1
        }
        throw Complaint(message: "comment without end, expected */", start: start)
    }

    // MARK: Looking ahead

    func peek(_ distance: Int = 0) -> UInt8? {
        let index = offset + distance
        return index < bytes.count ? bytes[index] : nil
    }

    /// The character at `offset`, which is where one begins. The bytes are those of a String and so are UTF-8.
    func scalar(at offset: Int) -> (value: Unicode.Scalar, width: Int) {
        let first = bytes[offset]
        let width = first.utf8Width
        guard width > 1 else { return (Unicode.Scalar(first), 1) }
        let value = bytes[(offset + 1)..<(offset + width)].reduce(UInt32(first) & (0x7f >> UInt32(width))) { $0 << 6 | UInt32($1 & 0x3f) }
        return (Unicode.Scalar(value) ?? "\u{fffd}", width)
    }

    func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

extension UInt8 {
    /// How many bytes the character takes that begins with this one.
    fileprivate var utf8Width: Int {
        switch self {
        case ..<0xc0: 1
        case ..<0xe0: 2
        case ..<0xf0: 3
        default: 4
        }
    }
}
