internal import Query
internal import Wire

/// The parameters of `/api/search`. (tempo-api.md §5.1)
extension SearchForm {
    /// Parameters that are no tags when a request has neither query, tags nor a range.
    private static let reservedNames: Set<String> = [
        "q", "tags", "minDuration", "maxDuration", "limit", "spss", "start", "end", "since", "skip_ast_transformations",
        "mode", "blockStart", "blockEnd",
    ]

    init(_ parameters: QueryParameters) throws(BadParameter) {
        if let since = parameters.text("since") {
            let nanos = try Self.goDuration(since, "since")
            guard nanos > 0 else { throw BadParameter("invalid since: must be positive") }
            sinceNanos = UInt64(nanos)
        } else {
            range = try SecondsRange(parameters)
        }
        if parameters.text("tags") != nil, parameters.text("q") != nil {
            throw BadParameter("invalid request: can't specify tags and q in the same query")
        }
        tags = try Self.tags(parameters)
        if parameters.text("tags") == nil { query = parameters["q"] }
        minDurationNanos = try Self.duration(parameters, "minDuration")
        maxDurationNanos = try Self.duration(parameters, "maxDuration")
        limit = try Self.limit(parameters)
        spansPerSpanset = try Self.spansPerSpanset(parameters)
    }

    private static func tags(_ parameters: QueryParameters) throws(BadParameter) -> [TagSearch.Tag] {
        if let text = parameters.text("tags") { return try Logfmt.parse(text).map { TagSearch.Tag($0.key, $0.value) } }
        guard ["q", "tags", "start", "end"].allSatisfy({ parameters[$0] == nil }) else { return [] }
        var tags: [TagSearch.Tag] = []
        for (name, value) in parameters.all where !reservedNames.contains(name) && !tags.contains(where: { $0.key == name }) {
            tags.append(TagSearch.Tag(name, value))
        }
        return tags
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
        guard let limit = try parameters.integer("limit") else { return TempoLimits.tracesDefault }
        guard limit > 0 else { throw BadParameter("invalid limit: must be a positive number") }
        return limit
    }

    /// An explicit 0 stands for the default; tempo-cli always sends it.
    private static func spansPerSpanset(_ parameters: QueryParameters) throws(BadParameter) -> Int {
        guard let count = try parameters.integer("spss") else { return TempoLimits.spansPerSpansetDefault }
        guard count >= 0 else { throw BadParameter("invalid spss: must be a positive number") }
        return count == 0 ? TempoLimits.spansPerSpansetDefault : count
    }
}
