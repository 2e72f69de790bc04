public import SelfStats

/// Verdicts on traces, under `otelcol_processor_tail_sampling_`.
public final class TailCounters: Sendable {
    /// `count_traces_sampled`
    public let byPolicy = LabeledCounters("policy", "sampled", "decision", limit: 300)
    /// `global_count_traces_sampled`
    public let global = LabeledCounters("sampled", "decision")

    public init() {}
}
