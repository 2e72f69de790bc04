internal import CNGHTTP2
internal import NIOCore

/// One request on an HTTP/2 connection, from its first header to the last byte of its answer. Confined to its loop.
///
/// nghttp2 holds one reference through the stream's user data, released in `on_stream_close` or by the session's own end.
final class HTTP2Stream {
    enum Request {
        case readingHead
        case readingBody(BodyAssembler, BodyLimits, handle: @Sendable (Wire.Request, any Reply) -> Void)
        /// Given to a worker, or not wanted.
        case done
    }

    let id: Int32
    var request: Request = .readingHead
    /// The client has sent END_STREAM.
    var hasRequestEnded = false
    var head: RequestHead?
    var facts: HeadFacts?
    /// Where the stream stands in its session's list.
    var slot = 0

    var message = GRPCMessageReader()
    var isMessageCompressed = false

    /// Set while the body stands in line for the byte budget.
    var ticket: ByteBudget.Ticket?
    var waitingSince: NIODeadline?
    var lastProgress: NIODeadline
    var admittedAt: NIODeadline?
    /// When the client will not be interested any more (`grpc-timeout`).
    var deadline: NIODeadline?

    var reply: ReplyState?
    var hasStarted = false
    /// The last of the answer has been given to nghttp2.
    var hasAnswered = false
    var outgoing = OutgoingBody()
    /// nghttp2 has been told to come back for more.
    var isDeferred = false
    /// What ends the answer when it is gRPC.
    var trailers: [(name: String, value: [UInt8])]?

    init(id: Int32, now: NIODeadline) {
        self.id = id
        lastProgress = now
    }

    var isGRPC: Bool { head?.isGRPC ?? false }
    var isReadingBody: Bool { if case .readingBody = request { true } else { false } }
}
