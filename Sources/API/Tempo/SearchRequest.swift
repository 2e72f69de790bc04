internal import Wire

/// What `/api/search` was asked, read and checked in Tempo's words. (tempo-api.md §5.1)
struct SearchRequest: Equatable {
    /// A query that selects every span, or none at all. Other TraceQL is refused until the query language is here.
    enum Selection: Equatable { case traces, allSpans }

    var selection = Selection.traces
    var tags = TagConditions()
    var minDurationNanos: UInt64?
    var maxDurationNanos: UInt64?
    var limit = 20
    var spansPerSpanSet = 3
    /// Unix seconds: traces that start within.
    var startSeconds: UInt64
    var endSeconds: UInt64

    static let limitMaximum = 262_144
    static let spansPerSpanSetMaximum = 100
    /// Without start and end: so far back.
    static let defaultRangeSeconds: UInt64 = 15 * 60

    /// Parameters that are no tags when a request has neither `q` nor `tags`.
    private static let reservedNames: Set<String> = [
        "q", "tags", "minDuration", "maxDuration", "limit", "spss", "start", "end", "since", "skip_ast_transformations",
        "mode", "blockStart", "blockEnd",
    ]

    /// - Parameter maximumRangeSeconds: the longest range that may be searched.
    init(_ parameters: QueryParameters, nowNanos: UInt64, maximumRangeSeconds: UInt64) throws(BadParameter) {
        (startSeconds, endSeconds) = try Self.range(parameters, nowSeconds: nowNanos / 1_000_000_000)
        let query = parameters["q"]
        if parameters.text("tags") != nil, parameters.text("q") != nil {
            throw BadParameter("invalid request: can't specify tags and q in the same query")
        }
        if let query {
            guard query.utf8.count <= 128 << 10 else { throw BadParameter("TraceQL query is larger than 128 KiB") }
            guard Self.selectsAllSpans(query) else {
                throw BadParameter("TraceQL is not supported by this version of Loupe yet: only {} is; got \(query.prefix(200))")
            }
            selection = .allSpans
        }
        tags = try Self.tags(parameters)
        minDurationNanos = try Self.duration(parameters, "minDuration")
        maxDurationNanos = try Self.duration(parameters, "maxDuration")
        if let minimum = minDurationNanos, let maximum = maxDurationNanos, maximum <= minimum {
            throw BadParameter("invalid maxDuration: must be greater than minDuration")
        }
        limit = try Self.limit(parameters)
        spansPerSpanSet = try Self.spansPerSpanSet(parameters)
        if endSeconds - startSeconds > maximumRangeSeconds {
            let maximum = GoDuration.text(maximumRangeSeconds * 1_000_000_000)
            throw BadParameter("range specified by start and end exceeds \(maximum). received start=\(startSeconds) end=\(endSeconds)")
        }
    }

    /// Whether the query is empty or `{ }`, hints and blanks aside.
    private static func selectsAllSpans(_ query: String) -> Bool {
        let bytes = query.utf8.filter { $0 > 32 }
        return bytes.isEmpty || bytes == Array("{}".utf8) || bytes == Array("{true}".utf8)
            || bytes == Array("{}with(most_recent=true)".utf8)
    }

    private static func range(_ parameters: QueryParameters, nowSeconds: UInt64) throws(BadParameter) -> (UInt64, UInt64) {
        if let since = parameters.text("since") {
            let nanos = try goDuration(since, "since")
            guard nanos > 0 else { throw BadParameter("invalid since: must be positive") }
            return (nowSeconds - min(nowSeconds, UInt64(nanos) / 1_000_000_000), nowSeconds)
        }
        let start = try parameters.unsigned32("start").map { UInt64($0) } ?? 0
        let end = try parameters.unsigned32("end").map { UInt64($0) } ?? 0
        switch (start, end) {
        case (0, 0): return (nowSeconds - min(nowSeconds, defaultRangeSeconds), nowSeconds)
        case (0, _): throw BadParameter("error parsing date range: only one of start and end provided: must provide both or neither")
        case _ where end <= start:
            throw BadParameter("http parameter start must be before end. received start=\(start) end=\(end)")
        default: return (start, end)
        }
    }

    private static func tags(_ parameters: QueryParameters) throws(BadParameter) -> TagConditions {
        if let text = parameters.text("tags") { return try TagConditions(Logfmt.parse(text)) }
        guard parameters["q"] == nil, parameters["tags"] == nil, parameters["start"] == nil, parameters["end"] == nil else { return TagConditions() }
        var pairs: [Logfmt.Pair] = []
        for pair in parameters.all where !reservedNames.contains(pair.name) && !pairs.contains(where: { $0.key == pair.name }) {
            pairs.append(Logfmt.Pair(key: pair.name, value: pair.value))
        }
        return try TagConditions(pairs)
    }

    private static func duration(_ parameters: QueryParameters, _ name: String) throws(BadParameter) -> UInt64? {
        guard let text = parameters.text(name) else { return nil }
        let nanos = try goDuration(text, name)
        return nanos > 0 ? UInt64(nanos) : nil
    }

    private static func goDuration(_ text: String, _ name: String) throws(BadParameter) -> Int64 {
        do { return try GoDuration.parse(text) } catch { throw BadParameter("invalid \(name): \(error.message)") }
    }

    private static func limit(_ parameters: QueryParameters) throws(BadParameter) -> Int {
        guard let text = parameters.text("limit") else { return 20 }
        guard let limit = Int(text) else { throw BadParameter("invalid limit: strconv.Atoi: parsing \"\(text)\": invalid syntax") }
        guard limit > 0 else { throw BadParameter("invalid limit: must be a positive number") }
        guard limit <= limitMaximum else { throw BadParameter("limit \(limit) exceeds max limit \(limitMaximum)") }
        return limit
    }

    /// An explicit 0 stands for the default; tempo-cli always sends it.
    private static func spansPerSpanSet(_ parameters: QueryParameters) throws(BadParameter) -> Int {
        guard let text = parameters.text("spss") else { return 3 }
        guard let count = Int(text) else { throw BadParameter("invalid spss: strconv.Atoi: parsing \"\(text)\": invalid syntax") }
        guard count >= 0 else { throw BadParameter("invalid spss: must be a positive number") }
        guard count <= spansPerSpanSetMaximum else { throw BadParameter("spans per span set exceeds \(spansPerSpanSetMaximum). received \(count)") }
        return count == 0 ? 3 : count
    }
}
