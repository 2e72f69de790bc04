internal import Query
internal import TraceQL

/// What a search was asked, over HTTP or gRPC alike, before it is checked. (tempo-api.md §5.1)
struct SearchForm: Equatable {
    /// TraceQL; nil for a search by tags, which may be none: then every trace is a hit.
    var query: String?
    var tags: [TagSearch.Tag] = []
    var minDurationNanos: UInt64?
    var maxDurationNanos: UInt64?
    var limit = TempoLimits.tracesDefault
    var spansPerSpanset = TempoLimits.spansPerSpansetDefault
    var range = SecondsRange()
    /// Instead of a range: from so long ago until now.
    var sinceNanos: UInt64?

    /// - Throws: in Tempo's words.
    func request(nowNanos: UInt64) throws(BadParameter) -> SearchRequest {
        if let minimum = minDurationNanos, let maximum = maxDurationNanos, maximum <= minimum {
            throw BadParameter("invalid maxDuration: must be greater than minDuration")
        }
        guard limit <= TempoLimits.tracesMaximum else { throw BadParameter("limit \(limit) exceeds max limit \(TempoLimits.tracesMaximum)") }
        guard spansPerSpanset <= TempoLimits.spansPerSpansetMaximum else {
            throw BadParameter("spans per span set exceeds \(TempoLimits.spansPerSpansetMaximum). received \(spansPerSpanset)")
        }
        let (from, to) = try bounds(nowNanos)
        return SearchRequest(condition: try condition(), fromNanos: from, toNanos: to, limit: limit, spansPerSpanset: spansPerSpanset)
    }

    private func condition() throws(BadParameter) -> SearchRequest.Condition {
        guard let query else {
            return .tags(TagSearch(tags: tags, minDurationNanos: minDurationNanos, maxDurationNanos: maxDurationNanos))
        }
        if !tags.isEmpty { throw BadParameter("invalid request: can't specify tags and q in the same query") }
        return .traceQL(try Pipeline(searchQuery: query))
    }

    private func bounds(_ nowNanos: UInt64) throws(BadParameter) -> (from: UInt64, to: UInt64) {
        let back = sinceNanos ?? (range.isGiven ? nil : TempoLimits.searchDefaultRangeSeconds * 1_000_000_000)
        let from = back.map { nowNanos - min(nowNanos, $0) } ?? range.start * 1_000_000_000
        let to = back == nil ? range.end * 1_000_000_000 : nowNanos
        if (to - from) / 1_000_000_000 > TempoLimits.searchRangeSeconds {
            let maximum = GoDuration.text(TempoLimits.searchRangeSeconds * 1_000_000_000)
            let (start, end) = (from / 1_000_000_000, to / 1_000_000_000)
            throw BadParameter("range specified by start and end exceeds \(maximum). received start=\(start) end=\(end)")
        }
        return (from, to)
    }
}

extension Pipeline {
    /// The pipeline of a query that is asked as a search; a metrics function behind it is ignored, as in Tempo.
    init(searchQuery text: String) throws(BadParameter) {
        let isBlank = text.utf8.allSatisfy { $0 <= 32 }
        let query: Query
        do { query = try Query(text: isBlank ? "{}" : text) } catch { throw BadParameter("invalid TraceQL query: \(error.message)") }
        do { self = try query.searchPipeline } catch { throw BadParameter("invalid TraceQL query: \(error.description)") }
    }
}
