import Trace
import TraceQL
@testable import Query

extension QueryStatistics {
    static var sample: QueryStatistics {
        var statistics = QueryStatistics()
        statistics.traces = 2
        statistics.bytes = 15_168
        statistics.spans = 30
        return statistics
    }
}

extension SearchAnswer {
    static func of(_ traces: [FoundTrace], partial: String? = nil) -> SearchAnswer {
        SearchAnswer(traces: traces, statistics: .sample, partial: partial)
    }
}

extension MetricsAnswer {
    static func of(_ series: [MetricsSeries], times: [UInt64] = [60_000_000_000, 120_000_000_000], partial: String? = nil) -> MetricsAnswer {
        MetricsAnswer(timesNanos: times, series: series, statistics: .sample, partial: partial)
    }
}

extension FoundTrace {
    /// The trace of the examples in Tempo's documentation of the answer.
    static var checkout: FoundTrace {
        FoundTrace(
            id: TraceID(high: 0x00a1_b2c3_d4e5_f607, low: 0x1829_3a4b_5c6d_7e8f), rootService: "frontend", rootName: "GET /cart",
            startNanos: 1_795_338_823_000_000_000, durationNanos: 250_900_000,
            services: [Service(name: "cart", spans: 1, errors: 0), Service(name: "frontend", spans: 2, errors: 1)],
            spansets: [Spanset(matched: 3, spans: [span()], attributes: [NamedValue("by(resource.service.name)", .string("cart"))])])
    }

    /// Without a root, shorter than a millisecond.
    static var rootless: FoundTrace {
        FoundTrace(
            id: TraceID(high: 1, low: 2), rootService: nil, rootName: nil, startNanos: 1_795_338_828_000_000_000, durationNanos: 500_000,
            services: [Service(name: "cart", spans: 1, errors: 0)], spansets: [])
    }

    static func span(_ attributes: [NamedValue] = [], name: String? = nil) -> Span {
        Span(id: SpanID(bits: 0x1022), name: name, startNanos: 1_795_338_823_000_000_000, durationNanos: 500_000, attributes: attributes)
    }

    /// A trace that shows these attributes, a span for each list.
    static func showing(_ lists: [[NamedValue]]) -> FoundTrace {
        var trace = checkout
        trace.spansets = [Spanset(matched: lists.count, spans: lists.map { span($0) }, attributes: [])]
        return trace
    }
}
