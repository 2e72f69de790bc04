internal import NIOCore
internal import NIOHTTP1

/// One request on an HTTP/1 connection and its answer. Confined to its connection's loop.
final class HTTP1Exchange {
    enum Answer { case none, streaming, done }

    let id: Int
    let version: HTTPVersion
    let head: RequestHead
    let facts: HeadFacts
    /// The declared length of the body; nil when it is chunked or there is none.
    let contentLength: Int?
    var keepsAlive: Bool

    /// The body while it is collected; nil before, after, and when it is not wanted.
    var body: BodyAssembler?
    var limits = BodyLimits(wireBytes: 0, inflatedBytes: 0)
    var handle: (@Sendable (Request, any Reply) -> Void)?
    var ticket: ByteBudget.Ticket?
    var waitingSince: NIODeadline?
    var admittedAt: NIODeadline?
    var lastProgress: NIODeadline
    var receivedBytes = 0

    var hasRequestEnded = false
    var answer = Answer.none
    var reply: ReplyState?

    /// HTTP/1.0: no chunks, and connections close unless asked not to.
    var isOld: Bool { version.major < 1 || (version.major == 1 && version.minor == 0) }
    var isHEAD: Bool { head.method == "HEAD" }

    init(id: Int, _ request: HTTPRequestHead, _ connection: ConnectionInfo, now: NIODeadline) {
        self.id = id
        version = request.version
        keepsAlive = request.isKeepAlive
        lastProgress = now
        let (path, query) = RequestHead.split(target: request.uri)
        var head = RequestHead(
            method: request.method.rawValue, path: path, query: query, isTLS: connection.isTLS, listener: connection.listener.name,
            peer: connection.peer)
        head.headers.reserveCapacity(request.headers.count)
        var contentLength: Int?
        for (name, value) in request.headers {
            let name = HeaderValue.lowercased(name)
            if name == "content-length" { contentLength = Int(value) } else { head.headers.append((name, value)) }
        }
        self.head = head
        self.contentLength = contentLength
        facts = HeadFacts(head)
    }
}

/// Sees the bytes before the decoder does, and so knows when a head has begun that is not complete yet.
final class HTTP1HeadWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Set by the first bytes after the connection has cleared it.
    var since: NIODeadline?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if since == nil { since = .now() }
        context.fireChannelRead(data)
    }
}
