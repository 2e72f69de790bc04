import Trace

/// The spans of a trace in the order in which a tree is printed: each below its parent, by start.
struct TraceTree {
    struct Row {
        /// Into the batch's spans.
        var span: Int
        /// For each level above, the innermost ones, whether more siblings follow there: they need a line down to them.
        var continues: [Bool]
        /// The parent is named and not there.
        var isOrphan = false
    }
    private(set) var rows: [Row] = []
    /// More levels than any terminal shows.
    private static let levels = 200

    init(_ batch: SpanBatch) {
        let spans = batch.spans
        let order = spans.indices.sorted { (spans[$0].startNanos, $0) < (spans[$1].startNanos, $1) }
        let places = Dictionary(spans.indices.map { (spans[$0].spanID, $0) }) { first, _ in first }
        var children: [Int: [Int]] = [:]
        var roots: [Int] = []
        for span in order {
            if let parent = places[spans[span].parentID], parent != span { children[parent, default: []].append(span) } else { roots.append(span) }
        }
        var isPlaced = [Bool](repeating: false, count: spans.count)
        // A loop of parents hangs on no root: its first span becomes one.
        for start in roots + order {
            var waiting = isPlaced[start] ? [] : [Row(span: start, continues: [], isOrphan: !spans[start].parentID.isZero)]
            while let row = waiting.popLast() {
                guard !isPlaced[row.span] else { continue }
                isPlaced[row.span] = true
                rows.append(row)
                let below = (children[row.span] ?? []).filter { !isPlaced[$0] }
                for (index, child) in below.enumerated().reversed() {
                    waiting.append(Row(span: child, continues: Array((row.continues + [index < below.count - 1]).suffix(Self.levels))))
                }
            }
        }
    }
}
