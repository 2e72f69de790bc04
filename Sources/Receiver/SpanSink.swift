public import Trace
public import Wire

/// Where received spans go: the admission and the journal behind it.
public protocol SpanSink: Sendable {
    /// Takes a submission over and calls `completion` once, from any thread, at once or when its spans are on disk: the sender is
    /// answered then. Runs on a worker thread; it may wait for a moment, since a slow answer is a sender's only hint to slow down.
    func accept(_ submission: Submission, completion: @escaping @Sendable (SinkResult) -> Void)
}

/// One sender's request: its spans, and its body as received for whoever keeps or forwards that.
public struct Submission: Sendable {
    /// At least one span.
    public var batch: SpanBatch
    /// As it came in, compressed or not. Spans that were rejected are still in it.
    public var body: Body
    public var encoding: ContentEncoding
    public var format: PayloadFormat
    /// When the request was complete, in nanoseconds since 1970.
    public var receivedNanos: UInt64
    public var transport: Transport
    /// The name of the listener it came in by.
    public var listener: String
    /// The sender's address without its port.
    public var peer: String

    public enum Transport: String, Sendable { case grpc, http }

    public init(
        batch: SpanBatch, body: Body, encoding: ContentEncoding, format: PayloadFormat, receivedNanos: UInt64,
        transport: Transport, listener: String, peer: String
    ) {
        self.batch = batch
        self.body = body
        self.encoding = encoding
        self.format = format
        self.receivedNanos = receivedNanos
        self.transport = transport
        self.listener = listener
        self.peer = peer
    }
}

/// What became of a submission.
public enum SinkResult: Sendable, Equatable {
    /// Durable.
    case stored
    /// Not taken now: 503 or UNAVAILABLE, and the sender tries again after so long.
    case refused(reason: String, retryAfterSeconds: Double)
    /// Never to be taken: 500 or INTERNAL, and the sender drops it.
    case failed(reason: String)
}

/// How a request, and therefore its answer, is written.
public enum PayloadFormat: String, Sendable {
    case protobuf = "application/x-protobuf"
    case json = "application/json"

    /// Reads a content type; parameters are ignored. Nil for any other.
    public init?(contentType: String?) {
        guard let contentType else { return nil }
        let type = contentType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        self.init(rawValue: type)
    }
}
