import Synchronization

/// Turns a counter that is looked at now and then into a rate: over the time since it was last looked at, at least a second ago.
final class RateMeter: Sendable {
    private struct State {
        var seconds: Double
        var count: Int
        var rate = 0.0
    }
    private let state: Mutex<State>

    init(count: Int) { state = Mutex(State(seconds: monotonicSeconds(), count: count)) }

    /// Per second.
    func rate(count: Int) -> Double {
        let now = monotonicSeconds()
        return state.withLock { state in
            let elapsed = now - state.seconds
            guard elapsed >= 1 else { return state.rate }
            state = State(seconds: now, count: count, rate: Double(count - state.count) / elapsed)
            return state.rate
        }
    }
}
