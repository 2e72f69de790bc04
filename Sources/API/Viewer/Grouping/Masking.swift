/// Takes out of keys and paths what names one thing among many: numbers, UUIDs, hashes. (viewer.md §4.7)
enum Masking {
    /// A command and its key: `GET user:1234:cart` → `GET user:*:cart`. Arguments after the key are values and go.
    /// JSON commands (MongoDB) give their first member: `{"find":"users","filter":…}` → `find users`.
    static func command(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        var shape: [UInt8] = []
        for line in text.prefix(SQLShape.readLimit).split(whereSeparator: { $0 == 10 || $0 == 13 }) {
            let line = UnsafeRawBufferPointer(rebasing: line)
            let words = line.first(where: { $0 > 32 }) == UInt8(ascii: "{") ? firstMember(line) : firstWords(line)
            if words.isEmpty { continue }
            if shape.isEmpty { shape = words } else if !ends(shape, with: words) { shape += [UInt8(ascii: "\n")] + words }
            if shape.count > SQLShape.shapeLimit { break }
        }
        return cut(shape, at: SQLShape.shapeLimit)
    }

    /// The path of a URL, without host, query and fragment; segments that name one thing become `{}`.
    static func path(_ url: UnsafeRawBufferPointer) -> [UInt8] {
        var path = url.prefix(SQLShape.readLimit)
        if let scheme = indexOfSchemeEnd(path) {
            path = path[scheme...].drop { $0 != UInt8(ascii: "/") }
            if path.isEmpty { return [UInt8(ascii: "/")] }
        }
        path = path.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        var shape: [UInt8] = []
        for segment in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if segment.startIndex != path.startIndex { shape.append(UInt8(ascii: "/")) }
            let (stem, rest) = splitExtension(segment)
            if namesOneThing(stem) { shape.append(contentsOf: "{}".utf8) } else { shape.append(contentsOf: stem) }
            shape.append(contentsOf: rest)
        }
        return cut(shape, at: SQLShape.shapeLimit)
    }

    /// The first word in capitals and the second one masked.
    private static func firstWords(_ line: UnsafeRawBufferPointer) -> [UInt8] {
        let words = line.split(maxSplits: 2, whereSeparator: { $0 <= 32 })
        guard let command = words.first else { return [] }
        if let parenthesis = command.firstIndex(of: UInt8(ascii: "(")) { return Array(command[..<parenthesis]) }   // db.users.find(…
        var shape = command.map { $0 >= 97 && $0 <= 122 ? $0 - 32 : $0 }
        if words.count > 1 {
            shape.append(32)
            mask(words[1].prefix(512), into: &shape)
        }
        return shape
    }

    /// `{"find" : "users", …` → `find users`; a value that is no text is left out.
    private static func firstMember(_ line: UnsafeRawBufferPointer) -> [UInt8] {
        let pieces = line.split(separator: UInt8(ascii: "\""), maxSplits: 4, omittingEmptySubsequences: false)
        guard pieces.count > 1 else { return [] }
        var shape = Array(pieces[1])
        if pieces.count > 3, pieces[2].allSatisfy({ $0 <= 32 || $0 == UInt8(ascii: ":") }) {
            shape.append(32)
            mask(pieces[3].prefix(512), into: &shape)
        }
        return shape
    }

    /// Writes `text` with every run of digits, UUID and hash replaced by `*`.
    private static func mask(_ text: Slice<UnsafeRawBufferPointer>, into shape: inout [UInt8]) {
        var position = text.startIndex
        while position < text.endIndex {
            if position == text.startIndex || !text[position - 1].isNameByte, let end = endOfIdentifier(text[position...]) {
                shape.append(UInt8(ascii: "*"))
                position = end
            } else if text[position].isDigit {
                shape.append(UInt8(ascii: "*"))
                while position < text.endIndex, text[position].isDigit { position += 1 }
            } else {
                shape.append(text[position])
                position += 1
            }
        }
    }

    /// The end of the UUID or hash that `text` starts with.
    private static func endOfIdentifier(_ text: Slice<UnsafeRawBufferPointer>) -> Int? {
        if text.count >= 36, isUUID(text.prefix(36)), text.count == 36 || !text[text.startIndex + 36].isNameByte {
            return text.startIndex + 36
        }
        let word = text.prefix { $0.isNameByte }
        return isHash(word) ? word.endIndex : nil
    }

    private static func isUUID(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard text.count == 36 else { return false }
        return text.enumerated().allSatisfy { index, byte in
            switch index {
            case 8, 13, 18, 23: byte == UInt8(ascii: "-")
            default: byte.isHexDigit
            }
        }
    }

    /// Twelve and more hexadecimal digits, one of them 0–9 (so that no word is taken for one).
    private static func isHash(_ word: Slice<UnsafeRawBufferPointer>) -> Bool {
        word.count >= 12 && word.allSatisfy { $0.isHexDigit } && word.contains { $0.isDigit }
    }

    /// A number, a UUID, a hash, four digits in a row, or a long token of letters and digits. `v1`, `oauth2`, `s3` stay.
    private static func namesOneThing(_ segment: Slice<UnsafeRawBufferPointer>) -> Bool {
        if segment.isEmpty { return false }
        if segment.allSatisfy({ $0.isDigit }) || isUUID(segment) || isHash(segment) { return true }
        var run = 0, digits = 0
        for byte in segment {
            run = byte.isDigit ? run + 1 : 0
            digits += byte.isDigit ? 1 : 0
            if run == 4 { return true }
        }
        return segment.count >= 20 && digits >= 3 && segment.allSatisfy { $0.isNameByte || $0 == UInt8(ascii: "-") }
    }

    /// `42.png` → `42` and `.png`.
    private static func splitExtension(
        _ segment: Slice<UnsafeRawBufferPointer>
    ) -> (stem: Slice<UnsafeRawBufferPointer>, rest: Slice<UnsafeRawBufferPointer>) {
        guard let point = segment.lastIndex(of: UInt8(ascii: ".")), (2...6).contains(segment.endIndex - point),
            !segment[(point + 1)...].allSatisfy({ $0.isDigit })
        else { return (segment, segment[segment.endIndex...]) }
        return (segment[..<point], segment[point...])
    }

    private static func indexOfSchemeEnd(_ url: Slice<UnsafeRawBufferPointer>) -> Int? {
        let scheme = url.prefix { $0.isNameByte || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
        return !scheme.isEmpty && url[scheme.endIndex...].starts(with: "://".utf8) ? scheme.endIndex + 3 : nil
    }

    private static func ends(_ shape: [UInt8], with line: [UInt8]) -> Bool {
        shape.count >= line.count && shape.suffix(line.count).elementsEqual(line)
            && (shape.count == line.count || shape[shape.count - line.count - 1] == UInt8(ascii: "\n"))
    }
}
