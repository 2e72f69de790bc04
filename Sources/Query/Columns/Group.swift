internal import Store
internal import Trace

/// What a row stands for.
enum RowSpace: Int, Hashable {
    case span = 0, event, link

    var owner: AttributeOwner { AttributeOwner(rawValue: rawValue)! }
}

/// A row group of a block, its columns decoded as they are asked for. Rows count from the group's start.
final class Group {
    let block: Block
    let index: Int
    let count: Int
    private var fixed: [[UInt64]?] = Array(repeating: nil, count: FixedColumn.allCases.count)
    private var attributeValues: [AttributeKey: [UInt64]] = [:]
    private var attributeRanks: [AttributeKey: [Int32]] = [:]
    private var shapeCounts: [[Int]?] = [nil, nil, nil]
    private var cachedStarts: [UInt64]?
    private var cachedTraces: [TracePiece]?
    private var cachedIDs: [UInt64]?
    private var cachedTraceIDs: [TraceID]?
    private var cachedLinkTraceIDs: [TraceID]?
    private var cachedLinkSpanIDs: [UInt64]?
    private var cachedFirsts: [[Int]?] = [nil, nil, nil]
    private var cachedTrees: TreeColumns?
    var cachedParentIDs: [UInt64]?
    /// Masks by number of the condition.
    var masks: [Int: Mask] = [:]

    private struct AttributeKey: Hashable {
        var space: RowSpace
        var column: Int
    }

    /// Consecutive rows of one trace.
    struct TracePiece {
        /// The trace's number in the block.
        var trace: Int
        var rows: Range<Int>
    }

    init(_ block: Block, _ index: Int) {
        self.block = block
        self.index = index
        count = block.directory.rows(of: index).count
    }

    var firstRow: Int { block.directory.groups[index].firstRow }

    func count(_ space: RowSpace) -> Int {
        switch space {
        case .span: count
        case .event: block.directory.events(of: index).count
        case .link: block.directory.links(of: index).count
        }
    }

    // MARK: Fixed columns

    /// The numbers (or, of text, the codes) of a column with a value for each row of its space.
    func numbers(_ column: FixedColumn) throws -> [UInt64] {
        if let known = fixed[column.rawValue] { return known }
        let rows: Int
        switch column {
        case .eventTime, .eventName, .eventShape: rows = count(.event)
        case .linkShape: rows = count(.link)
        case .traceRows, .traceStart: rows = block.directory.traces(of: index).count
        default: rows = count
        }
        let values = column.storage == .text
            ? try block.access.codes(column.rawValue, group: index, count: rows) : try block.access.numbers(column, group: index, count: rows)
        fixed[column.rawValue] = values
        return values
    }

    /// Of each row: nanoseconds since 1970.
    func starts() throws -> [UInt64] {
        if let cachedStarts { return cachedStarts }
        var starts = try numbers(.start)
        fixed[FixedColumn.start.rawValue] = nil
        let traceStarts = try numbers(.traceStart)
        let base = block.directory.base
        let carried = block.directory.groups[index].carried
        let first = block.directory.groups[index].firstTrace
        let carriedStart = carried > 0 ? try block.traceStart(first - 1) : 0
        for piece in try traces() {
            var cursor = piece.trace < first ? carriedStart : traceStarts[piece.trace - first] &+ base
            starts.withUnsafeMutableBufferPointer { starts in
                for row in piece.rows {
                    cursor = cursor &+ starts[row]
                    starts[row] = cursor
                }
            }
        }
        cachedStarts = starts
        return starts
    }

    /// The traces whose rows are here, in order.
    func traces() throws -> [TracePiece] {
        if let cachedTraces { return cachedTraces }
        let group = block.directory.groups[index]
        var pieces: [TracePiece] = []
        if group.carried > 0 { pieces.append(TracePiece(trace: group.firstTrace - 1, rows: 0..<group.carried)) }
        var row = group.carried
        for (offset, rows) in try numbers(.traceRows).enumerated() {
            let end = min(count, row + Int(truncatingIfNeeded: rows))
            guard end > row else { throw BlockDamage.malformed(part: "traceRows") }
            pieces.append(TracePiece(trace: group.firstTrace + offset, rows: row..<end))
            row = end
        }
        guard row == count else { throw BlockDamage.malformed(part: "traceRows") }
        cachedTraces = pieces
        return pieces
    }

    /// The ids of the traces that begin here.
    func traceIDs() throws -> [TraceID] {
        if let cachedTraceIDs { return cachedTraceIDs }
        let ids = try traceIDs(.traceID, count: block.directory.traces(of: index).count)
        cachedTraceIDs = ids
        return ids
    }

    /// Of each link.
    func linkTraceIDs() throws -> [TraceID] {
        if let cachedLinkTraceIDs { return cachedLinkTraceIDs }
        let ids = try traceIDs(.linkTraceID, count: count(.link))
        cachedLinkTraceIDs = ids
        return ids
    }

    /// Of each link.
    func linkSpanIDs() throws -> [UInt64] {
        if let cachedLinkSpanIDs { return cachedLinkSpanIDs }
        let ids = try wideIDs(.linkSpanID, count: count(.link))
        cachedLinkSpanIDs = ids
        return ids
    }

    /// Ids of 16 bytes.
    private func traceIDs(_ column: FixedColumn, count: Int) throws -> [TraceID] {
        let bytes = try block.access.ids(column, group: index, count: count, width: 16)
        return bytes.withUnsafeBytes { bytes in (0..<count).map { TraceID(wire: bytes.baseAddress! + $0 * 16) } }
    }

