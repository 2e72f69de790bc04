/// A column's segments, one after the other.
struct EncodedColumn {
    var bytes: [UInt8]
    var lengths: [Int]
    /// Text: dictionary entries that each group adds.
    var entries: [Int] = []
    var pages: [BlockDirectory.Page] = []
}

/// Writes a column of numbers, a segment per group.
struct NumberColumn {
    private var bytes: [UInt8] = []
    private var lengths: [Int] = []

    var encoded: EncodedColumn { EncodedColumn(bytes: bytes, lengths: lengths) }

    mutating func endGroup(_ values: UnsafeBufferPointer<UInt64>, _ writer: inout PieceWriter) {
        lengths.append(writer.segment(into: &bytes) { writer, out in writer.numbers(values, into: &out) })
    }

    mutating func endGroup(_ values: inout GrowBuffer<UInt64>, _ writer: inout PieceWriter) {
        endGroup(values.contents, &writer)
        values.removeAll()
    }
}

/// Writes a column of ids, bytes that nothing makes smaller: values are the ids as big-endian numbers.
struct RawColumn {
    private var bytes: [UInt8] = []
    private var lengths: [Int] = []

    var encoded: EncodedColumn { EncodedColumn(bytes: bytes, lengths: lengths) }

    mutating func endGroup(_ ids: inout GrowBuffer<UInt64>, _ writer: inout PieceWriter) {
        let values = ids.contents
        for index in values.indices { ids[index] = values[index].bigEndian }
        lengths.append(writer.segment(into: &bytes) { writer, out in
            if !values.isEmpty { writer.piece(UnsafeRawBufferPointer(values), into: &out) }
        })
        ids.removeAll()
    }
}

/// Writes a column of text by dictionary: staged codes are renumbered by first appearance in row order, so that the entries a
/// group adds are those that its rows need first, and a column of ever new values has no codes at all.
struct TextColumn {
    private let dictionary: FrozenDictionary
    private var renumbered: [UInt32]
    private var codes = GrowBuffer<UInt64>(capacity: 64)
    private var added = GrowBuffer<UInt32>(capacity: 64)          // staged codes that are new in this group
    private(set) var count = 0
    private var dictionaryBytes: [UInt8] = []
    private var dictionaryLengths: [Int] = []
    private var entries: [Int] = []
    private var pages: [BlockDirectory.Page] = []
    private var codeBytes: [UInt8] = []
    private var codeLengths: [Int] = []

    init(_ dictionary: FrozenDictionary) {
        self.dictionary = dictionary
        renumbered = [UInt32](repeating: .max, count: dictionary.count)
    }

    mutating func endGroup(_ staged: inout GrowBuffer<UInt64>, _ writer: inout PieceWriter) {
        endGroup(staged.contents, &writer)
        staged.removeAll()
    }

    mutating func endGroup(_ staged: UnsafeBufferPointer<UInt64>, _ writer: inout PieceWriter) {
        renumber(staged)
        let added = self.added.contents
        let start = dictionaryBytes.count
        writePages(added, &writer)
        dictionaryLengths.append(dictionaryBytes.count - start)
        entries.append(added.count)
        let codes = self.codes.contents, allNew = added.count == codes.count
        codeLengths.append(writer.segment(into: &codeBytes) { writer, out in
            if codes.isEmpty { return }
            out.append(allNew ? 0 : 1)
            if !allNew { writer.numbers(codes, into: &out) }
        })
        self.codes.removeAll()
        self.added.removeAll()
    }

    private mutating func renumber(_ staged: UnsafeBufferPointer<UInt64>) {
        var next = count
        renumbered.withUnsafeMutableBufferPointer { renumbered in
            for value in staged {
                let old = Int(truncatingIfNeeded: value)
                if renumbered[old] == .max {
                    renumbered[old] = UInt32(truncatingIfNeeded: next)
                    added.append(UInt32(truncatingIfNeeded: old))
                    next &+= 1
                }
                codes.append(UInt64(renumbered[old]))
            }
        }
        count = next
    }

    /// Writes the entries that a group adds, in pages of much the same size.
    private mutating func writePages(_ added: UnsafeBufferPointer<UInt32>, _ writer: inout PieceWriter) {
        if added.count == 0 { return }
        var total = 0
        for code in added { total += dictionary[Int(code)].count }
        let pageBytes = total / max(1, (total + BlockFormat.pageBytes / 2) / BlockFormat.pageBytes)
        var first = 0
        while first < added.count {
            var end = first, bytes = 0
            while end < added.count, end == first || bytes < pageBytes {
                bytes += dictionary[Int(added[end])].count
                end += 1
            }
            let page = UnsafeBufferPointer(rebasing: added[first..<end]), dictionary = self.dictionary
            let offset = dictionaryBytes.count
            let length = writer.segment(into: &dictionaryBytes) { writer, out in
                Self.write(entries: page, bytes: bytes, of: dictionary, &writer, &out)
            }
            pages.append(.init(firstCode: count - added.count + first, offset: offset, end: offset + length))
            first = end
        }
    }

    private static func write(
        entries: UnsafeBufferPointer<UInt32>, bytes total: Int, of dictionary: FrozenDictionary, _ writer: inout PieceWriter, _ out: inout [UInt8]
    ) {
        var lengths = GrowBuffer<UInt64>(capacity: entries.count)
        for code in entries { lengths.append(UInt64(dictionary[Int(code)].count)) }
        writer.numbers(lengths.contents, into: &out)
        let text = UnsafeMutableRawBufferPointer.allocate(byteCount: total, alignment: 8)
        defer { text.deallocate() }
        var at = 0
        for code in entries {
            let entry = dictionary[Int(code)]
            guard let from = entry.baseAddress, entry.count > 0, let base = text.baseAddress else { continue }
            (base + at).copyMemory(from: from, byteCount: entry.count)
            at += entry.count
        }
        writer.piece(UnsafeRawBufferPointer(text), into: &out)
    }

    var encoded: EncodedColumn { EncodedColumn(bytes: dictionaryBytes + codeBytes, lengths: dictionaryLengths + codeLengths, entries: entries, pages: pages) }
}
