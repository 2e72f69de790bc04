/// What is made of spans, and how much of it. Names and defaults are those of Tempo's `metrics_generator`.
public struct GeneratorConfiguration: Equatable, Sendable {
    public var metrics: MetricSet = []
    public var registry = RegistryConfiguration()
    public var spanMetrics = SpanMetricsConfiguration()
    public var serviceGraphs = ServiceGraphConfiguration()
    public var hostInfo = HostInfoConfiguration()
    /// A span counts when it ended at most so long ago, or so far in the future (`metrics_ingestion_time_range_slack`).
    public var slackSeconds = 30

    public init() {}
}

/// How series live, and how many may.
public struct RegistryConfiguration: Equatable, Sendable {
    /// What `max_active_series` or `max_active_entities` counts (`limiter_type`).
    public enum Limiter: Equatable, Sendable {
        case series
        /// Distinct sets of labels, whatever metrics they have.
        case entities
    }

    public var collectionSeconds = 15
    /// A series that was not updated for so long is removed.
    public var staleSeconds = 900
    public var maxLabelNameBytes = 1024
    public var maxLabelValueBytes = 2048
    /// On every series.
    public var externalLabels: [MetricLabel] = []
    public var limiter = Limiter.series
    /// 0: no limit.
    public var maxActive = 0
    /// Values of one label that are told apart, roughly; 0: no limit.
    public var maxCardinalityPerLabel = 0
    /// `trace_id_label_name`, of exemplars.
    public var traceIDLabel = "traceID"
    /// What all series may take in memory; beyond, new ones are counted in the overflow series. Loupe's own.
    public var memoryBytes = 64 << 20

    public init() {}
}

public struct SpanMetricsConfiguration: Equatable, Sendable {
    /// Which of the labels that every span has are on (`intrinsic_dimensions`).
    public struct Intrinsics: Equatable, Sendable {
        public var service = true
        public var spanName = true
        public var spanKind = true
        public var statusCode = true
        public var statusMessage = false

        public init() {}
    }

    /// A label made of several attributes (`dimension_mappings`).
    public struct Mapping: Equatable, Sendable {
        public var name: String
        public var sourceLabels: [String]
        public var join: String

        public init(name: String, sourceLabels: [String], join: String) {
            self.name = name
            self.sourceLabels = sourceLabels
            self.join = join
        }
    }

    /// Seconds.
    public var histogramBuckets: [Double] = (0...13).map { 0.002 * Double(1 << $0) }
    public var intrinsics = Intrinsics()
    /// Attributes that become labels.
    public var dimensions: [String] = []
    public var mappings: [Mapping] = []
    public var enableTargetInfo = false
    public var targetInfoExcluded: [String] = []
    public var enableInstanceLabel = true
    /// The attribute that holds the ratio by which a span was sampled; nil: none.
    public var multiplierKey: String?
    public var enableTraceStateMultiplier = false
    public var filters: [FilterPolicy] = []

    public init() {}
}

public struct ServiceGraphConfiguration: Equatable, Sendable {
    /// How long one side of an edge waits for the other.
    public var waitSeconds = 10
    /// Sides that may wait.
    public var maxItems = 10_000
    /// Seconds.
    public var histogramBuckets: [Double] = (0...7).map { 0.1 * Double(1 << $0) }
    public var dimensions: [String] = []
    public var enableClientServerPrefix = false
    public var enableMessagingLatency = false
    public var enableVirtualNodeLabel = false
    public var peerAttributes = ["peer.service", "db.name", "db.system", "db.system.name"]
    public var databaseNameAttributes = ["db.namespace", "db.name", "db.system", "db.system.name"]
    public var multiplierKey: String?
    public var enableTraceStateMultiplier = false
    public var filters: [FilterPolicy] = []

    public init() {}
}

public struct HostInfoConfiguration: Equatable, Sendable {
    /// The first of these that a resource has names its host.
    public var identifiers = ["k8s.node.name", "host.id"]
    public var metricName = "traces_host_info"

    public init() {}
}

public struct MetricLabel: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A setting that no generator can work by: which one, and what to change.
public struct GeneratorConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String
}

extension GeneratorConfiguration {
    func check() throws(GeneratorConfigurationError) {
        for (name, bounds) in [("span_metrics", spanMetrics.histogramBuckets), ("service_graphs", serviceGraphs.histogramBuckets)] {
            guard bounds.allSatisfy(\.isFinite) else { throw .init(description: "\(name).histogram_buckets: every bound must be a finite number") }
            guard zip(bounds, bounds.dropFirst()).allSatisfy(<) else {
                throw .init(description: "\(name).histogram_buckets: bounds must be strictly increasing")
            }
            guard bounds.count <= 128 else { throw .init(description: "\(name).histogram_buckets: at most 128 bounds") }
        }
        func require(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(GeneratorConfigurationError) {
            guard range.contains(value) else {
                throw .init(description: "\(name) is \(value): give a number from \(range.lowerBound) to \(range.upperBound)")
            }
        }
        try require("metrics_ingestion_time_range_slack", slackSeconds, 0...43_200)
        try require("registry.collection_interval", registry.collectionSeconds, 15...300)
        try require("registry.stale_duration", registry.staleSeconds, 1...31_536_000)
        try require("registry.max_label_name_length", registry.maxLabelNameBytes, 1...65_535)
        try require("registry.max_label_value_length", registry.maxLabelValueBytes, 1...1_048_576)
        try require("service_graphs.wait", serviceGraphs.waitSeconds, 1...3600)
        try require("service_graphs.max_items", serviceGraphs.maxItems, 1...10_000_000)
        try require("max_active_series", registry.maxActive, 0...Int(Int32.max))
        try require("max_cardinality_per_label", registry.maxCardinalityPerLabel, 0...Int(Int32.max))
        try require("the memory limit of generated metrics", registry.memoryBytes, 1 << 20...1 << 40)
        guard !hostInfo.identifiers.isEmpty else { throw .init(description: "host_info.host_identifiers is empty: name at least one attribute") }
        guard MetricName.isGood(hostInfo.metricName) else {
            throw .init(description: "host_info.metric_name \"\(hostInfo.metricName)\": use letters, digits, _ and : and begin with no digit")
        }
        try checkMappings()
    }

    private func checkMappings() throws(GeneratorConfigurationError) {
        var taken: [String: String] = [:]
        for name in LabelNames.intrinsic { taken[name] = "an intrinsic label" }
        for dimension in spanMetrics.dimensions { taken[LabelNames.dimension(dimension, reserved: LabelNames.intrinsic)] = "dimension \(dimension)" }
        for mapping in spanMetrics.mappings {
            let label = LabelNames.sanitized(mapping.name)
            if let other = taken[label] {
                throw .init(description: "dimension_mappings: \(mapping.name) makes the label \(label), which \(other) has: rename one")
            }
            taken[label] = "mapping \(mapping.name)"
        }
    }
}
