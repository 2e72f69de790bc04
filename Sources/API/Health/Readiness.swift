internal import Synchronization

/// Whether Loupe takes requests: set by `main` once every room runs, unset before the first of them stops.
public final class Readiness: Sendable {
    struct State {
        var isReady = false
        var sinceNanos: UInt64 = 0
        var reason = "starting"
    }
    private let current = Mutex(State())
    let now: @Sendable () -> UInt64

    /// - Parameter now: nanoseconds since 1970.
    public init(now: @escaping @Sendable () -> UInt64) { self.now = now }

    public func becomeReady() {
        let nanos = now()
        current.withLock { $0 = State(isReady: true, sinceNanos: nanos, reason: "") }
    }

    /// - Parameter reason: what probes are told, for example `stopping`.
    public func becomeUnready(_ reason: String) { current.withLock { $0 = State(isReady: false, reason: reason) } }

    var state: State { current.withLock { $0 } }
}
