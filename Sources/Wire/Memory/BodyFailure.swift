/// Why a request's body could not be had. The transport meets some of these itself and asks the service to describe them
/// (`Service.describe`); the others are thrown by `Request.inflated`.
public enum BodyFailure: Error, Equatable, Sendable {
    /// Larger on the wire than the limit. `bytes` is its declared length, or what had arrived when it passed the limit.
    case tooLarge(bytes: Int, limitBytes: Int)
    /// Inflates to more than the limit.
    case inflatedTooLarge(limitBytes: Int)
    /// `content-encoding` names something else than gzip, deflate and identity.
    case unknownEncoding(String)
    /// Not a stream of the declared encoding, or one that was cut short; zlib's words.
    case corrupt(String)
    /// The byte budget had no room for it in time. The client should come back later.
    case overloaded(retryAfterSeconds: Int)
    /// The client stopped sending before the end.
    case timedOut
    /// The headers are larger than the limit.
    case headersTooLarge(limitBytes: Int)
    /// The request breaks HTTP itself.
    case malformed(String)
}

extension BodyFailure {
    /// A sentence for the person who runs the client.
    public var message: String {
        switch self {
        case .tooLarge(let bytes, let limitBytes):
            "the request body of \(bytes) bytes is larger than the limit of \(limitBytes) bytes; send smaller batches"
        case .inflatedTooLarge(let limitBytes):
            "the request body inflates to more than the limit of \(limitBytes) bytes; send smaller batches"
        case .unknownEncoding(let name):
            "unsupported Content-Encoding: \(name); use gzip, deflate or none"
        case .corrupt(let words): "the compressed request body cannot be inflated: \(words)"
        case .overloaded: "the server has no memory left for this request; try again later"
        case .timedOut: "the request body did not arrive in time"
        case .headersTooLarge(let limitBytes): "the request headers are larger than the limit of \(limitBytes) bytes"
        case .malformed(let words): "malformed request: \(words)"
        }
    }

    public var httpStatus: Int {
        switch self {
        case .tooLarge, .inflatedTooLarge: 413
        case .unknownEncoding, .corrupt, .malformed: 400
        case .overloaded: 503
        case .timedOut: 408
        case .headersTooLarge: 431
        }
    }

    /// What belongs beside the status in an HTTP answer, whatever its body: `retry-after`, `accept-encoding`.
    public var httpHeaders: [(name: String, value: String)] {
        switch self {
        case .overloaded(let seconds): [("retry-after", String(seconds))]
        case .unknownEncoding: [("accept-encoding", "gzip, deflate")]
        default: []
        }
    }

    /// The same as the end of a gRPC call, in the words that grpc-go uses where it has some.
    public var grpcStatus: GRPCStatus {
        switch self {
        case .tooLarge(let bytes, let limitBytes):
            GRPCStatus(.resourceExhausted, "grpc: received message larger than max (\(bytes) vs. \(limitBytes))")
        case .inflatedTooLarge(let limitBytes):
            GRPCStatus(.resourceExhausted, "grpc: received message after decompression larger than max \(limitBytes)")
        case .unknownEncoding(let name):
            GRPCStatus(.unimplemented, "grpc: Decompressor is not installed for grpc-encoding \"\(name)\"")
        case .corrupt(let words): GRPCStatus(.internal, "grpc: failed to decompress the received message: \(words)")
        case .overloaded(let seconds): GRPCStatus(.unavailable, message, retryAfterSeconds: Double(seconds))
        case .timedOut: GRPCStatus(.cancelled, message)
        case .headersTooLarge: GRPCStatus(.resourceExhausted, message)
        case .malformed: GRPCStatus(.internal, message)
        }
    }
}

extension Service {
    /// Plain text.
    public func describe(_ failure: BodyFailure, _ head: RequestHead) -> Response {
        .text(failure.httpStatus, failure.message + "\n", headers: failure.httpHeaders)
    }
}
