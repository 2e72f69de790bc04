internal import Synchronization
internal import Trace

/// The newest spans as readers see them: a builder that one thread appends to, and blocks in memory that hold its rows so far.
///
/// Rows become readable through the same code as blocks on disk: what was appended since the last look is encoded, uncompressed,
/// as one more block. When these parts grow many, all rows are encoded anew as one.
final class Head: Sendable {
    private struct State: ~Copyable {
        var builder = HeadBuilder()
        var parts: [Part] = []
        var publishedRows = 0
        var journalBytes = 0
    }

    fileprivate struct Part {
        var rows: Int
        var block: BlockReader
    }

    private let state = Mutex(State())
    /// One encoder at a time; appends do not wait for it.
    private let publishing = Mutex(())
    /// The number of the first append that went here.
    let firstSequence: UInt64

    init(firstSequence: UInt64) { self.firstSequence = firstSequence }

    struct Size: Sendable {
        var spans: Int
        var traces: Int
        var bytes: Int
        /// What its requests take in the journal.
        var journalBytes: Int
        var firstReceivedNanos: UInt64
        var lastReceivedNanos: UInt64
        var isFull: Bool
        var times: TimeRange
    }

    var size: Size {
        state.withLock {
            Size(spans: $0.builder.spanCount, traces: $0.builder.traceCount, bytes: $0.builder.allocatedBytes,
                 journalBytes: $0.journalBytes,
                 firstReceivedNanos: $0.builder.firstReceivedNanos, lastReceivedNanos: $0.builder.lastReceivedNanos,
                 isFull: $0.builder.isFull, times: $0.builder.times)
        }
    }

    /// Called by the one appending thread. Returns the services of resources that are new to this head.
    func append(_ batch: SpanBatch, receivedNanos: UInt64, journalBytes: Int) -> [String] {
        state.withLock { state in
            state.journalBytes += journalBytes
            state.builder.append(batch, receivedNanos: receivedNanos)
            if state.builder.newServices.isEmpty { return [] }
            defer { state.builder.newServices = [] }
            return state.builder.newServices
        }
    }

    func lastReceived(_ id: TraceID) -> UInt64? { state.withLock { $0.builder.receipt(of: id) } }

    /// All rows, for the block that is to be written.
    func view() -> HeadView { state.withLock { $0.builder.view() } }

    /// Blocks that together hold every row appended before the call, but for those that `repeated` leaves out: the rows that an
    /// older source or, given last, an older part of this head holds. What is left out of a part once is never in it again.
    func blocks(leavingOut repeated: (RowOrder, HeadView, [BlockReader]) -> Set<UInt32>) -> [BlockReader] {
        publishing.withLock { _ in
            let (view, published, parts) = state.withLock { state in
                (state.builder.spanCount > state.publishedRows ? state.builder.view() : nil, state.publishedRows, state.parts)
            }
            guard let view else { return parts.readable }
            // Like a log-structured merge: a part swallows the newer ones that are not much smaller than itself.
            var kept = parts
            var from = published
            while let last = kept.last, last.rows < 2 * (view.spans.count - from) || kept.count > 12 {
                from -= last.rows
                kept.removeLast()
            }
            let block = BlockEncoder.encode(view, rows: from..<view.spans.count, compress: false) { repeated($0, view, kept.readable) }
            let result = kept + [Part(rows: view.spans.count - from, block: BlockReader(block, firstSequence: firstSequence))]
            state.withLock { state in
                state.parts = result
                state.publishedRows = view.spans.count
            }
            return result.readable
        }
    }
}

extension [Head.Part] {
    /// The parts' blocks; some hold nothing, since all of their rows are repeated.
    fileprivate var readable: [BlockReader] { map(\.block).filter { $0.directory.spans > 0 } }
}
