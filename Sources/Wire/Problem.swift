/// Something a client did that Wire could not serve, told as the status page should tell it.
public struct Problem: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// A TLS hello on a listener without a certificate.
        case tlsOnPlaintext = "tls_on_plaintext"
        /// Plaintext HTTP on a listener that takes TLS only.
        case plaintextOnTLS = "plaintext_on_tls"
        /// The TLS handshake began but failed: versions, ciphers, or the client does not trust the certificate.
        case tlsHandshakeFailed = "tls_handshake_failed"
        /// The first bytes are neither TLS nor HTTP.
        case unknownProtocol = "unknown_protocol"
        /// HTTP that breaks its own rules, or headers beyond their limit.
        case badHTTP = "bad_http"
        /// A gRPC call with broken framing or metadata.
        case badGRPC = "bad_grpc"
        /// `content-encoding` or `grpc-encoding` other than identity, gzip and deflate.
        case unknownEncoding = "unknown_encoding"
        /// Declared as compressed, but it is not, or not wholly.
        case corruptBody = "corrupt_body"
        /// Larger than the limit, on the wire or inflated.
        case tooLarge = "too_large"
        /// The client was too slow: first bytes, headers or body.
        case timedOut = "timed_out"
        /// The byte budget had no room in time.
        case overloaded = "overloaded"
        /// More control frames, resets or pipelined requests than a client with good intentions sends.
        case abuse = "abuse"
        /// No more connections could be taken.
        case tooManyConnections = "too_many_connections"
    }

    public var kind: Kind
    /// The client's address without its port.
    public var peer: String
    /// The listener's name.
    public var listener: String
    /// nil when no request was understood.
    public var userAgent: String?
    /// What exactly was seen: sizes and limits, the encoding's name, the parser's words. Never a header's secret value.
    public var detail: String

    public init(kind: Kind, peer: String, listener: String, userAgent: String? = nil, detail: String) {
        self.kind = kind
        self.peer = peer
        self.listener = listener
        self.userAgent = userAgent
        self.detail = detail
    }
}

/// Who wants to know about problems. Called on event loops and workers: it must be quick and never block.
public protocol ProblemSink: Sendable {
    func report(_ problem: Problem)
}

extension BodyFailure {
    var problemKind: Problem.Kind {
        switch self {
        case .tooLarge, .inflatedTooLarge: .tooLarge
        case .unknownEncoding: .unknownEncoding
        case .corrupt: .corruptBody
        case .overloaded: .overloaded
        case .timedOut: .timedOut
        case .headersTooLarge, .malformed: .badHTTP
        }
    }
}
