/// When the head becomes a block. A plain rule over numbers.
///
/// Small blocks are dear (1,000 spans cost 2.7 times the CPU and twice the bytes of 100,000), and a block that spans less than a
/// minute splits most traces; waiting costs nothing, since the journal keeps what the head holds and queries see it.
struct CutPolicy: Sendable, Equatable {
    /// Memory a head may take.
    var headBytes: Int
    /// Room on disk that a head's requests may take in the journal.
    var journalBytes: Int
    var spanLimit = 500_000
    var goodSpans = 100_000
    var goodAgeSeconds = 30.0
    /// A burst is over: what came is worth a block of its own.
    var quietSpans = 20_000
    var quietSeconds = 8.0
    /// However few spans there are.
    var idleSeconds = 300.0
    var ageLimitSeconds = 3600.0

    init(headBytes: Int, journalBytes: Int) {
        self.headBytes = headBytes
        self.journalBytes = journalBytes
    }

    func wantsCut(_ head: Head.Size, nowNanos: UInt64) -> Bool {
        guard head.spans > 0 else { return false }
        if head.isFull || head.bytes >= headBytes || head.journalBytes >= journalBytes || head.spans >= spanLimit { return true }
        let age = seconds(from: head.firstReceivedNanos, to: nowNanos), quiet = seconds(from: head.lastReceivedNanos, to: nowNanos)
        if age >= goodAgeSeconds, head.spans >= goodSpans { return true }
        if quiet >= quietSeconds, head.spans >= quietSpans { return true }
        return quiet >= idleSeconds || age >= ageLimitSeconds
    }

    /// Whether a head is worth a block when the store closes; smaller ones stay in the journal.
    func wantsCutAtClose(_ head: Head.Size) -> Bool { head.spans >= quietSpans }

    private func seconds(from earlier: UInt64, to later: UInt64) -> Double { later > earlier ? Double(later - earlier) / 1e9 : 0 }
}
