public import SelfStats
internal import Synchronization
public import Trace

/// Makes metrics of spans: how often, how long, how large, and who calls whom. Any thread may call; one lock is held for the time
/// that a batch takes.
///
/// Counting goes over what was worked out before: a span's labels are a key of bytes, and a key leads to a row of numbers. Only what
/// was never seen makes strings.
public final class Generator: Sendable {
    private let state: Mutex<GeneratorState>
    public let counters = GeneratorCounters()
    public let configuration: GeneratorConfiguration

    public init(_ configuration: GeneratorConfiguration) throws(GeneratorConfigurationError) {
        try configuration.check()
        self.configuration = configuration
        state = Mutex(try GeneratorState(configuration, counters))
    }

    /// Counts a batch's spans. Of spans that wait for their other side, those whose time is over are counted, too.
    public func consume(_ batch: SpanBatch, nowNanos: UInt64) {
        if configuration.metrics.isEmpty { return }
        state.withLock { $0.consume(batch, nowNanos: nowNanos) }
    }

    /// To be called every second or two: ends the waiting of edges, and removes what is stale.
    public func tick(nowNanos: UInt64) { state.withLock { $0.tick(nowNanos: nowNanos) } }

    /// Every series' value now, for whoever keeps or sends them. To be called once in `registry.collectionSeconds`.
    public func collect(nowNanos: UInt64) -> CollectedSeries { state.withLock { $0.collect(nowNanos: nowNanos) } }

    /// The families for `/metrics`. For a scraper, which asks for OpenMetrics, a series begins at 0 and shows its value from the
    /// next scrape on: else the first increase would be lost to `rate()`.
    public func exposition(_ format: ExpositionFormat) -> [FamilySnapshot] {
        let tables = state.withLock { state in state.tables.map { $0.snapshot(zeroStart: format == .openMetrics) } }
        return tables.flatMap { $0.families(configuration.registry) }
    }

    public var status: GeneratorStatus { state.withLock { $0.status } }
}

/// How much there is right now.
public struct GeneratorStatus: Sendable {
    public var activeSeries: Int
    /// Distinct sets of labels.
    public var activeRows: Int
    public var waitingEdges: Int
    public var resources: Int
    public var allocatedBytes: Int
    /// About how many series and sets of labels there would be without limits.
    public var seriesDemand: Int
    public var rowDemand: Int
    /// About how many values each label has.
    public var labelDemand: [(label: String, values: Int)]
}
