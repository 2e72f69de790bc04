internal import NIOCore

/// How much useless work a connection may cause. Frames that carry nothing (PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA)
/// are paid from credit that time and useful frames refill; resets have a purse of their own. A plain value.
///
/// Clients with good intentions stay far below: grpc-go sends a PING for each answer at most, a client that gives up on all of its
/// streams resets as many as it may have open. See CVE-2019-9512, -9513, -9515, -9518, CVE-2023-44487.
struct FrameCredit {
    private var control: Bucket
    private var resets: Bucket

    /// - Parameter maxStreams: how many resets may come at once.
    init(maxStreams: Int) {
        control = Bucket(capacity: 4000, perSecond: 100)
        resets = Bucket(capacity: max(200, Double(maxStreams)), perSecond: 100)
    }

    /// A request, or a piece of a body, in either direction.
    mutating func earn(_ frames: Double = 4) { control.tokens = min(control.capacity, control.tokens + frames) }

    /// False when the connection has overdone it.
    mutating func payForControl(_ now: NIODeadline) -> Bool { control.pay(now) }
    mutating func payForReset(_ now: NIODeadline) -> Bool { resets.pay(now) }

    private struct Bucket {
        let capacity: Double
        let perSecond: Double
        var tokens: Double
        private var last: NIODeadline?

        init(capacity: Double, perSecond: Double) {
            self.capacity = capacity
            self.perSecond = perSecond
            tokens = capacity
        }

        mutating func pay(_ now: NIODeadline) -> Bool {
            if let last, now > last {
                tokens = min(capacity, tokens + Double((now - last).nanoseconds) / 1e9 * perSecond)
            }
            last = now
            tokens -= 1
            return tokens >= 0
        }
    }
}