    func spanIDs() throws -> [UInt64] {
        if let cachedIDs { return cachedIDs }
        let ids = try wideIDs(.spanID, count: count)
        cachedIDs = ids
        return ids
    }

    /// Ids of 8 bytes.
    func wideIDs(_ column: FixedColumn, count: Int) throws -> [UInt64] {
        let bytes = try block.access.ids(column, group: index, count: count, width: 8)
        return bytes.withUnsafeBytes { bytes in (0..<count).map { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) } }
    }

    /// Ids of the parents that are not in this block, in row order.
    func foreignParents() throws -> [UInt64] {
        let bytes = try block.access.ids(.foreignParent, group: index)
        return bytes.withUnsafeBytes { bytes in (0..<bytes.count / 8).map { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) } }
    }

    /// Numbers of each row in its trace's tree.
    func trees() throws -> TreeColumns {
        if let cachedTrees { return cachedTrees }
        let trees = try TreeColumns(self)
        cachedTrees = trees
        return trees
    }

    // MARK: Events and links

    /// How many events or links each row has.
    func counts(_ space: RowSpace) throws -> [UInt64] { try numbers(space == .event ? .eventCount : .linkCount) }

    /// Where the events or links of each span begin, and behind the last where all end.
    func firstRows(_ space: RowSpace) throws -> [Int] {
        if let known = cachedFirsts[space.rawValue] { return known }
        var next = 0
        var firsts = try counts(space).map { count in
            defer { next += Int(truncatingIfNeeded: min(count, UInt64(Int32.max))) }
            return next
        }
        guard next == count(space) else { throw BlockDamage.malformed(part: "\(space) counts") }
        firsts.append(next)
        cachedFirsts[space.rawValue] = firsts
        return firsts
    }

    /// Whether each span has an event (or link) that `mask` means.
    func reduced(_ mask: Mask, from space: RowSpace) throws -> Mask {
        if mask.isNone || count(space) == 0 { return .none }
        let firsts = try firstRows(space)
        return Mask((0..<count).map { mask.contains(in: firsts[$0]..<firsts[$0 + 1]) ? 1 : 0 })
    }

    /// What `mask` says of each span, for each of its events (or links).
    func spread(_ mask: Mask, to space: RowSpace) throws -> Mask {
        guard case .some(let spans) = mask else { return mask }
        let counts = try counts(space)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count(space))
        for row in 0..<count where counts[row] > 0 {
            for _ in 0..<counts[row] { bytes.append(spans[row]) }
        }
        return Mask(bytes)
    }

    // MARK: Attribute columns

    func shapes(_ space: RowSpace) throws -> [UInt64] {
        switch space {
        case .span: try numbers(.shape)
        case .event: try numbers(.eventShape)
        case .link: try numbers(.linkShape)
        }
    }

    /// How many rows have each shape.
    func rowsOfShapes(_ space: RowSpace) throws -> [Int] {
        if let known = shapeCounts[space.rawValue] { return known }
        var counts = [Int](repeating: 0, count: block.directory.attributes[space.rawValue].shapes.count)
        for shape in try shapes(space) {
            guard shape < UInt64(counts.count) else { throw BlockDamage.malformed(part: "shapes") }
            counts[Int(shape)] += 1
        }
        shapeCounts[space.rawValue] = counts
        return counts
    }

    /// How many rows have a value in an attribute column.
    func valueCount(_ space: RowSpace, _ column: Int) throws -> Int {
        let has = block.shapesHaving(space, column)
        return try rowsOfShapes(space).enumerated().reduce(0) { has[$1.offset] != 0 ? $0 + $1.element : $0 }
    }

    /// The values of an attribute column one after the other (codes, if it is text); rows without one have no place in it.
    func values(_ space: RowSpace, _ column: Int) throws -> [UInt64] {
        let key = AttributeKey(space: space, column: column)
        if let known = attributeValues[key] { return known }
        let count = try valueCount(space, column)
        let place = block.directory.placeIndex(space.owner, column)
        let values: [UInt64]
        switch block.directory.attributes[space.rawValue].columns[column].key.kind.storage {
        case .nothing: values = []
        case .text, .bytes: values = try block.access.codes(place, group: index, count: count)
        default: values = try block.access.numbers(place, group: index, count: count)
        }
        attributeValues[key] = values
        return values
    }

    /// The place of each row in an attribute column's values; -1 where it has none.
    func ranks(_ space: RowSpace, _ column: Int) throws -> [Int32] {
        let key = AttributeKey(space: space, column: column)
        if let known = attributeRanks[key] { return known }
        let has = block.shapesHaving(space, column)
        _ = try rowsOfShapes(space)          // checks the shapes
        let shapes = try shapes(space)
        var next: Int32 = 0
        let ranks = [Int32](unsafeUninitializedCapacity: shapes.count) { ranks, count in
            has.withUnsafeBufferPointer { has in
                shapes.withUnsafeBufferPointer { shapes in
                    for row in shapes.indices {
                        let present = Int32(has[Int(shapes[row])])
                        ranks[row] = present == 0 ? -1 : next
                        next &+= present
                    }
                }
            }
            count = shapes.count
        }
        attributeRanks[key] = ranks
        return ranks
    }

    /// Which rows have an attribute column.
    func presence(_ space: RowSpace, _ columns: [Int]) throws -> Mask {
        var mask = Mask.none
        for column in columns {
            let rows = try valueCount(space, column)
            if rows == 0 { continue }
            if rows == count(space) { return .all }
            mask = mask | Mask(try ranks(space, column).map { $0 >= 0 ? 1 : 0 })
        }
        return mask
    }
}
