extension Lexer {
    /// Between backticks nothing is an escape, and lines may end.
    mutating func readRawString() throws(Complaint) -> String {
        let start = offset
        guard let end = bytes[(offset + 1)...].firstIndex(of: UInt8(ascii: "`")) else {
            offset = bytes.count
            throw Complaint(message: "string without end, expected `", start: start)
        }
        offset = end + 1
        return text((start + 1)..<end)
    }

    /// Between double quotes, with Go's escapes. https://go.dev/ref/spec#String_literals
    mutating func readQuotedString() throws(Complaint) -> String {
        let start = offset
        var value: [UInt8] = []
        offset += 1
        while let byte = peek(), byte != UInt8(ascii: "\n") {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: value, as: UTF8.self) else {
                    throw Complaint(message: "string that is not UTF-8", start: start)
                }
                return string
            case UInt8(ascii: "\\"): try readEscape(&value)
            default: value.append(byte)
            }
        }
        throw Complaint(message: "string without end, expected \"", start: start)
    }

    /// What follows a backslash.
    private mutating func readEscape(_ value: inout [UInt8]) throws(Complaint) {
        let start = offset - 1
        guard let byte = peek() else { return }         // the string has no end, which says enough
        offset += 1
        switch byte {
        case UInt8(ascii: "a"): value.append(7)
        case UInt8(ascii: "b"): value.append(8)
        case UInt8(ascii: "t"): value.append(9)
        case UInt8(ascii: "n"): value.append(10)
        case UInt8(ascii: "v"): value.append(11)
        case UInt8(ascii: "f"): value.append(12)
        case UInt8(ascii: "r"): value.append(13)
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): value.append(byte)
        case UInt8(ascii: "x"): value.append(UInt8(truncatingIfNeeded: try readDigits(2, radix: 16, start)))
        case UInt8(ascii: "u"): try append(try readDigits(4, radix: 16, start), to: &value, start)
        case UInt8(ascii: "U"): try append(try readDigits(8, radix: 16, start), to: &value, start)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            offset -= 1
            let code = try readDigits(3, radix: 8, start)
            guard code <= 255 else { throw Complaint(message: #"escape above \377"#, start: start) }
            value.append(UInt8(truncatingIfNeeded: code))
        default:
            throw Complaint(message: #"unknown escape \"# + String(scalar(at: offset - 1).value) + ", expected \\\\ or a string between backticks",
                            start: start)
        }
    }

    private mutating func readDigits(_ count: Int, radix: Int, _ start: Int) throws(Complaint) -> UInt32 {
        let end = min(offset + count, bytes.count)
        // A sign is none of the digits, though UInt32 would take it.
        guard end - offset == count, bytes[offset] != UInt8(ascii: "+"), let code = UInt32(text(offset..<end), radix: radix) else {
            throw Complaint(message: "escape with too few digits, expected \(count)", start: start)
        }
        offset = end
        return code
    }

    private func append(_ code: UInt32, to value: inout [UInt8], _ start: Int) throws(Complaint) {
        guard let scalar = Unicode.Scalar(code) else { throw Complaint(message: "escape that is no Unicode character", start: start) }
        value.append(contentsOf: String(scalar).utf8)
    }
}
