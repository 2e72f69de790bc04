internal import SelfStats
public import Trace

/// `tail_sampling`: whether a trace is worth keeping, judged once all of it is there. Whoever holds the waiting traces asks `decide`.
///
/// Any thread may ask; the limiters among the policies count for all threads together.
public struct TailSampling: Sendable {
    /// From the trace's first span.
    public var decisionWaitNanos: Int64 = 30_000_000_000
    /// From a root span, if that is sooner; 0 is off.
    public var decisionWaitAfterRootNanos: Int64 = 0
    public var maxTraces = 50_000
    public var expectedNewTracesPerSecond = 0
    /// How many decided trace ids to remember; 0 is none.
    public var sampledCacheSize = 0
    public var nonSampledCacheSize = 0
    public var dropsPendingOnShutdown = false
    public var blocksOnOverflow = false
    /// Larger traces are dropped at once; 0 is no limit.
    public var maxTraceBytes = 0
    /// What does not stop the start but deserves a line in the log.
    public internal(set) var warnings: [String] = []
    public let counters = TailCounters()

    let name: String
    var samplesOnFirstMatch = false
    var policies: [NamedPolicy] = []

    struct NamedPolicy: Sendable {
        var name: String
        var policy: TailPolicy
    }

    /// What became of a trace: the first policy that sampled (or dropped) it, nil when none did.
    public struct Decision: Equatable, Sendable {
        public enum Outcome: String, Equatable, Sendable, CaseIterable {
            case sampled, notSampled = "not_sampled", dropped
        }
        public var outcome: Outcome
        public var policy: String?
        public var isSampled: Bool { outcome == .sampled }
    }

    /// Judges `trace`, whose spans are all of one trace. Any policy that drops it decides, else any that samples it.
    ///
    /// - Parameter nowNanos: what limiters take as the time; it should not step back.
    public func decide(_ trace: SpanBatch, nowNanos: UInt64) -> Decision {
        let evaluation = TailEvaluation(trace, nowNanos: nowNanos)
        var decision = Decision(outcome: .notSampled)
        let (dropping, others) = (policies.filter(\.policy.drops), policies.filter { !$0.policy.drops })
        for named in dropping + others {
            if named.policy.drops, decision.outcome == .dropped { continue }
            if !named.policy.drops, decision.outcome == .dropped { break }
            let verdict = named.policy.verdict(evaluation)
            counters.byPolicy[named.name, verdict == .sampled ? "true" : "false", verdict.rawValue].add()
            if verdict == .dropped || verdict == .sampled && decision.outcome == .notSampled {
                decision = Decision(outcome: verdict, policy: named.name)
                if verdict == .sampled, samplesOnFirstMatch { break }
            }
        }
        counters.global[decision.isSampled ? "true" : "false", decision.outcome.rawValue].add()
        return decision
    }
}
