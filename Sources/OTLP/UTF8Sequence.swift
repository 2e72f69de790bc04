/// The form of UTF-8, byte by byte. Source: The Unicode Standard 15, table 3-7.
enum UTF8Sequence {
    /// Looks at the bytes at `position`, of which the first is 0x80 or above: the length of the code point there, or, when it is
    /// none, minus the number of bytes that one U+FFFD stands for (the longest start of a code point, at least one byte).
    static func measure(_ position: UnsafeRawPointer, _ end: UnsafeRawPointer) -> Int {
        let lead = position.load(as: UInt8.self)
        var low: UInt8 = 0x80
        var high: UInt8 = 0xbf
        let length: Int
        switch lead {
        case 0xc2...0xdf: length = 2
        case 0xe0...0xef:
            length = 3
            if lead == 0xe0 { low = 0xa0 }                       // shorter forms exist
            if lead == 0xed { high = 0x9f }                      // surrogates
        case 0xf0...0xf4:
            length = 4
            if lead == 0xf0 { low = 0x90 }
            if lead == 0xf4 { high = 0x8f }                      // beyond U+10FFFF
        default: return -1
        }
        for index in 1..<length {
            guard position + index < end else { return -index }
            let next = position.load(fromByteOffset: index, as: UInt8.self)
            guard next >= low, next <= high else { return -index }
            low = 0x80
            high = 0xbf
        }
        return length
    }

    /// How many of the bytes from `position` on can stand in a JSON string as they are: ASCII without `"`, `\` and controls.
    @inline(__always)
    static func plainPrefix(_ position: UnsafeRawPointer, _ end: UnsafeRawPointer) -> UnsafeRawPointer {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var position = position
        while end - position >= 8 {
            let word = UInt64(littleEndian: position.loadUnaligned(as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5c)
            // In each term, a byte's high bit is set where the byte is special, and exact below the first such byte.
            let special = (word | ((word &- ones &* 0x20) & ~word) | ((quote &- ones) & ~quote)
                | ((backslash &- ones) & ~backslash)) & highs
            if special != 0 { return position + special.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < end {
            let byte = position.load(as: UInt8.self)
            if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5c { break }
            position += 1
        }
        return position
    }
}
