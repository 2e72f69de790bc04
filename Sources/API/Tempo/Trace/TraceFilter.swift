internal import Query
internal import Store
internal import Trace
internal import TraceQL
internal import Wire

/// Which spans of a trace are wanted: those that match, and relatives up to some levels away. (traceql.md §11)
struct TraceFilter {
    private let filter: FieldExpression
    /// nil: all levels.
    private let descendants: Int?
    private let ancestors: Int?

    /// nil when the whole trace is asked for.
    init?(_ parameters: QueryParameters) throws(BadParameter) {
        let depths = (match: try Self.depth(parameters, "match_depth", standard: 0), ancestor: try Self.depth(parameters, "ancestor_depth", standard: nil))
        let keepsHierarchy = try parameters.bool("keep_hierarchy")
        guard let text = parameters.text("q"), !text.utf8.allSatisfy({ $0 <= 32 }) else { return nil }
        let query: Query
        do { query = try Query(text: text) } catch { throw BadParameter("invalid TraceQL query: \(error.message)") }
        guard let filter = query.singleFilter else {
            throw BadParameter("invalid TraceQL query: a trace is filtered by exactly one spanset filter, such as { status = error }")
        }
        if filter == .literal(.bool(true)) { return nil }
        self.filter = filter
        descendants = depths.match
        ancestors = keepsHierarchy ? depths.ancestor : 0
    }

    /// `trace` without the other spans; it says so when there were any.
    func apply(to trace: StoredTrace, _ engine: any TraceQuerier) throws(QueryFailure) -> StoredTrace {
        let kept = try engine.spans(of: trace.id, matching: filter, descendants: descendants, ancestors: ancestors) ?? []
        var filtered = trace
        filtered.batch.keep { kept.contains($0.spanID) }
        let dropped = trace.batch.spans.count - filtered.batch.spans.count
        if dropped > 0 {
            let sentence = "\(dropped) of \(trace.batch.spans.count) spans do not match the query and are left out"
            filtered.partial = trace.partial.map { "\($0). \(sentence)" } ?? sentence
        }
        return filtered
    }

    /// -1 stands for all levels.
    private static func depth(_ parameters: QueryParameters, _ name: String, standard: Int?) throws(BadParameter) -> Int? {
        guard let depth = try parameters.integer(name) else { return standard }
        guard depth >= -1 else { throw BadParameter("invalid \(name): must be -1 (all levels), 0 or more. received \(depth)") }
        return depth == -1 ? nil : depth
    }
}

extension SpanBatch {
    /// Removes the spans that `isWanted` refuses, and the scopes and resources that are left without any.
    fileprivate mutating func keep(_ isWanted: (SpanRecord) -> Bool) {
        spans.removeAll { !isWanted($0) }
        let usedScopes = Set(spans.map(\.scope)).sorted()
        let newScope = Dictionary(uniqueKeysWithValues: usedScopes.enumerated().map { ($1, UInt32($0)) })
        scopes = ContiguousArray(usedScopes.map { scopes[Int($0)] })
        for index in spans.indices { spans[index].scope = newScope[spans[index].scope] ?? 0 }
        let usedResources = Set(scopes.map(\.resource)).sorted()
        let newResource = Dictionary(uniqueKeysWithValues: usedResources.enumerated().map { ($1, UInt32($0)) })
        resources = ContiguousArray(usedResources.map { resources[Int($0)] })
        for index in scopes.indices { scopes[index].resource = newResource[scopes[index].resource] ?? 0 }
    }
}
