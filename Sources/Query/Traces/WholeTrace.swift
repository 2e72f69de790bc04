internal import Store
internal import Trace

/// All spans of one trace, wherever they are. Spans count through the pieces in order.
final class WholeTrace {
    struct Piece {
        var group: Group
        var rows: Range<Int>
        /// The number of its first span.
        var first: Int

        /// Whether it is of the rows of `other`, which may have been decoded another time.
        func lies(in other: Group) -> Bool { group.block === other.block && group.index == other.index }
    }

    let id: TraceID
    let pieces: [Piece]
    let count: Int
    private var cachedTree: TraceTree?
    private var cachedIDs: [UInt64]?
    private var cachedSorted: [Int32]?
    /// More than two spans share an id: the trace has no tree numbers.
    private(set) var hasTripleID = false

    /// - Parameter parts: the blocks that have rows of it, and its number there.
    init(_ id: TraceID, _ parts: [(block: Block, trace: Int)]) throws {
        self.id = id
        var pieces: [Piece] = []
        var count = 0
        for part in parts {
            var group = part.block.group(ofTrace: part.trace)
            while group < part.block.directory.groups.count {
                let columns = part.block.group(group)
                guard let piece = try columns.piece(ofTrace: part.trace) else { break }
                pieces.append(Piece(group: columns, rows: piece.rows, first: count))
                count += piece.rows.count
                if piece.rows.upperBound < columns.count { break }
                group += 1
            }
        }
        self.pieces = pieces
        self.count = count
    }

    /// The only piece of a trace that lies within one group of one block.
    init(_ id: TraceID, _ group: Group, _ rows: Range<Int>) {
        self.id = id
        pieces = [Piece(group: group, rows: rows, first: 0)]
        count = rows.count
    }

    /// Where a span stands.
    func place(_ span: Int) -> (group: Group, row: Int) {
        var index = pieces.count - 1
        while index > 0, pieces[index].first > span { index -= 1 }
        return (pieces[index].group, pieces[index].rows.lowerBound + span - pieces[index].first)
    }

    /// The spans of a group's mask.
    func spans(_ filter: Filter) throws -> SpanSet {
        var set = SpanSet(count: count)
        for piece in pieces {
            let mask = try piece.group.mask(filter)
            if mask.isNone { continue }
            for row in piece.rows where mask[row] { set.insert(piece.first + row - piece.rows.lowerBound) }
        }
        return set
    }

    func ids() throws -> [UInt64] {
        if let cachedIDs { return cachedIDs }
        var ids: [UInt64] = []
        ids.reserveCapacity(count)
        for piece in pieces { ids += try piece.group.spanIDs()[piece.rows] }
        cachedIDs = ids
        return ids
    }

    func starts() throws -> [UInt64] {
        var starts: [UInt64] = []
        for piece in pieces { starts += try piece.group.starts()[piece.rows] }
        return starts
    }

    private func kinds() throws -> [UInt64] {
        var kinds: [UInt64] = []
        for piece in pieces { kinds += try piece.group.numbers(.kindStatus)[piece.rows].map { $0 & 7 } }
        return kinds
    }

    /// The spans by start, id, kind: whatever the order they came in.
    func sorted() throws -> [Int32] {
        if let cachedSorted { return cachedSorted }
        let starts = try starts(), ids = try ids(), kinds = try kinds()
        let sorted = (0..<Int32(count)).sorted { a, b in
            let a = Int(a), b = Int(b)
            if starts[a] != starts[b] { return starts[a] < starts[b] }
            return ids[a] != ids[b] ? ids[a] < ids[b] : kinds[a] < kinds[b]
        }
        cachedSorted = sorted
        return sorted
    }

    func tree() throws -> TraceTree {
        if let cachedTree { return cachedTree }
        let tree = TraceTree(parents: try parents(), sorted: try sorted())
        cachedTree = tree
        return tree
    }

    private func parents() throws -> [Int32] {
        let ids = try ids()
        var parentIDs: [UInt64] = []
        parentIDs.reserveCapacity(count)
        for piece in pieces { parentIDs += try piece.group.parentIDs()[piece.rows] }
        var byID: [UInt64: Int32] = [:]
        byID.reserveCapacity(count)
        var shared: [UInt64: Int] = [:]
        let kinds = try kinds()
        for span in try sorted() {
            let id = ids[Int(span)]
            guard let known = byID[id] else {
                byID[id] = span
                continue
            }
            shared[id, default: 1] += 1
            // A client and a server with one id, as Zipkin has them: children belong to the server.
            if kinds[Int(span)] == UInt64(SpanKind.server.rawValue), kinds[Int(known)] != UInt64(SpanKind.server.rawValue) { byID[id] = span }
        }
        hasTripleID = shared.values.contains { $0 > 2 }
        return (0..<count).map { span in
            if parentIDs[span] == 0 { return TraceTree.root }
            guard let parent = byID[parentIDs[span]], Int(parent) != span else { return TraceTree.missing }
            return parent
        }
    }
}

