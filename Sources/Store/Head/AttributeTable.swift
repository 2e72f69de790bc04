internal import Trace
#if canImport(Glibc)
internal import Glibc
#endif

/// The attributes of many rows (spans, events or links) as columns without holes.
///
/// The sequence of columns of a row is its *shape*, a node of a trie; rows stage their shape and their 8-byte values one after
/// the other, in the order sent. The child taken last is tried first, so a run of like rows costs one comparison an attribute
/// and no hash. A key with two types is two columns, a key that a row repeats is one column per repetition.
/// Fields that most rows leave at their default (`RareField`) are columns too, before the attributes.
struct AttributeTable {
    /// Beyond this many columns or shapes the block is cut.
    static let columnLimit = 1500, shapeLimit = 60_000
    /// Within one request: keys that are new beyond this many columns stay encoded, in one column (`RareField.moreAttributes`).
    static let hardColumnLimit = 4000

    private var columns: [ColumnKey] = []
    /// What `columns` are compared by, and which of `dictionaries` is theirs (-1: none).
    private var probes = GrowBuffer<Probe>(capacity: 64)
    private var recentTexts = GrowBuffer<RecentText>(capacity: 64)
    private var keyBytes: [Storage<UInt8>] = []
    private var dictionaries: ContiguousArray<ByteDictionary> = []
    private var nodes = GrowBuffer<Node>(capacity: 256)
    /// Text of the row being added whose codes are still to be looked up: that is done when the next row begins, by which time
    /// the dictionaries' cache lines have arrived.
    private var lookups = GrowBuffer<Lookup>(capacity: 64)
    /// Columns of each shape; shape 0 is the empty one.
    private(set) var shapes: [[UInt32]] = [[]]
    private(set) var values = GrowBuffer<UInt64>(capacity: 1024)
    private var keys: [[UInt8]: [UInt32]] = [:]

    private struct Probe: BitwiseCopyable {
        var key: UnsafePointer<UInt8>
        /// The key's first and last 8 bytes: all of most keys.
        var edges: KeyEdges
        var count: Int32
        var kind: UInt8
        var dictionary: Int32
    }

    /// A column's latest short text: many columns hold one value for long, and comparing is cheaper than hashing.
    private struct RecentText: BitwiseCopyable {
        private var edges = KeyEdges(UnsafeRawBufferPointer(start: nil, count: 0))
        private var count = -1
        private var code: UInt64 = 0

        init() {}

        /// - Parameter text: at most 16 bytes, which its edges hold all of.
        @inline(__always) init(_ text: UnsafeRawBufferPointer, code: UInt64) {
            edges = KeyEdges(text)
            count = text.count
            self.code = code
        }

        @inline(__always) func code(of text: UnsafeRawBufferPointer) -> UInt64? {
            text.count == count && KeyEdges(text) == edges ? code : nil
        }
    }

    private struct Lookup: BitwiseCopyable {
        var bytes: UnsafeRawBufferPointer
        var value: Int
        var column: Int32
        var dictionary: Int32
        var hash: UInt32
    }

    private struct Node: BitwiseCopyable {
        var column: Int32
        var parent: Int32
        var shape: Int32 = -1
        var lastTaken: Int32 = -1
        var firstChild: Int32 = -1
        var nextSibling: Int32 = -1
    }

    init() { nodes.append(Node(column: -1, parent: -1, shape: 0)) }

    var isFull: Bool { columns.count >= Self.columnLimit || shapes.count >= Self.shapeLimit }
    var allocatedBytes: Int {
        values.allocatedBytes + nodes.allocatedBytes + columns.count * 128 + dictionaries.reduce(0) { $0 + $1.allocatedBytes }
    }

    var frozen: FrozenAttributes {
        let frozen = columns.indices.map { index in
            let dictionary = Int(probes[index].dictionary)
            return FrozenColumn(key: columns[index], dictionary: dictionary < 0 ? nil : dictionaries[dictionary].frozen)
        }
        return FrozenAttributes(columns: frozen, shapes: shapes, values: values.frozen)
    }

    /// A row under construction: `begin`, then `add` for each field and attribute, then `end`.
    struct Row {
        fileprivate var node: Int32 = 0
        /// The attributes that found no column, encoded.
        fileprivate var rest: [UInt8]?
        let firstValue: UInt32

        init(firstValue: UInt32) { self.firstValue = firstValue }
    }

    @inline(__always) mutating func begin() -> Row {
        settle()
        return Row(firstValue: UInt32(truncatingIfNeeded: values.count))
    }

    /// Looks up what is still to be looked up. To be called before the rows are read, and before the bytes given to `add` go away.
    @inline(__always) mutating func settle() {
        for lookup in lookups.contents {
            let code = UInt64(dictionaries[Int(lookup.dictionary)].code(for: lookup.bytes, hash: lookup.hash))
            values[lookup.value] = code
            if lookup.bytes.count <= 16 { recentTexts[Int(lookup.column)] = RecentText(lookup.bytes, code: code) }
        }
        lookups.removeAll()
    }

