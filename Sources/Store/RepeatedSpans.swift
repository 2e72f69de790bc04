internal import Trace

/// Finds the rows about to be encoded that an older source holds already: an exporter's retry, come after its first attempt was
/// cut off into a block or a part of its own. They are left out, so that no span is twice in what a `SourceLease` gives.
///
/// A retry has the times of the first attempt. So only sources whose time range meets a trace's own are asked: first their bloom,
/// then, in the order of the ids that both sides are sorted by, their trace ids, and only where the trace is there too, its spans.
struct RepeatedSpans {
    private let order: RowOrder
    private let head: HeadView
    private let traces: [TraceFacts]
    private let times: ClosedRange<UInt64>?
    /// Staged rows.
    private(set) var rows: Set<UInt32> = []

    private struct TraceFacts {
        var id: TraceID
        var starts: ClosedRange<UInt64>
        var rows: Range<Int>
    }

    init(_ order: RowOrder, of head: HeadView) {
        self.order = order
        self.head = head
        traces = order.traces.indices.map { trace in
            let rows = Int(order.firstRows[trace])..<Int(order.firstRows[trace + 1])
            return TraceFacts(
                id: head.traces[Int(order.traces[trace])],
                starts: order.startNanos[trace]...head.spans[Int(order.rows[rows.upperBound - 1])].startNanos, rows: rows)
        }
        times = traces.isEmpty ? nil : traces.reduce(traces[0].starts) {
            min($0.lowerBound, $1.starts.lowerBound)...max($0.upperBound, $1.starts.upperBound)
        }
    }

    /// Adds the rows that a source holds whose spans start within `starts`; returns how many of the traces it has a part of.
    /// - Parameters:
    ///   - bloom: of the source's traces, when it has one.
    ///   - reader: opens the source; not called when no trace can be in it.
    mutating func search(starts: ClosedRange<UInt64>, bloom: Bloom?, _ reader: () throws -> BlockReader) throws -> Int {
        guard let times, times.overlaps(starts) else { return 0 }
        let candidates = traces.indices.filter { trace in
            traces[trace].starts.overlaps(starts) && (bloom?.mayContain(traces[trace].id) ?? true)
        }
        if candidates.isEmpty { return 0 }
        return try reader().read { access throws in
            var walk = TraceWalk(access)
            var shared = 0
            for trace in candidates {
                guard let found = try walk.find(traces[trace].id) else { continue }
                shared += 1
                try compare(traces[trace].rows, with: found, in: &walk)
            }
            return shared
        }
    }

    private mutating func compare(_ own: Range<Int>, with found: TraceWalk.Found, in walk: inout TraceWalk) throws(BlockDamage) {
        let theirs = try walk.spanIDs(of: found)
        let known = Set(theirs)
        let suspects = order.rows[own].filter { known.contains(head.spans[Int($0)].spanID) }
        if suspects.isEmpty { return }
        let keys = Set(zip(theirs, try walk.kinds(of: found)).map { SpanKey(id: $0, kind: $1) })
        for row in suspects {
            let span = head.spans[Int(row)]
            if keys.contains(SpanKey(id: span.spanID, kind: span.kindAndStatus & 7)) { rows.insert(row) }
        }
    }
}

extension Store {
    /// The staged rows of `order` that an older block or part of a head holds already. One that cannot be read is noted; what it
    /// holds is then kept once more, since nobody else can read it either.
    /// - Parameter shared: is told how many traces a block has a part of.
    func repeats(
        in order: RowOrder, of head: HeadView, blocks: [StoredBlock], memory: [BlockReader], shared: (Int64, Int) -> Void = { _, _ in }
    ) -> Set<UInt32> {
        var repeats = RepeatedSpans(order, of: head)
        for block in blocks {
            do {
                let count = try repeats.search(starts: min(block.minNanos, block.maxNanos)...block.maxNanos, bloom: block.bloom) {
                    try cache.reader(block)
                }
                if count > 0 { shared(block.id, count) }
            } catch { _ = note(error, block.id) }
        }
        for part in memory {
            let times = part.directory.times
            do {
                _ = try repeats.search(starts: min(times.minNanos, times.maxNanos)...times.maxNanos, bloom: nil) { part }
            } catch { _ = note(error, 0) }
        }
        return repeats.rows
    }
}
