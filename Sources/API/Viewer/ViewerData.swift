internal import SelfStats
internal import Store
internal import Trace
internal import Wire

/// The viewer's private data, under `/ui/api/`. Every method runs on a worker thread and may block for a disk read.
struct ViewerData: Sendable {
    let store: any TraceReader
    let open: OpenTraces
    let build: BuildInfo
    let problems: ProblemLog
    let server: @Sendable () -> ServerState
    let now: @Sendable () -> UInt64

    /// Answers for the segments after `/ui/api/`.
    func answer(_ segments: [String], _ head: RequestHead, _ reply: any Reply) {
        let parameters = head.parameters
        do {
            switch (segments.first, segments.count) {
            case ("state", 1): reply.send(.viewerJSON(state()))
            case ("traces", 1): reply.send(.viewerJSON(try TraceListAnswer.json(store.recentTraces(TraceListAnswer.query(parameters)))))
            case ("trace", 2): try skeleton(segments[1], reply, head)
            case ("trace", 3) where segments[2] == "rows": reply.send(try rows(segments[1], parameters))
            case ("trace", 3) where segments[2] == "match": reply.send(try match(segments[1], parameters))
            default: reply.send(.viewerError(404, "There is no /ui/api/\(segments.joined(separator: "/"))."))
            }
        } catch let refusal as BadParameter {
            reply.send(.viewerError(400, refusal.message))
        } catch {
            reply.send(.viewerError(500, "\(error)"))
        }
    }

    private func state() -> [UInt8] {
        StateAnswer.json(build: build, now: now(), store: store.status, services: store.services, server: server(), problems: problems.latest())
    }

    private func skeleton(_ id: String, _ reply: any Reply, _ head: RequestHead) throws {
        guard let trace = try open.open(Self.id(id)) else { return reply.send(Self.noTrace(id)) }
        let slots = Dictionary(store.services.map { ($0.name, $0.slot) }) { first, _ in first }
        var stream = TraceStream(trace, slots: slots)
        let headers = [(name: "content-type", value: "application/vnd.loupe.trace"), ("cache-control", "no-store")]
        guard stream.isLargerThanOneChunk else {
            return reply.send(Response(status: 200, headers: headers, body: stream.next() ?? [], mayCompress: true))
        }
        ChunkSender(stream, reply, gzip: head.acceptsGzip).start(headers: headers)
    }

    private func rows(_ id: String, _ parameters: QueryParameters) throws -> Response {
        guard let trace = try open.recent(Self.id(id)) else { return Self.noTrace(id) }
        if let stale = Self.refusal(parameters, trace) { return stale }
        let rows = if let ids = parameters.text("id") {
            try RowSelection.ids(ids, in: trace)
        } else {
            try RowSelection.rows(parameters.text("r") ?? "", of: trace.count)
        }
        return .viewerJSON(RowDetails(trace).answer(rows))
    }

    private func match(_ id: String, _ parameters: QueryParameters) throws -> Response {
        guard let trace = try open.recent(Self.id(id)) else { return Self.noTrace(id) }
        if let stale = Self.refusal(parameters, trace) { return stale }
        return .viewerJSON(TraceMatch(trace, text: parameters["text"] ?? "").answer())
    }

    private static func id(_ text: String) throws(BadParameter) -> TraceID {
        guard let id = TraceID(hex: text) else { throw BadParameter("\(text.prefix(80)) is not a trace id of 32 hexadecimal digits.") }
        return id
    }

    /// 409 when the page counts rows of another revision.
    private static func refusal(_ parameters: QueryParameters, _ trace: OpenedTrace) -> Response? {
        guard let asked = parameters.text("rev"), asked != trace.revision else { return nil }
        return .viewerError(409, "The trace has grown since it was loaded; load it again.")
    }

    private static func noTrace(_ id: String) -> Response {
        .viewerError(404, "No span of trace \(id) is stored. It may not have arrived yet, or retention has removed it.")
    }
}

extension Response {
    static func viewerJSON(_ body: [UInt8]) -> Response {
        Response(status: 200, headers: [("content-type", "application/json"), ("cache-control", "no-store")], body: body, mayCompress: true)
    }

    /// - Parameter sentence: what a person can act on.
    static func viewerError(_ status: Int, _ sentence: String) -> Response {
        var answer = JSONAnswer()
        answer.object { $0.member("error", sentence) }
        return Response(status: status, headers: [("content-type", "application/json"), ("cache-control", "no-store")], body: answer.array())
    }
}
