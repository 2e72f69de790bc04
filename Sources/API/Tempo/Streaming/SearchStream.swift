internal import OTLP
internal import Query
internal import Synchronization
internal import Wire

/// What a running search shows of itself: at most every half second the traces that are new, newest first. Each is sent once and
/// never corrected, because readers keep the first copy. While a client is behind, traces wait. (tempo-api.md §10.2)
struct SearchStream {
    private static let intervalNanos: UInt64 = 500_000_000

    private let reply: any Reply
    private let now: @Sendable () -> UInt64
    private var lastNanos: UInt64
    private var waiting: [FoundTrace] = []
    private let isBehind = Flag()

    init(_ reply: any Reply, now: @escaping @Sendable () -> UInt64) {
        self.reply = reply
        self.now = now
        lastNanos = now()
    }

    mutating func found(_ trace: FoundTrace) {
        waiting.append(trace)
        let nanos = now()
        guard nanos > lastNanos, nanos - lastNanos >= Self.intervalNanos, !isBehind.isSet else { return }
        lastNanos = nanos
        var messages = Self.parts(waiting, QueryStatistics(), isComplete: false)
        waiting = []
        while let message = messages.next() {
            if reply.write(message) { continue }
            isBehind.isSet = true
            return reply.onWritable { [isBehind] in isBehind.isSet = false }       // what is left comes with the final answer
        }
    }

    /// `tempopb.SearchResponse` in messages that each carry the metrics.
    static func parts(_ traces: [FoundTrace], _ statistics: QueryStatistics, isComplete: Bool) -> MessageParts<FoundTrace> {
        let writer = SearchWriter(traces)
        return MessageParts(traces) { trace, output in
            writer.write(trace, field: 1, &output)
        } ending: { output, _ in
            output.message(2) { statistics.write(searchMetrics: &$0, isComplete: isComplete) }
        }
    }
}

/// A fact that two threads share.
private final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool {
        get { value.load(ordering: .relaxed) }
        set { value.store(newValue, ordering: .relaxed) }
    }
}
