internal import Query
internal import Wire

/// The HTTP endpoints that ask the query engine. Any method is answered like GET. (tempo-api.md §5 to §8)
struct QueryRoutes: Sendable {
    private let questions: TempoQuestions
    private let threads: QueryThreads

    init(_ questions: TempoQuestions, _ threads: QueryThreads) {
        self.questions = questions
        self.threads = threads
    }

    /// - Parameter segments: of the path, behind `api`.
    /// - Returns: nil for a path that is none of them.
    func route(_ segments: [String]) -> Route? {
        let version: TempoQuestions.Version = segments.first == "v2" ? .v2 : .v1
        let path = version == .v2 ? segments.dropFirst() : segments[...]
        switch (version, path.first, path.count) {
        case (.v1, "search", 1): return query { try search($0, $1) }
        case (_, "search", 2) where path.last == "tags": return query { try tagNames(version, $0, $1) }
        case (_, "search", 4...) where path.dropFirst().first == "tag" && path.last == "values":
            let name = tagName(inPath: path.dropFirst(2).dropLast())
            return query { try tagValues(name, version, $0, $1) }
        case (.v1, "metrics", 2): return metrics(path.last ?? "")
        default: return nil
        }
    }

    private func metrics(_ name: String) -> Route? {
        switch name {
        case "query_range":
            query { .json(MetricsWriter.rangeJSON(try questions.range(MetricsForm($0.parameters), $1))) }
        case "query":
            query { .json(MetricsWriter.instantJSON(try questions.instant(MetricsForm($0.parameters), $1))) }
        case "summary":
            query { .json(try MetricsSummary($0.parameters, nowNanos: questions.now()).json(questions.engine, $1)) }
        default: nil
        }
    }

    private func search(_ head: RequestHead, _ ticket: QueryTicket) throws -> Response {
        let answer = try questions.search(SearchForm(head.parameters), ticket)
        var response = switch AnswerFormat(accept: head["accept"]) {
        case .json: Response.json(SearchWriter.json(answer))
        case .protobuf: Response.protobuf(SearchWriter.protobuf(answer))
        }
        // The message has no field for it, and strict clients take no other.
        if let partial = answer.partial { response.headers.append(("x-loupe-partial", Response.headerText(partial))) }
        return response
    }

    private func tagNames(_ version: TempoQuestions.Version, _ head: RequestHead, _ ticket: QueryTicket) throws -> Response {
        let answer = try questions.tagNames(TagForm(head.parameters), version, ticket)
        return switch (AnswerFormat(accept: head["accept"]), version) {
        case (.json, .v1): .json(answer.jsonV1())
        case (.json, .v2): .json(answer.jsonV2())
        case (.protobuf, .v1): .protobuf(answer.protobufV1().whole())
        case (.protobuf, .v2): .protobuf(answer.protobufV2().whole())
        }
    }

    private func tagValues(
        _ name: String, _ version: TempoQuestions.Version, _ head: RequestHead, _ ticket: QueryTicket
    ) throws -> Response {
        var form = try TagForm(head.parameters)
        form.name = name
        let answer = try questions.tagValues(form, version, ticket)
        return switch (AnswerFormat(accept: head["accept"]), version) {
        case (.json, .v1): .json(answer.jsonV1())
        case (.json, .v2): .json(answer.jsonV2())
        case (.protobuf, .v1): .protobuf(answer.protobufV1().whole())
        case (.protobuf, .v2): .protobuf(answer.protobufV2().whole())
        }
    }

    /// Answers on a query thread; a client that goes away cancels its query. Errors become plain text.
    private func query(_ answer: @escaping @Sendable (RequestHead, QueryTicket) throws -> Response) -> Route {
        .collect(.none) { [threads] request, reply in
            threads.run {
                guard !reply.isCancelled else { return }
                let ticket = QueryTicket()
                reply.onCancel { ticket.cancel() }
                do { reply.send(try answer(request.head, ticket)) } catch { reply.send(Refusal(error).response) }
            }
        }
    }
}

extension Response {
    static func json(_ body: [UInt8]) -> Response { answer(.json, body) }
    static func protobuf(_ body: [UInt8]) -> Response { answer(.protobuf, body) }

    static func answer(_ format: AnswerFormat, _ body: [UInt8]) -> Response {
        Response(status: 200, headers: [("content-type", format.contentType)], body: body, mayCompress: true)
    }

    /// `text` as a header's value may be: one line of printable ASCII.
    static func headerText(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
