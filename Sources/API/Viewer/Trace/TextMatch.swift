/// Words looked for in bytes, whatever their case. ASCII words are compared byte by byte, others as text.
struct TextMatch {
    private let words: [UInt8]
    private let isASCII: Bool
    /// Whether the words can be part of a number or of `true` and `false`, so that those are worth writing out.
    let mayBeScalar: Bool

    init(_ text: String) {
        words = Array(text.lowercased().utf8)
        isASCII = words.allSatisfy { $0 < 128 }
        mayBeScalar = words.allSatisfy { $0.isDigit || "+-.einfatrusl".utf8.contains($0) }
    }

    var isEmpty: Bool { words.isEmpty }

    func found(in text: UnsafeRawBufferPointer) -> Bool {
        if isASCII { return Self.contains(text, words, lowered: { $0.asciiLowercased }) }
        guard text.count >= words.count else { return false }
        var lowered = String(decoding: text, as: UTF8.self).lowercased()
        return lowered.withUTF8 { Self.contains(UnsafeRawBufferPointer($0), words, lowered: { $0 }) }
    }

    func found(in text: String) -> Bool {
        var text = text
        return text.withUTF8 { found(in: UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    private static func contains(_ text: UnsafeRawBufferPointer, _ words: [UInt8], lowered: (UInt8) -> UInt8) -> Bool {
        guard let first = words.first else { return true }
        guard text.count >= words.count else { return false }
        return words.withUnsafeBufferPointer { words in
            for start in 0...(text.count - words.count) where lowered(text[start]) == first {
                var length = 1
                while length < words.count, lowered(text[start + length]) == words[length] { length += 1 }
                if length == words.count { return true }
            }
            return false
        }
    }
}
