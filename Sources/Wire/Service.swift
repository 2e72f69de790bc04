/// What a room that answers requests gives to Wire: one per listener, shared by all of its connections.
public protocol Service: Sendable {
    /// Decides on a request once its head has arrived, before a byte of its body is read.
    /// Runs on the connection's event loop: no blocking, no I/O.
    func route(_ head: RequestHead) -> Route
    /// Words an HTTP error that Wire meets itself, after `route` has said `collect`; gRPC calls get `failure.grpcStatus`.
    /// Runs on the connection's event loop. Whoever has no format of its own leaves it to the extension: plain text.
    func describe(_ failure: BodyFailure, _ head: RequestHead) -> Response
}

/// What becomes of a request.
public enum Route: Sendable {
    /// Answered at once; what follows of the body is discarded.
    case answer(Response)
    /// Answered at once as a gRPC call that failed, trailers-only.
    case fail(GRPCStatus)
    /// The whole body is collected within `limits`, then `handle` runs on a worker thread, where it may block for a short time
    /// (inflate, decode, read the store). It answers through `reply`, from any thread, at once or later.
    case collect(BodyLimits, handle: @Sendable (Request, any Reply) -> Void)
}

/// How large a request's body may be, in bytes. Beyond it: 413, or RESOURCE_EXHAUSTED with the limit in its text.
public struct BodyLimits: Sendable, Equatable {
    /// As it stands on the wire, compressed or not.
    public var wireBytes: Int
    /// After inflation.
    public var inflatedBytes: Int

    public init(wireBytes: Int, inflatedBytes: Int) {
        self.wireBytes = wireBytes
        self.inflatedBytes = inflatedBytes
    }
}

/// The first line and the headers of a request, HTTP/1 and HTTP/2 alike.
public struct RequestHead: Sendable {
    public var method: String
    /// Percent-encoded as sent, without the query.
    public var path: String
    /// What follows `?`, still encoded; nil when there is no `?`.
    public var query: String?
    /// Names in lower case, in order of arrival. Pseudo-headers are not among them; `host` holds `:authority`.
    /// `content-length` and `grpc-timeout` are Wire's own business and left out.
    public var headers: [(name: String, value: String)]
    public var httpVersion: HTTPVersion
    public var isTLS: Bool
    /// Whether the content type is `application/grpc`, alone or followed by `+` or `;`, on HTTP/2.
    public var isGRPC: Bool
    /// The listener's name, for example `otlp-grpc`.
    public var listener: String
    /// The client's address without its port.
    public var peer: String

    public enum HTTPVersion: Sendable { case http1, http2 }

    public init(
        method: String, path: String, query: String? = nil, headers: [(name: String, value: String)] = [],
        httpVersion: HTTPVersion = .http1, isTLS: Bool = false, isGRPC: Bool = false, listener: String = "", peer: String = ""
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.httpVersion = httpVersion
        self.isTLS = isTLS
        self.isGRPC = isGRPC
        self.listener = listener
        self.peer = peer
    }

    /// The first value of the header `name` (lower case).
    public subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// A request with all of its body.
public struct Request: Sendable {
    public var head: RequestHead
    /// HTTP: the body as received. gRPC: the one message of a unary call, without its 5-byte prefix.
    public var body: Body
    /// How `body` is compressed: `content-encoding`, or for gRPC the message's flag and `grpc-encoding`.
    /// Anything but `identity`, `gzip` and `deflate` (zlib) was refused before the request got here.
    public var encoding: ContentEncoding
    public var limits: BodyLimits

    public init(head: RequestHead, body: Body, encoding: ContentEncoding = .identity, limits: BodyLimits) {
        self.head = head
        self.body = body
        self.encoding = encoding
        self.limits = limits
    }
}

public enum ContentEncoding: String, Sendable { case identity, gzip, deflate }

/// A whole HTTP answer.
public struct Response: Sendable {
    public var status: Int
    /// `content-length` and `date` are Wire's.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// Whether Wire may gzip `body` when the client accepts it and it is worth it (then `Vary: Accept-Encoding` is set).
    public var mayCompress: Bool

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [], mayCompress: Bool = false) {
        self.status = status
        self.headers = headers
        self.body = body
        self.mayCompress = mayCompress
    }

    /// A short text for a person.
    public static func text(_ status: Int, _ text: String, headers: [(name: String, value: String)] = []) -> Response {
        Response(status: status, headers: [("content-type", "text/plain; charset=utf-8")] + headers, body: Array(text.utf8))
    }
}

/// How a gRPC call ended. Codes: https://grpc.github.io/grpc/core/md_doc_statuscodes.html
public struct GRPCStatus: Error, Equatable, Sendable {
    public enum Code: Int, Sendable {
        case ok = 0, cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists, permissionDenied,
            resourceExhausted, failedPrecondition, aborted, outOfRange, unimplemented, `internal`, unavailable, dataLoss,
            unauthenticated
    }
    public var code: Code
    public var message: String
    /// Sent as RetryInfo, both in `grpc-status-details-bin` and in `google.rpc.retryinfo-bin`; nil sends neither.
    public var retryAfterSeconds: Double?

    public init(_ code: Code, _ message: String, retryAfterSeconds: Double? = nil) {
        self.code = code
        self.message = message
        self.retryAfterSeconds = retryAfterSeconds
    }
}
