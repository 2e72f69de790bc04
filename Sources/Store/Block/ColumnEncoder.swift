/// A column's segments, one after the other.
struct EncodedColumn {
    var bytes: [UInt8]
    var lengths: [Int]
    /// Text: dictionary entries that each group adds.
    var entries: [Int] = []
}

/// Collects one column's values and writes a segment per group.
struct NumberColumn {
    private var values: [UInt64] = []
    private var bytes: [UInt8] = []
    private var lengths: [Int] = []

    var encoded: EncodedColumn { EncodedColumn(bytes: bytes, lengths: lengths) }

    @inline(__always) mutating func append(_ value: UInt64) { values.append(value) }

    /// Ends the group: its segment is written.
    mutating func endGroup(_ writer: inout PieceWriter) {
        let values = self.values
        lengths.append(writer.segment(into: &bytes) { writer, out in
            values.withUnsafeBufferPointer { writer.numbers($0, into: &out) }
        })
        self.values.removeAll(keepingCapacity: true)
    }
}

/// Ids: bytes that nothing makes smaller.
struct RawColumn {
    private var pending: [UInt8] = []
    private var bytes: [UInt8] = []
    private var lengths: [Int] = []

    var encoded: EncodedColumn { EncodedColumn(bytes: bytes, lengths: lengths) }

    @inline(__always) mutating func append(_ id: UInt64) {
        withUnsafeBytes(of: id.bigEndian) { pending.append(contentsOf: $0) }
    }

    mutating func endGroup(_ writer: inout PieceWriter) {
        let pending = self.pending
        lengths.append(writer.segment(into: &bytes) { writer, out in
            if !pending.isEmpty { pending.withUnsafeBytes { writer.piece($0, into: &out) } }
        })
        self.pending.removeAll(keepingCapacity: true)
    }
}

/// Text by dictionary: staged codes are renumbered by first appearance in row order, so that the entries a group adds are
/// those that its rows need first, and a column of ever new values has no codes at all.
struct TextColumn {
    private let dictionary: FrozenDictionary
    private var renumbered: [UInt32]
    private var codes: [UInt64] = []
    private var added: [UInt32] = []          // staged codes that are new in this group
    private(set) var count = 0
    private(set) var values = 0
    private var dictionaryBytes: [UInt8] = []
    private var dictionaryLengths: [Int] = []
    private var entries: [Int] = []
    private var codeBytes: [UInt8] = []
    private var codeLengths: [Int] = []

    init(_ dictionary: FrozenDictionary) {
        self.dictionary = dictionary
        renumbered = [UInt32](repeating: .max, count: dictionary.count)
    }

    @inline(__always) mutating func append(_ staged: Int) {
        var code = renumbered[staged]
        if code == .max {
            code = UInt32(truncatingIfNeeded: count)
            renumbered[staged] = code
            added.append(UInt32(truncatingIfNeeded: staged))
            count &+= 1
        }
        codes.append(UInt64(code))
    }

    mutating func endGroup(_ writer: inout PieceWriter) {
        let codes = self.codes, added = self.added, dictionary = self.dictionary
        dictionaryLengths.append(writer.segment(into: &dictionaryBytes) { writer, out in
            if added.isEmpty { return }
            let lengths = added.map { UInt64(dictionary[Int($0)].count) }
            lengths.withUnsafeBufferPointer { writer.numbers($0, into: &out) }
            let total = Int(lengths.reduce(0, +))
            let text = [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
                for code in added {
                    let entry = dictionary[Int(code)]
                    UnsafeMutableRawBufferPointer(buffer).baseAddress.map { base in
                        if let from = entry.baseAddress, entry.count > 0 { (base + count).copyMemory(from: from, byteCount: entry.count) }
                    }
                    count += entry.count
                }
            }
            text.withUnsafeBytes { writer.piece($0, into: &out) }
        })
        codeLengths.append(writer.segment(into: &codeBytes) { writer, out in
            if codes.isEmpty { return }
            let allNew = added.count == codes.count
            out.append(allNew ? 0 : 1)
            if !allNew { codes.withUnsafeBufferPointer { writer.numbers($0, into: &out) } }
        })
        values += codes.count
        entries.append(added.count)
        self.codes.removeAll(keepingCapacity: true)
        self.added.removeAll(keepingCapacity: true)
    }

    var encoded: EncodedColumn { EncodedColumn(bytes: dictionaryBytes + codeBytes, lengths: dictionaryLengths + codeLengths, entries: entries) }
}
