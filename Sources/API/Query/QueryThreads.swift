internal import Dispatch
internal import Synchronization

/// Where queries run: beside the threads that take in spans, a few at a time, first come first served. A dashboard that asks
/// for everything at once then waits for itself, and no exporter waits for a dashboard.
final class QueryThreads: Sendable {
    private struct State {
        var running = 0
        var begun = 0
        var isStopped = false
        var waiting: [@Sendable () -> Void] = []
    }
    private let limit: Int
    private let whenQuiet: @Sendable () -> Void
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "loupe.queries", attributes: .concurrent)
    private let group = DispatchGroup()

    /// - Parameter limit: how many queries run at once; each may take the engine's memory limit. 0 runs them where they are asked for.
    /// - Parameter whenQuiet: what is to be done once no query has run for a second.
    init(limit: Int, whenQuiet: @escaping @Sendable () -> Void = {}) {
        self.limit = limit
        self.whenQuiet = whenQuiet
    }

    func run(_ query: @escaping @Sendable () -> Void) {
        if limit == 0 { return query() }
        let starts = state.withLock { state in
            if state.isStopped { return false }
            guard state.running < limit else {
                state.waiting.append(query)
                return false
            }
            state.running += 1
            state.begun += 1
            return true
        }
        if starts { queue.async(group: group) { self.work(query) } }
    }

    /// Forgets the queries that wait, takes no more, and waits for those that run, but not for ever.
    func stop(seconds: Int) {
        let forgotten = state.withLock { state in
            state.isStopped = true
            defer { state.waiting = [] }
            return state.waiting                            // let go of outside of the lock: their replies say that no answer comes
        }
        withExtendedLifetime(forgotten) {}
        _ = group.wait(timeout: .now() + .seconds(seconds))
    }

    /// Runs `first`, then what has come to wait.
    private func work(_ first: @Sendable () -> Void) {
        first()
        while let next = takeNext() { next() }
        let begun = state.withLock { $0.running == 0 ? $0.begun : nil }
        guard let begun else { return }
        queue.asyncAfter(deadline: .now() + .seconds(1)) { [weak self] in
            guard let self, self.state.withLock({ $0.running == 0 && $0.begun == begun && !$0.isStopped }) else { return }
            self.whenQuiet()
        }
    }

    private func takeNext() -> (@Sendable () -> Void)? {
        state.withLock { state in
            if state.waiting.isEmpty {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}