    @inline(__always) mutating func end(_ row: Row) -> UInt32 {
        if let rest = row.rest { return end(row, rest: rest) }
        let shape = nodes.base[Int(row.node)].shape
        return shape >= 0 ? UInt32(shape) : newShape(row.node)
    }

    /// Adds one of the batch's attributes; `text` gives the bytes of a range of its arena.
    @inline(__always) mutating func add(_ attribute: AttributeRecord, to row: inout Row, batch: borrowing BatchBytes) {
        let key = batch[attribute.key]
        if row.rest != nil || columns.count >= Self.hardColumnLimit, keepEncoded(attribute, key, &row, batch) { return }
        row.node = child(of: row.node, key: key, kind: attribute.type.rawValue)
        switch attribute.type {
        case .string, .other: add(text: batch[attribute.range], in: row.node)
        default: values.append(attribute.bits)
        }
    }

    /// Past the hard limit: encodes an attribute whose key has no column, and all that follow it in the row. False when it has one.
    @inline(never) private mutating func keepEncoded(
        _ attribute: AttributeRecord, _ key: UnsafeRawBufferPointer, _ row: inout Row, _ batch: borrowing BatchBytes
    ) -> Bool {
        if row.rest == nil {
            let kind = ColumnKind(attribute.type), known = keys[Array(key)] ?? []
            // A repetition of a known key may need a column of its own, too: only its first column counts here.
            if known.contains(where: { columns[Int($0)].kind == kind }), !isOnPath(row.node, key, attribute.type.rawValue) { return false }
        }
        var value: [UInt8] = []
        switch attribute.type {
        case .empty: break
        case .string: value.append(1 << 3 | 2); value.appendBlob(batch[attribute.range])
        case .bool: value.append(2 << 3); value.append(UInt8(truncatingIfNeeded: attribute.bits))
        case .int: value.append(3 << 3); value.appendVarint(attribute.bits)
        case .double:
            value.append(4 << 3 | 1)
            withUnsafeBytes(of: attribute.bits.littleEndian) { value.append(contentsOf: $0) }
        case .other: value.append(contentsOf: batch[attribute.range])
        }
        var pair: [UInt8] = [1 << 3 | 2]
        pair.appendBlob(key)
        pair.append(2 << 3 | 2)
        pair.appendBlob(value)
        var rest = row.rest ?? []
        row.rest = nil                       // so that appending copies nothing
        rest.append(1 << 3 | 2)
        rest.appendBlob(pair)
        row.rest = rest
        return true
    }

    private func isOnPath(_ node: Int32, _ key: UnsafeRawBufferPointer, _ kind: UInt8) -> Bool {
        let edges = KeyEdges(key)
        var node = node
        while node > 0 {
            if matches(node, key, edges, kind) { return true }
            node = nodes[Int(node)].parent
        }
        return false
    }

    @inline(never) private mutating func end(_ row: Row, rest: [UInt8]) -> UInt32 {
        var row = row
        row.rest = nil
        row.node = child(of: row.node, key: RareField.moreAttributes.key, kind: ColumnKind.field(.moreAttributes).code)
        let dictionary = Int(probes[Int(nodes[Int(row.node)].column)].dictionary)
        values.append(UInt64(rest.withUnsafeBytes { dictionaries[dictionary].code(for: $0) }))
        return end(row)
    }

    /// Adds a rare field that is a number.
    @inline(__always) mutating func add(_ field: RareField, _ value: UInt64, to row: inout Row) {
        row.node = child(of: row.node, key: field.key, kind: ColumnKind.field(field).code)
        values.append(value)
    }

    /// Adds a rare field that is text.
    mutating func add(_ field: RareField, text: UnsafeRawBufferPointer, to row: inout Row) {
        row.node = child(of: row.node, key: field.key, kind: ColumnKind.field(field).code)
        add(text: text, in: row.node)
    }

    @inline(__always) private mutating func add(text bytes: UnsafeRawBufferPointer, in node: Int32) {
        let column = Int(nodes.base[Int(node)].column)
        if bytes.count <= 16, let code = recentTexts[column].code(of: bytes) { return values.append(code) }
        let dictionary = probes.base[column].dictionary
        lookups.append(Lookup(
            bytes: bytes, value: values.count, column: Int32(column), dictionary: dictionary, hash: dictionaries[Int(dictionary)].prepare(bytes)))
        values.append(0)
    }

    @inline(__always) private mutating func child(of parent: Int32, key: UnsafeRawBufferPointer, kind: UInt8) -> Int32 {
        let predicted = nodes.base[Int(parent)].lastTaken
        let edges = KeyEdges(key)
        if predicted >= 0, matches(predicted, key, edges, kind) { return predicted }
        return findChild(of: parent, key: key, edges, kind: kind)
    }

