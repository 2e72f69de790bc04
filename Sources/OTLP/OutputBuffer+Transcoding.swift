internal import Glibc
internal import Trace

/// What only the way from JSON to protobuf needs.
extension OutputBuffer {
    /// Appends a JSON string's content without its escapes. `text` has passed the scanner.
    ///
    /// Half of a surrogate pair becomes U+FFFD: JavaScript cuts strings between the halves and its JSON says so, and a span is
    /// worth more than one character of it.
    mutating func append(unescaping text: UnsafeRawBufferPointer) {
        reserve(text.count)
        var index = 0
        while index < text.count {
            let run = index
            if let start = text.baseAddress, let backslash = memchr(start + run, CInt(UInt8(ascii: "\\")), text.count - run) {
                index = UnsafeRawPointer(backslash) - start
            } else {
                index = text.count
            }
            append(UnsafeRawBufferPointer(rebasing: text[run..<index]))
            guard index + 1 < text.count else { return }
            let letter = text[index + 1]
            index += 2
            switch letter {
            case UInt8(ascii: "b"): append(0x08)
            case UInt8(ascii: "f"): append(0x0c)
            case UInt8(ascii: "n"): append(0x0a)
            case UInt8(ascii: "r"): append(0x0d)
            case UInt8(ascii: "t"): append(0x09)
            case UInt8(ascii: "u"):
                var scalar = codeUnit(text, at: index)
                index += 4
                if scalar & 0xfc00 == 0xd800, index + 6 <= text.count, text[index] == UInt8(ascii: "\\"),
                   text[index + 1] == UInt8(ascii: "u") {
                    let low = codeUnit(text, at: index + 2)
                    if low & 0xfc00 == 0xdc00 {
                        scalar = 0x10000 + (scalar & 0x3ff) << 10 + low & 0x3ff
                        index += 6
                    }
                }
                append(scalar: Unicode.Scalar(scalar) ?? "\u{fffd}")
            default: append(letter)                              // the quote, the slash, the backslash
            }
        }
    }

    private func codeUnit(_ text: UnsafeRawBufferPointer, at index: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: hexValue(UnsafeRawBufferPointer(rebasing: text[index..<index + 4])) ?? 0xfffd)
    }

    mutating func append(scalar: Unicode.Scalar) {
        for byte in UTF8.encode(scalar)! { append(byte) }
    }

    /// Appends what standard base64 with padding stands for (RFC 4648, section 4); false when `text` is something else.
    mutating func append(decodingBase64 text: UnsafeRawBufferPointer) -> Bool {
        guard text.count % 4 == 0 else { return false }
        for start in stride(from: 0, to: text.count, by: 4) {
            let isLast = start + 4 == text.count
            let padding = isLast ? (text[start + 3] == UInt8(ascii: "=") ? (text[start + 2] == UInt8(ascii: "=") ? 2 : 1) : 0) : 0
            var group: UInt32 = 0
            for place in 0..<4 - padding {
                guard let bits = base64Value(text[start + place]) else { return false }
                group |= bits << UInt32(18 - 6 * place)
            }
            for place in 0..<3 - padding { append(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * place))) }
        }
        return true
    }

    private func base64Value(_ letter: UInt8) -> UInt32? {
        switch letter {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(letter - 65)
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(letter - 71)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(letter + 4)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    /// Keeps of the encoded fields from `start` on only those that `keep` accepts, given their number and where they begin.
    mutating func keepFields(from start: Int, _ keep: (_ number: Int, _ offset: Int) -> Bool) {
        var cursor = ProtobufCursor(bytes)
        cursor.position += start
        var kept = start
        while !cursor.isAtEnd {
            let offset = cursor.offset
            guard let tag = try? cursor.tag(), (try? cursor.skip(tag)) != nil else { return }   // we wrote it: it is well-formed
            if keep(Int(truncatingIfNeeded: tag >> 3), offset) {
                (memory + kept).copyMemory(from: memory + offset, byteCount: cursor.offset - offset)
                kept += cursor.offset - offset
            }
        }
        count = kept
    }
}
