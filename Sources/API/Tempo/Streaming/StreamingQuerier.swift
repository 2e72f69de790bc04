internal import Query
internal import Wire

/// The gRPC service `tempopb.StreamingQuerier`: each method takes one message and answers with a stream of them. A quick query
/// is answered by exactly one. (tempo-api.md §10)
struct StreamingQuerier: Sendable {
    static let name = "tempopb.StreamingQuerier"

    enum Method: String {
        case search = "Search", tags = "SearchTags", tagsV2 = "SearchTagsV2", values = "SearchTagValues", valuesV2 = "SearchTagValuesV2",
             range = "MetricsQueryRange", instant = "MetricsQueryInstant"
    }

    private let questions: TempoQuestions
    private let threads: QueryThreads

    init(_ questions: TempoQuestions, _ threads: QueryThreads) {
        self.questions = questions
        self.threads = threads
    }

    /// nil for a method of another service.
    func route(_ head: RequestHead) -> Route? {
        let prefix = "/\(Self.name)/"
        guard head.path.hasPrefix(prefix) else { return nil }
        let name = String(head.path.dropFirst(prefix.count))
        guard let method = Method(rawValue: name) else {
            return .fail(GRPCStatus(.unimplemented, "unknown method \(name) for service \(Self.name)"))
        }
        guard head.method == "POST" else {
            return .answer(Response(status: 405, headers: [("content-type", "application/grpc"), ("grpc-status", "13"), ("allow", "POST")]))
        }
        return .collect(Self.limits) { request, reply in threads.run { answer(method, request, reply) } }
    }

    /// A query has up to 128 KiB; the rest of a request is small.
    private static let limits = BodyLimits(wireBytes: 256 << 10, inflatedBytes: 256 << 10)

    private func answer(_ method: Method, _ request: Request, _ reply: any Reply) {
        guard !reply.isCancelled else { return }
        let ticket = QueryTicket()
        reply.onCancel { ticket.cancel() }
        do {
            let body = try request.inflated()
            try body.withBytes { message in try answer(method, message, ticket, reply) }
        } catch {
            reply.fail(Refusal(error).grpcStatus)
        }
    }

    private func answer(_ method: Method, _ message: UnsafeRawBufferPointer, _ ticket: QueryTicket, _ reply: any Reply) throws {
        switch method {
        case .search:
            var stream = SearchStream(reply, now: questions.now)
            let answer = try questions.search(SearchForm(protobuf: message), ticket) { stream.found($0) }
            send(SearchStream.parts(answer.traces, answer.statistics, isComplete: true), reply)
        case .tags: send(try questions.tagNames(TagForm(namesRequest: message), .v1, ticket).protobufV1(), reply)
        case .tagsV2: send(try questions.tagNames(TagForm(namesRequest: message), .v2, ticket).protobufV2(), reply)
        case .values: send(try questions.tagValues(TagForm(valuesRequest: message), .v1, ticket).protobufV1(), reply)
        case .valuesV2: send(try questions.tagValues(TagForm(valuesRequest: message), .v2, ticket).protobufV2(), reply)
        case .range: send(MetricsWriter.rangeProtobuf(try questions.range(MetricsForm(protobuf: message), ticket)), reply)
        case .instant: send(MetricsWriter.instantProtobuf(try questions.instant(MetricsForm(protobuf: message), ticket)), reply)
        }
    }

    private func send(_ parts: MessageParts<some Sendable>, _ reply: any Reply) { PartSender(parts, reply).send() }
}
