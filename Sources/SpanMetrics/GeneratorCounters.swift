public import SelfStats

/// What the generator counts about itself; shown at `/metrics`.
public struct GeneratorCounters: Sendable {
    public let receivedSpans = Counter()
    /// Bytes of the batches' bodies.
    public let receivedBytes = Counter()
    /// Requests that asked for no metrics; whoever passes over them counts them here.
    public let skippedRequests = Counter()
    /// Spans that ended too long ago, or too far in the future.
    public let lateSpans = Counter()
    public let filteredSpans = (spanMetrics: Counter(), serviceGraphs: Counter())
    /// Spans whose labels would be no UTF-8.
    public let invalidText = (spanMetrics: Counter(), serviceGraphs: Counter())
    public let addedSeries = Counter()
    public let removedSeries = Counter()
    /// Label sets that found no room, each time.
    public let limitedSeries = Counter()
    /// Label values that became `__cardinality_overflow__`, by label.
    public let limitedValues = LabeledCounters("label_name")
    public let collections = Counter()
    /// Collections that were not kept or not sent; whoever keeps them counts them here.
    public let failedCollections = Counter()
    public let edges = Counter()
    public let expiredEdges = Counter()
    /// Spans that found no place to wait for their other side.
    public let droppedSpans = Counter()
    /// Spans whose other side was filtered.
    public let droppedEdges = Counter()
    /// Filtered spans that could not be remembered.
    public let markerOverflows = Counter()

    init() {}
}
