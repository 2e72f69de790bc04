internal import Store

/// What a `tags=` search demands of a trace, as far as the summary of a trace tells it exactly. Values are matched as
/// substrings whatever their case, as Tempo does; all conditions must hold.
struct TagConditions: Equatable {
    enum Subject: Equatable { case service, rootName, rootService }
    struct Condition: Equatable {
        var subject: Subject
        var value: String
    }
    var conditions: [Condition] = []
    /// `status.code=error` or `error=true`.
    var errorsOnly = false

    init() {}

    /// - Throws: for a tag that would need more than a summary knows; answering without it would be answering something else.
    init(_ pairs: [Logfmt.Pair]) throws(BadParameter) {
        for pair in pairs {
            switch (pair.key, pair.value.lowercased()) {
            case ("service.name", let value), ("resource.service.name", let value): conditions.append(Condition(subject: .service, value: value))
            case ("root.name", let value): conditions.append(Condition(subject: .rootName, value: value))
            case ("root.service.name", let value): conditions.append(Condition(subject: .rootService, value: value))
            case ("status.code", "error"), ("error", "true"): errorsOnly = true
            default:
                throw BadParameter(
                    "tag \(pair.key)=\(pair.value) cannot be searched by this version of Loupe yet: "
                        + "service.name, root.name, root.service.name, status.code=error and error=true can")
            }
        }
    }

    func hold(for trace: TraceSummary) -> Bool {
        if errorsOnly, trace.errors == 0 { return false }
        return conditions.allSatisfy { condition in
            let match = TextMatch(condition.value)
            return switch condition.subject {
            case .service: trace.services.contains { match.found(in: $0.service.name) }
            case .rootName: match.found(in: trace.rootName ?? "") && trace.rootName != nil
            case .rootService: match.found(in: trace.rootService ?? "") && trace.rootService != nil
            }
        }
    }
}
