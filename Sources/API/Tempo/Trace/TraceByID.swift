internal import OTLP
internal import Store
internal import Trace
internal import Wire

/// `GET /api/traces/{id}` and `GET /api/v2/traces/{id}`. (tempo-api.md §4)
struct TraceByID {
    enum Version { case v1, v2 }

    let store: any TraceReader
    let engine: any TraceQuerier

    func answer(_ id: String, _ version: Version, _ head: RequestHead) throws -> Response {
        let id = try parseTempoTraceID(id)
        _ = try SecondsRange(hint: head.parameters)       // then not needed: ids are looked up everywhere
        let filter = version == .v2 ? try TraceFilter(head.parameters) : nil
        let format = AnswerFormat(accept: head["accept"])
        var trace = try store.trace(id)
        if let whole = trace, let filter { trace = try filter.apply(to: whole, engine) }
        let body: [UInt8]
        switch (version, trace) {
        case (.v1, nil): return Response(status: 404)
        case (.v1, let trace?):
            if let partial = trace.partial { return .text(422, partial) }
            body = format == .json ? Self.json(v1: trace) : Self.protobuf(v1: trace)
        case (.v2, let trace): body = format == .json ? Self.json(v2: trace) : Self.protobuf(v2: trace)
        }
        return .answer(format, body)
    }
}
