/// Why text is not the JSON it should be; `offset` is the byte at which it shows.
package struct JSONFailure: Error {
    var message: String
    var offset: Int
}

/// Walks JSON text in place (RFC 8259). Strings are checked to be UTF-8 while they are walked.
///
/// Invariant: `position <= end`, both within the memory the scanner was made over.
package struct JSONScanner {
    let base: UnsafeRawPointer
    let end: UnsafeRawPointer
    var position: UnsafeRawPointer

    /// The depth of nesting beyond which an unknown value is refused.
    package static let depthLimit = 64

    package init(_ bytes: UnsafeRawBufferPointer) {
        base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 16)!
        position = base
        end = base + bytes.count
    }

    /// A string's content within the text, still escaped.
    package struct Text {
        package var bytes: UnsafeRawBufferPointer
        var isEscaped: Bool

        /// What it stands for.
        package var string: String {
            guard isEscaped else { return String(decoding: bytes, as: UTF8.self) }
            var output = OutputBuffer(capacity: bytes.count)
            output.append(unescaping: bytes)
            return String(decoding: output.array(), as: UTF8.self)
        }
    }

    /// Whether nothing but white space is left.
    package var isAtEnd: Bool {
        mutating get { peek() == 0 && position >= end }
    }

    @inline(never)
    func failure(_ message: String, at place: UnsafeRawPointer? = nil) -> JSONFailure {
        JSONFailure(message: message, offset: (place ?? position) - base)
    }

    @inline(never)
    package func unexpected(_ expected: StaticString) -> JSONFailure {
        if position >= end { return failure("expected \(expected), found the end of the text") }
        let byte = position.load(as: UInt8.self)
        let found = byte > 0x20 && byte < 0x7f ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
        return failure("expected \(expected), found \(found)")
    }

    /// The next byte that is not white space, without stepping over it; 0 at the end.
    @inline(__always)
    package mutating func peek() -> UInt8 {
        while position < end {
            let byte = position.load(as: UInt8.self)
            if byte > 0x20 || !(byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09) { return byte }
            position += 1
        }
        return 0
    }

    /// Steps over `byte` if it comes next.
    @inline(__always)
    package mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte, position < end else { return false }
        position += 1
        return true
    }

    /// Steps over `null` if it comes next.
    package mutating func takeNull() throws(JSONFailure) -> Bool {
        guard peek() == UInt8(ascii: "n") else { return false }
        try word("null")
        return true
    }

    package mutating func bool() throws(JSONFailure) -> Bool {
        switch peek() {
        case UInt8(ascii: "t"):
            try word("true")
            return true
        case UInt8(ascii: "f"):
            try word("false")
            return false
        default: throw unexpected("true or false")
        }
    }

    private mutating func word(_ word: StaticString) throws(JSONFailure) {
        let start = position
        for index in 0..<word.utf8CodeUnitCount {
            guard position < end, position.load(as: UInt8.self) == word.utf8Start[index] else {
                position = start
                throw unexpected("a value")
            }
            position += 1
        }
    }

    @inline(__always)
    package mutating func string(_ expected: StaticString = "a string") throws(JSONFailure) -> Text {
        guard take(UInt8(ascii: "\"")) else { throw unexpected(expected) }
        let start = position
        position = UTF8Sequence.plainPrefix(position, end)
        if position < end, position.load(as: UInt8.self) == UInt8(ascii: "\"") {
            position += 1
            return Text(bytes: UnsafeRawBufferPointer(start: start, count: position - start - 1), isEscaped: false)
        }
        return try restOfString(from: start)
    }

    private mutating func restOfString(from start: UnsafeRawPointer) throws(JSONFailure) -> Text {
        var isEscaped = false
        while true {
            position = UTF8Sequence.plainPrefix(position, end)
            guard position < end else { throw unexpected("the end of a string") }
            let byte = position.load(as: UInt8.self)
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return Text(bytes: UnsafeRawBufferPointer(start: start, count: position - start - 1), isEscaped: isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                try escape()
            case 0x80...:
                let length = UTF8Sequence.measure(position, end)
                guard length > 0 else { throw failure("a string is not valid UTF-8") }
                position += length
            default: throw failure("a string holds the control character 0x\(String(byte, radix: 16)) unescaped")
            }
        }
    }

    /// Steps over one escape and checks its form; lone surrogates pass (`OutputBuffer.append(unescaping:)` repairs them).
    private mutating func escape() throws(JSONFailure) {
        let start = position
        position += 1
        guard position < end else { throw unexpected("an escaped character") }
        switch position.load(as: UInt8.self) {
        case UInt8(ascii: "u"):
            guard end - position >= 5, hexValue(UnsafeRawBufferPointer(start: position + 1, count: 4)) != nil else {
                throw failure("\\u is not followed by four hexadecimal digits", at: start)
            }
            position += 5
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
             UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        default: throw failure("a backslash is followed by no escape", at: start)
        }
    }

    /// Steps over a number and returns its text.
    package mutating func number() throws(JSONFailure) -> UnsafeRawBufferPointer {
        _ = peek()
        let start = position
        guard let count = JSONNumber.prefix(UnsafeRawBufferPointer(start: position, count: end - position)) else {
            throw unexpected("a number")
        }
        position += count
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    /// Steps over a value of any kind.
    mutating func skipValue(depth: Int = 0) throws(JSONFailure) {
        switch peek() {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "{"):
            try nest(depth)
            if take(UInt8(ascii: "}")) { return }
            repeat {
                _ = try string("a key")
                guard take(UInt8(ascii: ":")) else { throw unexpected("':'") }
                try skipValue(depth: depth + 1)
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw unexpected("',' or '}'") }
        case UInt8(ascii: "["):
            try nest(depth)
            if take(UInt8(ascii: "]")) { return }
            repeat { try skipValue(depth: depth + 1) } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw unexpected("',' or ']'") }
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try bool()
        case UInt8(ascii: "n"): try word("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): _ = try number()
        default: throw unexpected("a value")
        }
    }

    private mutating func nest(_ depth: Int) throws(JSONFailure) {
        if depth >= Self.depthLimit { throw failure("values are nested deeper than \(Self.depthLimit) levels") }
        position += 1
    }
}

/// The value of up to 16 hexadecimal digits of either case. Branches only once, at the end: digits of ids are random.
func hexValue(_ digits: UnsafeRawBufferPointer) -> UInt64? {
    var value: UInt64 = 0
    var isBad: UInt8 = 0
    for digit in digits {
        let letter = (digit | 0x20) &- 97                        // 0...5 for a...f of either case
        let number = digit &- 48
        let nibble = number < 10 ? number : letter &+ 10
        isBad |= number < 10 || letter < 6 ? 0 : 1
        value = value << 4 | UInt64(nibble & 15)
    }
    return isBad == 0 ? value : nil
}
