internal import Synchronization
public import Store

/// Answers queries from everything the store has acknowledged. Calls block: they belong on worker threads, any number at once.
public struct QueryEngine: Sendable {
    let store: Store
    let limits: QueryLimits
    let filters = FilterCache(limitBytes: 16 << 20)

    public init(_ store: Store, limits: QueryLimits = QueryLimits()) {
        self.store = store
        self.limits = limits
    }
}

/// What one query may take.
public struct QueryLimits: Sendable {
    /// Bytes of memory beside the store's own; beyond it the query fails and says so.
    public var memoryBytes = 96 << 20

    public init() {}
}

/// Tells a running query that nobody waits for it any more.
public final class QueryTicket: Sendable {
    private let cancelled = Atomic(false)

    public init() {}

    public func cancel() { cancelled.store(true, ordering: .relaxed) }
    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }
}

/// Why a query has no answer.
public enum QueryFailure: Error, Equatable, Sendable {
    /// The ticket was cancelled.
    case cancelled
    /// It would take more than it may; the words say what and how to ask for less.
    case tooLarge(String)
    /// The query cannot be answered as it stands (a spanset after `by()` under a structural operator...).
    case invalid(String)
    /// The store could not be read.
    case unreadable(String)
}
