internal import OTLP
internal import Query
internal import TraceQL
internal import Wire

/// `GET /api/metrics/summary`, the table "Aggregate by" of Grafana 10 and 11: span count, errors and latency by attributes. It is
/// made of metrics queries. (tempo-api.md §8.3)
struct MetricsSummary {
    private let pipeline: Pipeline
    private let groups: [Field]
    private let startNanos: UInt64
    private let endNanos: UInt64
    private let limit: Int

    private static let quantiles: [(name: StaticString, share: Double)] = [("p99", 0.99), ("p95", 0.95), ("p90", 0.9), ("p50", 0.5)]

    init(_ parameters: QueryParameters, nowNanos: UInt64) throws(BadParameter) {
        pipeline = try Pipeline(searchQuery: parameters["q"] ?? "")
        let names = (parameters["groupBy"] ?? "").split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
        guard names.count <= 5 else { throw BadParameter("groupBy takes up to 5 attributes. received \(names.count)") }
        var groups: [Field] = []
        for name in names {
            do { groups.append(try Field(parsing: name)) } catch { throw BadParameter("invalid groupBy: \(error.description)") }
        }
        self.groups = groups
        let range = try SecondsRange(parameters)
        endNanos = range.toNanos ?? nowNanos
        startNanos = range.fromNanos ?? endNanos - min(endNanos, TempoLimits.metricsDefaultRangeNanos)
        limit = try parameters.integer("limit") ?? 0
    }

    func json(_ engine: any TraceQuerier, _ ticket: QueryTicket) throws(QueryFailure) -> [UInt8] {
        let counts = try answer(pipeline, .countOverTime, engine, ticket)
        let failed = Pipeline(pipeline.stages + [.spansets(.filter(.compare(.equal, .field(.intrinsic(.status)), .literal(.status(.error)))))])
        let errors = try answer(failed, .countOverTime, engine, ticket).values(by: { $0.grouping })
        let quantiles = try answer(pipeline, .quantileOverTime(.intrinsic(.duration), Self.quantiles.map(\.share)), engine, ticket)
        let latencies = quantiles.values(by: { $0.labels })
        let shown = counts.series.filter { ($0.values.last ?? nil) ?? 0 > 0 }
        var output = JSONAnswer(reserving: 4_096)
        output.object { output in
            output.array("summaries") { list in
                for series in limit > 0 ? shown.prefix(limit) : shown[...] {
                    let grouping = series.grouping
                    list.object { object in
                        object.member("spanCount", quoted: UInt64(((series.values.last ?? nil) ?? 0).rounded()))
                        object.count("errorSpanCount", quoted: UInt64((errors[grouping] ?? 0).rounded()))
                        object.array("series") { keys in for label in grouping { keys.object { Self.write(label, &$0) } } }
                        for quantile in Self.quantiles {
                            let seconds = latencies[grouping + [NamedValue("p", .float(quantile.share))]] ?? 0
                            object.member(quantile.name, quoted: UInt64(max(0, seconds * 1e9).rounded()))
                        }
                    }
                }
            }
        }
        return output.array()
    }

    private func answer(
        _ pipeline: Pipeline, _ function: MetricsFunction, _ engine: any TraceQuerier, _ ticket: QueryTicket
    ) throws(QueryFailure) -> MetricsAnswer {
        try engine.metrics(
            MetricsRequest(expression: .query(pipeline, function, by: groups), startNanos: startNanos, endNanos: endNanos, stepNanos: nil),
            ticket: ticket)
    }

    /// Statics by Tempo's numbers of types. Durations, statuses and kinds go as text, since their numbers changed in 2.6.
    private static func write(_ label: NamedValue, _ object: inout JSONAnswer) {
        object.member("key", label.name)
        object.object("value") { value in
            switch PlainValue(label.value) {
            case .int(let number):
                value.member("type", 3)
                value.key("n")
                value.value { $0.json(quoted: number) }
            case .double(let number):
                value.member("type", 4)
                value.member("f", double: number)
            case .string(let text):
                value.member("type", 5)
                value.member("s", text)
            case .bool(let bit):
                value.member("type", 6)
                value.member("b", bit)
            }
        }
    }
}

extension MetricsSeries {
    /// The labels that come from `groupBy`.
    fileprivate var grouping: [NamedValue] { labels.filter { $0.name != "__name__" } }
}

extension MetricsAnswer {
    fileprivate func values(by key: (MetricsSeries) -> [NamedValue]) -> [[NamedValue]: Double] {
        Dictionary(series.map { (key($0), ($0.values.last ?? nil) ?? 0) }) { first, _ in first }
    }
}