    @inline(__always) private func matches(_ node: Int32, _ key: UnsafeRawBufferPointer, _ edges: KeyEdges, _ kind: UInt8) -> Bool {
        let probe = probes.base + Int(nodes.base[Int(node)].column)
        return probe.pointee.kind == kind && Int(probe.pointee.count) == key.count && probe.pointee.edges == edges
            && (key.count <= 16 || memcmp(probe.pointee.key + 8, key.baseAddress! + 8, key.count - 16) == 0)
    }

    @inline(never) private mutating func findChild(of parent: Int32, key: UnsafeRawBufferPointer, _ edges: KeyEdges, kind: UInt8) -> Int32 {
        var node = nodes[Int(parent)].firstChild
        while node >= 0, !matches(node, key, edges, kind) { node = nodes[Int(node)].nextSibling }
        if node < 0 { node = newChild(of: parent, key: key, edges, kind: kind) }
        nodes.base[Int(parent)].lastTaken = node
        return node
    }

    private mutating func newChild(of parent: Int32, key: UnsafeRawBufferPointer, _ edges: KeyEdges, kind: UInt8) -> Int32 {
        var occurrence = 0
        var ancestor = parent
        while ancestor > 0 {
            if matches(ancestor, key, edges, kind) { occurrence += 1 }
            ancestor = nodes[Int(ancestor)].parent
        }
        let column = column(key: Array(key), kind: ColumnKind(code: kind)!, occurrence: occurrence)   // kinds come from `add`
        let node = Int32(nodes.count)
        nodes.append(Node(column: Int32(column), parent: parent, nextSibling: nodes[Int(parent)].firstChild))
        nodes.base[Int(parent)].firstChild = node
        return node
    }

    private mutating func column(key: [UInt8], kind: ColumnKind, occurrence: Int) -> Int {
        let candidates = keys[key] ?? []
        for index in candidates where columns[Int(index)].kind == kind && columns[Int(index)].occurrence == occurrence { return Int(index) }
        let bytes = Storage<UInt8>(exactly: key)
        keyBytes.append(bytes)
        var dictionary = -1
        if kind.storage == .text || kind.storage == .bytes {
            dictionary = dictionaries.count
            dictionaries.append(ByteDictionary(isText: kind.storage == .text))
        }
        columns.append(ColumnKey(name: key, kind: kind, occurrence: occurrence))
        probes.append(Probe(key: bytes.base, edges: key.withUnsafeBytes { KeyEdges($0) }, count: Int32(key.count), kind: kind.code, dictionary: Int32(dictionary)))
        recentTexts.append(RecentText())
        keys[key] = candidates + [UInt32(columns.count - 1)]
        return columns.count - 1
    }

    private mutating func newShape(_ leaf: Int32) -> UInt32 {
        var path: [UInt32] = []
        var node = leaf
        while node > 0 {
            path.append(UInt32(nodes[Int(node)].column))
            node = nodes[Int(node)].parent
        }
        shapes.append(path.reversed())
        nodes[Int(leaf)].shape = Int32(shapes.count - 1)
        return UInt32(shapes.count - 1)
    }
}

extension Storage<UInt8> {
    /// Memory of exactly these bytes.
    convenience init(exactly bytes: [UInt8]) {
        self.init(capacity: bytes.count)
        base.update(from: bytes, count: bytes.count)
    }
}

/// The first and the last 8 bytes of a key; of a shorter one all of it. With the length they tell keys of up to 16 bytes apart.
struct KeyEdges: Equatable, BitwiseCopyable {
    private var first: UInt64 = 0
    private var last: UInt64 = 0

    @inline(__always) init(_ key: UnsafeRawBufferPointer) {
        let count = key.count
        guard let base = key.baseAddress else { return }
        if count >= 8 {
            first = base.loadUnaligned(as: UInt64.self)
            last = (base + (count &- 8)).loadUnaligned(as: UInt64.self)
        } else if count >= 4 {
            first = UInt64(base.loadUnaligned(as: UInt32.self))
            last = UInt64((base + (count &- 4)).loadUnaligned(as: UInt32.self))
        } else {
            for index in 0..<count { first = first << 8 | UInt64(base.load(fromByteOffset: index, as: UInt8.self)) }
        }
    }
}

/// A batch's arena, for the length of one append.
struct BatchBytes: ~Copyable {
    let body: UnsafeRawPointer
    let bodyCount: Int
    let extra: UnsafeRawPointer

    @inline(__always) subscript(range: ByteRange) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: range.end <= bodyCount ? body + range.start : extra + (range.start - bodyCount), count: range.count)
    }
}

/// An `AttributeTable`'s rows so far, for readers.
struct FrozenAttributes: Sendable {
    let columns: [FrozenColumn]
    let shapes: [[UInt32]]
    let values: Frozen<UInt64>
}

struct FrozenColumn: Sendable {
    let key: ColumnKey
    let dictionary: FrozenDictionary?
}
