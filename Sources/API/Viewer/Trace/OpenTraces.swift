internal import Store
internal import Synchronization
internal import Trace

/// The traces that readers have open, ready to be asked for rows and matches: a few, the last used, bounded in bytes.
final class OpenTraces: Sendable {
    private struct Kept {
        var trace: OpenedTrace
        /// When the store last said that this is all of it.
        var checkedNanos: UInt64
    }
    private struct Shelf {
        /// Least recently used first.
        var traces: [Kept] = []
        var byteCount = 0

        func kept(_ id: TraceID) -> Kept? { traces.first { $0.trace.stored.id == id } }

        mutating func remove(_ id: TraceID) {
            guard let place = traces.firstIndex(where: { $0.trace.stored.id == id }) else { return }
            byteCount -= traces.remove(at: place).trace.byteCount
        }
    }
    private let store: any TraceReader
    private let limitBytes: Int
    private let now: @Sendable () -> UInt64
    private let shelf = Mutex(Shelf())

    /// A page that scrolls asks many times a second; the store is asked only this often whether the trace has grown.
    static let checkIntervalNanos: UInt64 = 500_000_000

    init(_ store: any TraceReader, limitBytes: Int, now: @escaping @Sendable () -> UInt64) {
        self.store = store
        self.limitBytes = limitBytes
        self.now = now
    }

    /// The trace as it is now; nil when there is none. Blocks.
    func open(_ id: TraceID) throws(StoreError) -> OpenedTrace? { try open(id, checkedSince: .max) }

    /// The trace as it was within the last half second.
    func recent(_ id: TraceID) throws(StoreError) -> OpenedTrace? {
        let now = now()
        return try open(id, checkedSince: now - min(now, Self.checkIntervalNanos))
    }

    private func open(_ id: TraceID, checkedSince: UInt64) throws(StoreError) -> OpenedTrace? {
        let checkNanos = now()
        if let kept = shelf.withLock({ $0.kept(id) }) {
            if kept.checkedNanos >= checkedSince { return put(kept) }
            if try store.revision(of: id) == kept.trace.stored.revision { return put(Kept(trace: kept.trace, checkedNanos: checkNanos)) }
        }
        guard let stored = try store.trace(id) else { return nil }
        return put(Kept(trace: OpenedTrace(stored), checkedNanos: checkNanos))
    }

    /// Puts a trace behind all others, in place of its other self; the front ones make room. What is larger than all of the
    /// room is not kept.
    private func put(_ kept: Kept) -> OpenedTrace {
        shelf.withLock { shelf in
            shelf.remove(kept.trace.stored.id)
            guard kept.trace.byteCount <= limitBytes else { return }
            shelf.traces.append(kept)
            shelf.byteCount += kept.trace.byteCount
            while shelf.byteCount > limitBytes { shelf.byteCount -= shelf.traces.removeFirst().trace.byteCount }
        }
        return kept.trace
    }
}
