public import SelfStats
public import Wire

/// Takes what Wire could not serve into the problem log, told as the status page tells it. (viewer.md §8)
public struct ConnectionProblems: ProblemSink {
    private let log: ProblemLog
    private let now: @Sendable () -> UInt64

    /// - Parameter now: nanoseconds since 1970.
    public init(_ log: ProblemLog, now: @escaping @Sendable () -> UInt64) {
        self.log = log
        self.now = now
    }

    public func report(_ problem: Problem) { log.note(Self.attempt(problem, nanos: now())) }

    private static func attempt(_ problem: Problem, nanos: UInt64) -> FailedAttempt {
        let (what, fix) = words(problem.kind)
        return FailedAttempt(
            kind: problem.kind.rawValue, peer: problem.peer, listener: problem.listener, userAgent: problem.userAgent ?? "",
            sentence: "\(what): \(problem.detail).", fix: fix, nanos: nanos)
    }

    private static func words(_ kind: Problem.Kind) -> (what: String, fix: String) {
        switch kind {
        case .tlsOnPlaintext: ("The client wants TLS, but this port speaks plaintext", "Use http:// or set `insecure: true` in the exporter, or give Loupe a certificate.")
        case .plaintextOnTLS: ("The client speaks plaintext, but this port wants TLS", "Use https:// in the exporter's endpoint.")
        case .unknownEncoding: ("The body's encoding is not known", "Send gzip, deflate, or no compression.")
        case .tlsHandshakeFailed: ("The TLS handshake failed", "Let the client trust Loupe's certificate (OTEL_EXPORTER_OTLP_CERTIFICATE), and allow TLS 1.2 or 1.3.")
        case .unknownProtocol: ("The first bytes are neither HTTP nor TLS", "Point an OTLP exporter at this port, over http:// or gRPC.")
        case .badHTTP: ("The request breaks the rules of HTTP", "Look at what stands between the exporter and Loupe: a proxy may change requests.")
        case .badGRPC: ("The gRPC call is malformed", "Look at what stands between the exporter and Loupe: a proxy may not speak gRPC.")
        case .corruptBody: ("The body is not what its encoding says", "Compress once, with gzip, and let content-encoding say so; or send no compression.")
        case .tooLarge: ("The request is too large", "Send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), or raise the limit of the request size.")
        case .timedOut: ("The client was too slow", "Look at the network between the exporter and Loupe, and at the load on both.")
        case .overloaded: ("There was no memory left for the request", "Give Loupe more with --memory, or send less at once. The exporter tries again.")
        case .abuse: ("The connection was closed for its behaviour", "Update the client's HTTP/2 library.")
        case .tooManyConnections: ("No more connections can be taken", "Let exporters share connections, or send through a collector.")
        }
    }
}
