internal import Query

/// What can be asked of the query engine, in the terms of Tempo's API: from a form to the engine's answer, whatever protocol the
/// form came by. The calls block.
struct TempoQuestions: Sendable {
    enum Version { case v1, v2 }

    let engine: any TraceQuerier
    /// Nanoseconds since 1970.
    let now: @Sendable () -> UInt64

    func search(_ form: SearchForm, _ ticket: QueryTicket, found: (FoundTrace) -> Void = { _ in }) throws -> SearchAnswer {
        try engine.search(form.request(nowNanos: now()), ticket: ticket, found: found)
    }

    func tagNames(_ form: TagForm, _ version: Version, _ ticket: QueryTicket) throws -> TagNameAnswer {
        let onlyIntrinsics = form.scope == .intrinsic || form.scope == .trace
        let request = try form.request()
        let names = onlyIntrinsics ? TagNames() : try engine.tagNames(request, ticket: ticket)
        return TagNameAnswer(names, form.scope, withIntrinsics: version == .v2 || form.scope == .intrinsic)
    }

    func tagValues(_ form: TagForm, _ version: Version, _ ticket: QueryTicket) throws -> TagValueAnswer {
        let request = try form.request()
        switch version == .v1 ? TagName(v1: form.name) : try TagName(v2: form.name) {
        case .field(let field): return TagValueAnswer(try engine.tagValues(of: field, request, ticket: ticket))
        case .fixed(let entries, nil): return TagValueAnswer(nil, fixed: entries)
        case .fixed(let entries, let field?): return TagValueAnswer(try engine.tagValues(of: field, request, ticket: ticket), fixed: entries)
        }
    }

    func range(_ form: MetricsForm, _ ticket: QueryTicket) throws -> MetricsAnswer {
        try engine.metrics(form.rangeRequest(nowNanos: now()), ticket: ticket)
    }

    func instant(_ form: MetricsForm, _ ticket: QueryTicket) throws -> MetricsAnswer {
        try engine.metrics(form.instantRequest(nowNanos: now()), ticket: ticket)
    }
}
