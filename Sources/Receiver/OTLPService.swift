public import Wire

/// OTLP on any listener: gRPC exports and health checks, HTTP posts of protobuf and JSON, each on any port. What it does not
/// know goes to `fallback`, so that the API's listener takes spans too.
///
/// A request is refused by its path, method and content type before its body is read. Inflating and decoding run on the worker
/// that calls the handler; the answer goes out when the sink says that the spans are on disk.
public struct OTLPService: Service {
    public struct Settings: Sendable {
        /// Bodies over HTTP. The specification advises 64 MiB; compressed ones come in below the first number.
        public var httpLimits = BodyLimits(wireBytes: 20 << 20, inflatedBytes: 64 << 20)
        public var grpcLimits = BodyLimits(wireBytes: 64 << 20, inflatedBytes: 64 << 20)
        public var cors = CORSPolicy()
        /// Whether metrics, logs and profiles get a success, and are dropped, instead of the error that says nobody keeps them.
        public var discardsOtherSignals = false

        public init() {}
    }

    let settings: Settings
    let sink: any SpanSink
    let problems: any SenderProblemSink
    let health: Health
    let counters: ReceiverCounters
    let fallback: (any Service)?

    public init(
        settings: Settings = Settings(), sink: any SpanSink, problems: any SenderProblemSink, health: Health = Health(),
        counters: ReceiverCounters = ReceiverCounters(), fallback: (any Service)? = nil
    ) {
        self.settings = settings
        self.sink = sink
        self.problems = problems
        self.health = health
        self.counters = counters
        self.fallback = fallback
    }

    public func route(_ head: RequestHead) -> Route { head.isGRPC ? routeGRPC(head) : routeHTTP(head) }

    public func describe(_ failure: BodyFailure, _ head: RequestHead) -> Response {
        guard OTLPPath(head.path) == .traces, let format = PayloadFormat(contentType: head["content-type"]) else {
            return fallback?.describe(failure, head) ?? .text(failure.httpStatus, failure.message + "\n", headers: failure.httpHeaders)
        }
        return errorResponse(failure, format, head)
    }

    func report(_ kind: SenderProblem.Kind, _ head: RequestHead, service: String? = nil, _ detail: String) {
        problems.report(SenderProblem(
            kind: kind, peer: head.peer, listener: head.listener, userAgent: head["user-agent"], service: service, detail: detail))
    }
}

/// What an HTTP path names.
enum OTLPPath: Equatable {
    case traces
    /// Metrics, logs or profiles.
    case otherSignal
    /// Zipkin or Jaeger.
    case otherTracer
    case other

    init(_ path: String) {
        switch path {
        case "/v1/traces": self = .traces
        case "/v1/metrics", "/v1/logs", "/v1development/profiles": self = .otherSignal
        case "/api/v2/spans", "/api/v1/spans", "/api/traces": self = .otherTracer
        default: self = .other
        }
    }
}
