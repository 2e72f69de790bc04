internal import Store
internal import Trace

/// A trace as the viewer's endpoints use it: its spans in row order, each with the row of its parent. Built once per revision,
/// then read by any thread.
final class OpenedTrace: Sendable {
    /// A row's place in the tree.
    enum Parent { case root, row(Int), missing(Int) }

    let stored: StoredTrace
    /// Row → index into `stored.batch.spans`.
    let order: ContiguousArray<UInt32>
    /// Row → span id.
    let ids: ContiguousArray<UInt64>
    let index: SpanIDIndex
    /// Row → parent row; −1 a root, −2−k the k-th of `missing`.
    let parents: ContiguousArray<Int32>
    /// Parents that no span of the trace is, in the order in which rows name them.
    let missing: [SpanID]
    /// Rows whose span id another row has too.
    let duplicates: [Int]
    /// The first row without a parent; −1 while none has arrived.
    let rootRow: Int
    /// Earliest start and latest end.
    let startNanos: UInt64
    let endNanos: UInt64

    init(_ stored: StoredTrace) {
        self.stored = stored
        let spans = stored.batch.spans
        let order = RowOrder.of(spans)
        let ids = ContiguousArray(order.map { spans[Int($0)].spanID.bits })
        let index = SpanIDIndex(ids)
        var missing = MissingParents()
        var rootRow = -1
        var start = UInt64.max, end: UInt64 = 0
        var parents = ContiguousArray<Int32>()
        parents.reserveCapacity(order.count)
        for row in order.indices {
            let span = spans[Int(order[row])]
            let parent = Self.parent(of: row, named: span.parentID, ids, index, &missing)
            if parent == -1, rootRow < 0 { rootRow = row }
            parents.append(parent)
            let known = span.knownStartNanos
            if known != 0 { start = min(start, known) }
            end = max(end, known + span.durationNanos)
        }
        self.order = order
        self.ids = ids
        self.index = index
        self.parents = parents
        self.missing = missing.ids
        duplicates = index.duplicates(in: ids)
        self.rootRow = rootRow
        startNanos = start == .max ? 0 : start
        endNanos = max(end, startNanos)
    }

    var spans: ContiguousArray<SpanRecord> { stored.batch.spans }
    var count: Int { order.count }
    var durationNanos: UInt64 { endNanos - startNanos }
    /// What the page holds to say which state of the trace it shows.
    var revision: String { String(stored.revision, radix: 36) }

    func span(_ row: Int) -> SpanRecord { stored.batch.spans[Int(order[row])] }

    /// When `span` began, from the start of the trace. Spans without any time begin with the trace.
    func offset(of span: SpanRecord) -> UInt64 {
        let known = span.knownStartNanos
        return known > startNanos ? known - startNanos : 0
    }

    /// What keeping this trace costs, roughly.
    var byteCount: Int {
        let batch = stored.batch
        return batch.body.count + batch.extra.count + order.count * 16 + index.byteCount
            + batch.spans.count * MemoryLayout<SpanRecord>.stride + batch.attributes.count * MemoryLayout<AttributeRecord>.stride
            + batch.events.count * MemoryLayout<EventRecord>.stride + batch.links.count * MemoryLayout<LinkRecord>.stride
    }

    /// A span that names itself is a root, unless its id occurs again: then the first other row with it is meant.
    private static func parent(
        of row: Int, named id: SpanID, _ ids: ContiguousArray<UInt64>, _ index: SpanIDIndex, _ missing: inout MissingParents
    ) -> Int32 {
        if id.isZero { return -1 }
        guard let first = index.firstRow(of: id.bits, in: ids) else { return Int32(-2 - missing.number(of: id)) }
        if first != row { return Int32(first) }
        return index.rows(of: id.bits, in: ids).first { $0 != row }.map { Int32($0) } ?? -1
    }
}

/// Numbers absent parents in order of appearance.
private struct MissingParents {
    private(set) var ids: [SpanID] = []
    private var numbers: [SpanID: Int] = [:]

    mutating func number(of id: SpanID) -> Int {
        if let number = numbers[id] { return number }
        numbers[id] = ids.count
        ids.append(id)
        return ids.count - 1
    }
}
