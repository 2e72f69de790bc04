internal import Store
internal import Synchronization

/// One look at the store, and the threads that read it.
final class QueryScan: Sendable {
    let store: Store
    /// Keeps the blocks from being deleted meanwhile.
    let lease: SourceLease
    let sources: [ColumnSource]
    let joins: TraceJoins
    let damages: Damages
    let filters: FilterCache
    let ticket: QueryTicket

    init(_ engine: QueryEngine, ticket: QueryTicket) {
        store = engine.store
        filters = engine.filters
        lease = store.sources()
        sources = lease.columns
        joins = TraceJoins(lease)
        damages = Damages(engine.store, sources)
        self.ticket = ticket
    }

    /// Calls `body` on `threads` threads at once and waits for all; meanwhile `between` runs on this thread now and then.
    /// - Parameter keptGroups: of each thread. One that walks through its blocks needs few; one that comes back to them more.
    func run(threads: Int, keptGroups: Int = 3, between: () -> Void = {}, _ body: @escaping @Sendable (Reading) -> Void) {
        let read: @Sendable () -> Void = { body(Reading(self, keptGroups: keptGroups)) }
        if threads <= 1 { return read() }
        let bell = Doorbell()
        let left = Countdown(threads)
        let workers = (0..<threads).compactMap { _ in
            try? WorkerThread(name: "query") {
                read()
                left.tick()
                bell.ring()
            }
        }
        // A machine without room for a thread is no reason to fail.
        for _ in workers.count..<threads { left.tick() }
        if workers.isEmpty { read() }
        while !left.isOver {
            _ = bell.wait(milliseconds: 50)
            between()
        }
        for worker in workers { worker.join() }
    }
}

private final class Countdown: Sendable {
    private let left: Atomic<Int>
    init(_ count: Int) { left = Atomic(count) }
    func tick() { left.subtract(1, ordering: .acquiringAndReleasing) }
    var isOver: Bool { left.load(ordering: .acquiring) == 0 }
}
