/// Something a sender does that keeps its spans from arriving, or from being found later, with words that say what to change.
public struct SenderProblem: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// A path that is near to `/v1/traces` but is not.
        case wrongPath = "wrong_path"
        case wrongMethod = "wrong_method"
        case wrongContentType = "wrong_content_type"
        /// JSON under protobuf's label, protobuf under JSON's, gzip under none.
        case mislabelledBody = "mislabelled_body"
        /// Does not decode.
        case malformedBody = "malformed_body"
        /// Decodes, but some spans have no ids.
        case rejectedSpans = "rejected_spans"
        /// Metrics, logs or profiles.
        case otherSignal = "other_signal"
        /// Zipkin's or Jaeger's path.
        case otherTracer = "other_tracer"
        /// gRPC on the HTTP port or the reverse: works here, elsewhere not.
        case otherPort = "other_port"
        /// A browser on a site that is not on the list.
        case originNotAllowed = "origin_not_allowed"
        /// A resource without `service.name`, or with the SDK's stand-in.
        case unknownService = "unknown_service"
        /// Spans end long before or after they arrive.
        case clock
        /// The sink refused: no room.
        case refused
    }

    public var kind: Kind
    /// The sender's address without its port.
    public var peer: String
    public var listener: String
    public var userAgent: String?
    /// The first `service.name` of the request, when it was decoded.
    public var service: String?
    public var detail: String

    public init(kind: Kind, peer: String, listener: String, userAgent: String? = nil, service: String? = nil, detail: String) {
        self.kind = kind
        self.peer = peer
        self.listener = listener
        self.userAgent = userAgent
        self.service = service
        self.detail = detail
    }
}

/// Who wants to know. Called on event loops and workers, once per request: it must be quick and never block.
public protocol SenderProblemSink: Sendable {
    func report(_ problem: SenderProblem)
}
