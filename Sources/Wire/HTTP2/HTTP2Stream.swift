internal import CNGHTTP2
internal import NIOCore

/// One request on an HTTP/2 connection, from its first header to the last byte of its answer. Confined to its loop.
///
/// nghttp2 holds one reference through the stream's user data, released in `on_stream_close` or by the session's own end.
final class HTTP2Stream {
    let id: Int32
    /// nil until all headers are there.
    var head: RequestHead?
    var facts: HeadFacts?
    /// What the byte budget has been asked for on account of a large head.
    var paidHeadBytes = 0
    /// The body while it is collected; nil before, after, and when it is not wanted.
    var body: BodyAssembler?
    var limits = BodyLimits(wireBytes: 0, inflatedBytes: 0)
    var handle: (@Sendable (Request, any Reply) -> Void)?
    /// The client has sent END_STREAM.
    var hasRequestEnded = false
    /// Where the stream stands in its session's list.
    var slot = 0

    var message = GRPCMessageReader()
    var isMessageCompressed = false

    /// Set while the body stands in line for the byte budget.
    var ticket: ByteBudget.Ticket?
    var waitingSince: NIODeadline?
    var lastProgress: NIODeadline
    var admittedAt: NIODeadline?
    /// What the client has been told that it may send, once that is more than every stream's window.
    var widenedTo = 0
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
}
