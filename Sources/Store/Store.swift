public import Trace

/// The traces of one data directory: journal, head and blocks behind one door.
///
/// `append` is asynchronous and ordered; the reading calls block for disk reads and belong on worker threads, any number at once.
public final class Store: Sendable {
    /// Journals `entry`, makes `batch` (what it decodes to) queryable, then calls `completion` on a store thread.
    public func append(_ batch: SpanBatch, entry: JournalEntry, completion: @escaping @Sendable (AppendResult) -> Void) {
        completion(.refused("not open"))
    }

    /// All spans of `id` received so far; nil when there are none.
    public func trace(_ id: TraceID) throws(StoreError) -> StoredTrace? { nil }

    /// Traces newest first, exact over memory and blocks.
    public func recentTraces(_ query: RecentQuery) throws(StoreError) -> RecentPage {
        RecentPage(asOf: 0, traces: [], more: false, inspectedTraces: 0, inspectedBytes: 0)
    }

    /// Every service ever seen, by name.
    public var services: [ServiceSlot] { [] }

    public var status: StoreStatus { preconditionFailure() }
}

/// What the store could not do, in a sentence that names the file and the way out.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public var description: String
}
