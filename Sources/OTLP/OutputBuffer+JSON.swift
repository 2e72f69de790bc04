/// Writes JSON: one line, no blanks. `key` and `separate` set the commas by looking at the byte before: after `{` or `[` none is due.
extension OutputBuffer {
    /// Begins the next member of an object; its value must follow.
    @inline(__always)
    public mutating func key(_ name: StaticString) {
        separate()
        append("\"")
        append(name)
        append("\":")
    }

    /// Begins the next element of an array.
    @inline(__always)
    public mutating func separate() {
        guard count > 0 else { return }
        let last = memory.load(fromByteOffset: count - 1, as: UInt8.self)
        if last != UInt8(ascii: "{") && last != UInt8(ascii: "[") { append(UInt8(ascii: ",")) }
    }

    /// A string. What is not UTF-8 in it becomes U+FFFD.
    public mutating func json(string text: UnsafeRawBufferPointer) {
        reserve(text.count + 2)
        append(UInt8(ascii: "\""))
        if let start = text.baseAddress {
            let end = start + text.count
            var position = UTF8Sequence.plainPrefix(start, end)
            append(UnsafeRawBufferPointer(start: start, count: position - start))
            while position < end {
                position = special(position, end)
                let run = position
                position = UTF8Sequence.plainPrefix(position, end)
                append(UnsafeRawBufferPointer(start: run, count: position - run))
            }
        }
        append(UInt8(ascii: "\""))
    }

    public mutating func json(string: String) {
        var string = string
        string.withUTF8 { json(string: UnsafeRawBufferPointer($0)) }
    }

    /// Writes what stands at `position`, a byte that cannot go as it is, and returns where the next one begins.
    private mutating func special(_ position: UnsafeRawPointer, _ end: UnsafeRawPointer) -> UnsafeRawPointer {
        let byte = position.load(as: UInt8.self)
        if byte >= 0x80 {
            let length = UTF8Sequence.measure(position, end)
            if length > 0 {
                append(UnsafeRawBufferPointer(start: position, count: length))
            } else {
                append("\u{fffd}")
            }
            return position + abs(length)
        }
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x0a: append("\\n")
        case 0x0d: append("\\r")
        case 0x09: append("\\t")
        default:
            append("\\u00")
            hex(byte: byte)
        }
        return position + 1
    }

    public mutating func json(decimal value: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var place = 20
            var rest = value
            repeat {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                place -= 1
                digits[place] = 48 + UInt8(truncatingIfNeeded: digit)
                rest = quotient
            } while rest > 0
            append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(digits)[place..<20]))
        }
    }

    public mutating func json(decimal value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        json(decimal: value.magnitude)
    }

    /// A 64-bit integer, which the protobuf mapping puts into a string.
    public mutating func json(quoted value: UInt64) {
        append(UInt8(ascii: "\""))
        json(decimal: value)
        append(UInt8(ascii: "\""))
    }

    public mutating func json(quoted value: Int64) {
        append(UInt8(ascii: "\""))
        json(decimal: value)
        append(UInt8(ascii: "\""))
    }

    /// The shortest number that reads back the same; what JSON has no number for, as a string.
    public mutating func json(double value: Double) {
        if value.isFinite {
            append(utf8: value.description)
        } else {
            append(value.isNaN ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"")
        }
    }

    /// Bytes as a string of standard base64 with padding.
    public mutating func json(base64 bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count / 3 * 4 + 6)
        append(UInt8(ascii: "\""))
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group: UInt32 = 0
            for place in 0..<count { group |= UInt32(bytes[start + place]) << UInt32(16 - 8 * place) }
            for place in 0..<4 {
                append(place <= count ? base64Alphabet.utf8Start[Int(group >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// 16 lower-case hexadecimal digits, without quotes.
    public mutating func hex(_ value: UInt64) {
        reserve(16)
        for place in 0..<8 { hex(byte: UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * place))) }
    }

    private mutating func hex(byte: UInt8) {
        append(hexDigits.utf8Start[Int(byte >> 4)])
        append(hexDigits.utf8Start[Int(byte & 15)])
    }
}

private let base64Alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
private let hexDigits: StaticString = "0123456789abcdef"
