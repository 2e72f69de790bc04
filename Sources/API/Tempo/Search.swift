internal import Store
internal import Trace

/// Finds what a search asks for, newest trace first.
struct Search {
    /// A span as a search result shows it.
    struct FoundSpan: Equatable {
        var id: SpanID
        var startNanos: UInt64
        var durationNanos: UInt64
    }
    struct Hit {
        var trace: TraceSummary
        /// The first spans of the span set; empty when the search has none.
        var spans: [FoundSpan] = []
    }
    struct Result {
        var hits: [Hit] = []
        var withSpanSets = false
        var inspectedTraces = 0
        var inspectedBytes = 0
    }

    let store: any TraceReader
    private static let pageSize = 1_000

    func run(_ request: SearchRequest) throws -> Result {
        var result = Result(withSpanSets: request.selection == .allSpans)
        var query = RecentQuery(limit: request.tags.conditions.isEmpty ? min(request.limit, Self.pageSize) : Self.pageSize)
        query.fromNanos = request.startSeconds * 1_000_000_000
        query.toNanos = request.endSeconds * 1_000_000_000
        query.errorsOnly = request.tags.errorsOnly
        query.minDurationNanos = request.minDurationNanos
        query.maxDurationNanos = request.maxDurationNanos
        while true {
            let page = try store.recentTraces(query)
            result.inspectedTraces += page.inspectedTraces
            result.inspectedBytes += page.inspectedBytes
            for trace in page.traces where result.hits.count < request.limit && request.tags.hold(for: trace) {
                result.hits.append(Hit(trace: trace))
            }
            guard page.more, result.hits.count < request.limit, let last = page.traces.last else { break }
            query.before = (last.startNanos, last.id)
            query.asOf = page.asOf
        }
        if result.withSpanSets { try addSpans(to: &result, count: request.spansPerSpanSet) }
        return result
    }

    private func addSpans(to result: inout Result, count: Int) throws {
        for place in result.hits.indices {
            guard let stored = try store.trace(result.hits[place].trace.id) else { continue }
            result.inspectedBytes += stored.inspectedBytes
            result.hits[place].spans = stored.batch.spans.prefix(count).map {
                FoundSpan(id: $0.spanID, startNanos: $0.startNanos, durationNanos: $0.durationNanos)
            }
        }
        result.hits.removeAll { $0.spans.isEmpty }       // removed by retention since; a span set without spans breaks Grafana
    }
}
