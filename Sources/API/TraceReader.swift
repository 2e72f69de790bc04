public import Store
public import Trace

/// What the API needs of the store. The calls block for disk reads, so they belong on worker threads.
public protocol TraceReader: Sendable {
    func trace(_ id: TraceID) throws(StoreError) -> StoredTrace?
    /// `trace(id)?.revision`, without the spans.
    func revision(of id: TraceID) throws(StoreError) -> UInt64?
    func recentTraces(_ query: RecentQuery) throws(StoreError) -> RecentPage
    var services: [ServiceSlot] { get }
    var status: StoreStatus { get }
}

extension Store: TraceReader {}
