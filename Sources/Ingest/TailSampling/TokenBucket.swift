internal import Synchronization

/// Lets so much through per second, and what was not used up to `burst`. It begins full.
final class TokenBucket: Sendable {
    private let perSecond: Double
    private let burst: Double
    private let state: Mutex<(tokens: Double, atNanos: UInt64?)>

    init(perSecond: Int, burst: Int) {
        self.perSecond = Double(perSecond)
        self.burst = Double(burst)
        state = Mutex((Double(burst), nil))
    }

    /// Takes `count` tokens if there are as many; more than `burst` there never are.
    func take(_ count: Int, nowNanos: UInt64) -> Bool {
        state.withLock { state in
            if let before = state.atNanos, nowNanos > before {
                state.tokens = min(burst, state.tokens + Double(nowNanos - before) / 1e9 * perSecond)
            }
            state.atNanos = max(state.atNanos ?? 0, nowNanos)
            guard state.tokens >= Double(count) else { return false }
            state.tokens -= Double(count)
            return true
        }
    }
}

/// Shares of a number of spans per wall-clock second, one for each policy of a `composite`.
final class SecondShares: Sendable {
    private let shares: [Int]
    private let used: Mutex<(second: UInt64, spans: [Int])>

    init(_ shares: [Int]) {
        self.shares = shares
        used = Mutex((0, [Int](repeating: 0, count: shares.count)))
    }

    func take(_ count: Int, share: Int, nowNanos: UInt64) -> Bool {
        used.withLock { used in
            let second = nowNanos / 1_000_000_000
            if used.second != second { used = (second, [Int](repeating: 0, count: shares.count)) }
            guard count <= shares[share] - used.spans[share] else { return false }
            used.spans[share] += count
            return true
        }
    }
}
