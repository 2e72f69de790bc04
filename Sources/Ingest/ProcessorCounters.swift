public import SelfStats

/// What one processor counts, in spans. Fields that do not concern it stay 0.
public final class ProcessorCounters: Sendable {
    /// The Collector's `otelcol_processor_incoming_items` and `otelcol_processor_outgoing_items`.
    public let incoming = Counter()
    public let outgoing = Counter()
    /// `otelcol_processor_filter_spans_filtered`.
    public let filtered = Counter()
    /// `otelcol_processor_probabilistic_sampler_count_traces_sampled`, which counts spans despite its name, by policy and verdict.
    public let sampled = LabeledCounters("policy", "sampled")

    public init() {}
}
