internal import OTLP
internal import Store
internal import Trace
internal import Wire

/// `GET /api/traces/{id}` and `GET /api/v2/traces/{id}`. (tempo-api.md §4)
struct TraceByID {
    enum Version { case v1, v2 }

    let store: any TraceReader

    func answer(_ id: String, _ version: Version, _ head: RequestHead) throws -> Response {
        let id = try parseTempoTraceID(id)
        try Self.check(head.parameters, version)
        let format = AnswerFormat(accept: head["accept"])
        let trace = try store.trace(id)
        let body: [UInt8]
        switch (version, trace) {
        case (.v1, nil): return Response(status: 404)
        case (.v1, let trace?):
            if let partial = trace.partial { return .text(422, partial) }
            body = format == .json ? Self.json(v1: trace) : Self.protobuf(v1: trace)
        case (.v2, let trace): body = format == .json ? Self.json(v2: trace) : Self.protobuf(v2: trace)
        }
        return Response(status: 200, headers: [("content-type", format.contentType)], body: body, mayCompress: true)
    }

    /// The time hint is checked and then not needed: ids are looked up everywhere. Filters need the query language.
    private static func check(_ parameters: QueryParameters, _ version: Version) throws(BadParameter) {
        let start = try parameters.unsigned32("start") ?? 0, end = try parameters.unsigned32("end") ?? 0
        if start > 0, end > 0, end <= start {
            throw BadParameter("http parameter start must be before end. received start=\(start) end=\(end)")
        }
        if version == .v2, let query = parameters.text("q"), query.contains(where: { !" {}\t\n".contains($0) }) {
            throw BadParameter("TraceQL is not supported by this version of Loupe yet: a trace can be had as a whole only")
        }
    }
}
