/// Which metrics are made of spans. None by default, as in Tempo.
public struct MetricSet: OptionSet, Sendable, Equatable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let spanCalls = MetricSet(rawValue: 1)
    public static let spanLatency = MetricSet(rawValue: 2)
    public static let spanSize = MetricSet(rawValue: 4)
    public static let graphRequests = MetricSet(rawValue: 8)
    public static let graphLatency = MetricSet(rawValue: 16)
    public static let graphConnectionInfo = MetricSet(rawValue: 32)
    public static let hostInfo = MetricSet(rawValue: 64)

    public static let spanMetrics: MetricSet = [.spanCalls, .spanLatency, .spanSize]
    /// What the bare name means: connection info has to be asked for.
    public static let serviceGraphs: MetricSet = [.graphRequests, .graphLatency]

    var hasSpanMetrics: Bool { !isDisjoint(with: .spanMetrics) }
    var hasServiceGraphs: Bool { !isDisjoint(with: [.graphRequests, .graphLatency, .graphConnectionInfo]) }

    /// The processors and parts of processors by the names that Tempo's `metrics_generator.processors` takes.
    /// - Returns: names that mean nothing come back, to be warned of; Tempo passes over them, too.
    public static func named(_ names: [String]) -> (metrics: MetricSet, unknown: [String]) {
        var metrics: MetricSet = []
        var unknown: [String] = []
        for name in names {
            switch name {
            case "span-metrics": metrics.formUnion(.spanMetrics)
            case "span-metrics-count": metrics.insert(.spanCalls)
            case "span-metrics-latency": metrics.insert(.spanLatency)
            case "span-metrics-size": metrics.insert(.spanSize)
            case "service-graphs": metrics.formUnion(.serviceGraphs)
            case "service-graphs-request": metrics.insert(.graphRequests)
            case "service-graphs-latency": metrics.insert(.graphLatency)
            case "service-graphs-connection-info": metrics.insert(.graphConnectionInfo)
            case "host-info": metrics.insert(.hostInfo)
            default: unknown.append(name)
            }
        }
        return (metrics, unknown)
    }

    /// The processors that have work, as the self-metrics call them.
    var processorNames: [String] {
        [(hasSpanMetrics, "span-metrics"), (hasServiceGraphs, "service-graphs"), (contains(.hostInfo), "host-info")].filter(\.0).map(\.1)
    }
}