extension Group {
    /// A trace's rows in this group; nil when it has none here.
    func piece(ofTrace trace: Int) throws -> TracePiece? {
        let pieces = try traces()
        guard let first = pieces.first?.trace, trace >= first, trace - first < pieces.count else { return nil }
        return pieces[trace - first]
    }

    /// The trace (its number in the block) that a row belongs to.
    func trace(ofRow row: Int) throws -> Int {
        let pieces = try traces()
        var low = 0, high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].rows.upperBound <= row { low = middle + 1 } else { high = middle }
        }
        return pieces[low].trace
    }

    /// Of each row: its parent's span id; 0 for a root.
    func parentIDs() throws -> [UInt64] {
        if let cachedParentIDs { return cachedParentIDs }
        let references = try numbers(.parent)
        let foreign = try foreignParents()
        let ids = try spanIDs()
        var nextForeign = 0
        var parents = [UInt64](repeating: 0, count: count)
        for row in 0..<count {
            switch references[row] {
            case 0: break
            case 1:
                guard nextForeign < foreign.count else { throw BlockDamage.malformed(part: "foreignParent") }
                parents[row] = foreign[nextForeign]
                nextForeign += 1
            default:
                let code = references[row] - 2
                let distance = Int(Int64(bitPattern: code >> 1) ^ -Int64(bitPattern: code & 1))
                parents[row] = try spanID(atRow: row - distance, ids)
            }
        }
        cachedParentIDs = parents
        return parents
    }

    /// A row of this group, or of a neighbour that has the same large trace.
    private func spanID(atRow row: Int, _ ids: [UInt64]) throws -> UInt64 {
        if row >= 0, row < count { return ids[row] }
        let absolute = firstRow + row
        guard absolute >= 0, absolute < block.directory.spans, let group = block.directory.groups.lastIndex(where: { $0.firstRow <= absolute }) else {
            throw BlockDamage.malformed(part: "parent")
        }
        return try block.group(group).spanIDs()[absolute - block.directory.groups[group].firstRow]
    }
}

extension Group {
    /// Of each row: how many spans of its trace name it as their parent.
    func childCounts() throws -> [Int32] {
        let references = try numbers(.parent)
        let pieces = try traces()
        var counts = [Int32](repeating: 0, count: count)
        for row in 0..<count where references[row] >= 2 {
            let code = references[row] - 2
            let parent = row - Int(Int64(bitPattern: code >> 1) ^ -Int64(bitPattern: code & 1))
            if parent >= 0, parent < count, parent != row { counts[parent] += 1 }
        }
        // What goes on in another group or block has children there too.
        let reachesOut = { (piece: TracePiece) in
            self.block.isSplit(piece.trace) || (piece.rows.lowerBound == 0 && self.block.directory.groups[self.index].carried > 0)
                || (piece.rows.upperBound == self.count && self.index + 1 < self.block.directory.groups.count && self.block.directory.groups[self.index + 1].carried > 0)
        }
        for piece in pieces where reachesOut(piece) {
            let whole = try block.whole(piece.trace)
            let tree = try whole.tree()
            for part in whole.pieces where part.lies(in: self) {
                for row in part.rows { counts[row] = tree.childCounts[part.first + row - part.rows.lowerBound] }
            }
        }
        return counts
    }
}

/// Numbers of rows in the trees of their traces, which may reach beyond the group and the block.
struct TreeColumns {
    private(set) var lefts: [Int32]
    private(set) var rights: [Int32]
    private(set) var parents: [Int32]
    private(set) var childCounts: [Int32]

    init(_ group: Group) throws {
        lefts = [Int32](repeating: 0, count: group.count)
        rights = lefts
        parents = lefts
        childCounts = lefts
        for piece in try group.traces() {
            let whole = try group.block.whole(piece.trace)
            let tree = try whole.tree()
            let sets = tree.nestedSets()
            for part in whole.pieces where part.lies(in: group) {
                for row in part.rows {
                    let span = part.first + row - part.rows.lowerBound
                    childCounts[row] = tree.childCounts[span]
                    // Without numbers, but a root is a root: a lone test of roots looks at nothing else.
                    if whole.hasTripleID {
                        parents[row] = min(0, sets.parent[span])
                        continue
                    }
                    lefts[row] = sets.left[span]
                    rights[row] = sets.right[span]
                    parents[row] = sets.parent[span]
                }
            }
        }
    }
}
