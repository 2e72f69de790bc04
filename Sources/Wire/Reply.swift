/// The way back to the client of one request. Every method may be called from any thread; after the client has gone
/// they do nothing. Exactly one of `send`, `sendMessage`, `fail`, `finish` ends the reply.
public protocol Reply: AnyObject, Sendable {
    /// A whole HTTP answer.
    func send(_ response: Response)
    /// The one message of a unary gRPC answer (encoded protobuf), then status 0.
    func sendMessage(_ message: [UInt8])
    /// A gRPC error: trailers-only when nothing was sent before.
    func fail(_ status: GRPCStatus)

    /// Begins an HTTP answer of unknown length (HTTP/1: chunked). gRPC needs no `start`.
    func start(status: Int, headers: [(name: String, value: String)])
    /// More of a started HTTP answer, or one more message of a streaming gRPC answer (Wire adds its prefix).
    /// Returns false when the client reads too slowly: then wait for `onWritable` before the next write.
    @discardableResult func write(_ bytes: [UInt8]) -> Bool
    /// Ends a started HTTP answer, or a streaming gRPC answer with status 0.
    func finish()
    /// Runs `action` once, when the client has caught up (at once when it is not behind).
    func onWritable(_ action: @escaping @Sendable () -> Void)

    /// True once the client has gone, reset its stream, or its deadline has passed.
    var isCancelled: Bool { get }
    /// Runs `action` once when that happens (at once when it already has).
    func onCancel(_ action: @escaping @Sendable () -> Void)
}
