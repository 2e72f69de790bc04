internal import NIOCore
internal import NIOHTTP1

/// A socket that speaks HTTP/1.1: one request after the other, answers in order. Requests sent ahead wait as decoded parts, and no
/// more is read while they do. Confined to its event loop.
final class HTTP1Connection: ChannelDuplexHandler, Connection, @unchecked Sendable {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPServerResponsePart

    var slot = 0
    let info: ConnectionInfo
    private let loopConnections: LoopConnections
    private let watch: HTTP1HeadWatch
    private(set) var context: ChannelHandlerContext?
    private(set) var mailbox: Mailbox?
    private var spareMails: [Mailbox.Mail] = []
    /// The one that is being served.
    private(set) var exchange: HTTP1Exchange?
    private var nextID = 1
    /// Parts that belong to later requests, or have just come in.
    private var backlog = CircularBuffer<HTTPServerRequestPart>()
    private var isPumping = false
    private var hasHeldRead = false
    private(set) var isDraining = false
    private var isClosing = false
    private var lastActive = NIODeadline.now()
    private var lastWritable = NIODeadline.now()
    /// Since when an answered request is only read to its end.
    private var lingerSince: NIODeadline?

    /// More parts than any pipelining client sends ahead.
    private static let maxBacklog = 1024

    /// A connection's handlers, in order.
    static func handlers(_ info: ConnectionInfo, _ loopConnections: LoopConnections) -> [any ChannelHandler] {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = info.settings.maxHeaderBytes
        limits.maxHeaderListSize = info.settings.maxHeaderBytes
        let watch = HTTP1HeadWatch()
        return [
            watch,
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)),
            HTTPResponseEncoder(),
            HTTP1Connection(info, loopConnections, watch),
        ]
    }

    private init(_ info: ConnectionInfo, _ loopConnections: LoopConnections, _ watch: HTTP1HeadWatch) {
        self.info = info
        self.loopConnections = loopConnections
        self.watch = watch
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let loop = context.eventLoop
        mailbox = Mailbox { [weak self] in
            guard let self else { return }
            loop.execute { self.drainMail() }
        }
        loopConnections.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        loopConnections.remove(self)
        release()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        release()
        context.fireChannelInactive()
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        lastActive = .now()
        backlog.append(unwrapInboundIn(data))
        pump()
        if backlog.count > Self.maxBacklog {
            info.report(.abuse, userAgent: exchange?.head["user-agent"], "more than \(Self.maxBacklog) parts of pipelined requests")
            abort()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    /// Holds back the socket while a body waits for the byte budget or a pipelined request for its turn.
    func read(context: ChannelHandlerContext) {
        if isHoldingReads { hasHeldRead = true } else { context.read() }
    }

    private var isHoldingReads: Bool { !backlog.isEmpty || exchange?.waitingSince != nil }

    func continueReading() {
        guard hasHeldRead, !isHoldingReads, let context else { return }
        hasHeldRead = false
        context.read()
    }

    /// Takes parts as far as the request they belong to can have them.
    private func pump() {
        guard !isPumping else { return }
        isPumping = true
        while !isClosing, !(exchange?.hasRequestEnded ?? false), let part = backlog.popFirst() {
            switch part {
            case .head(let head): begin(head)
            case .body(let bytes): if let exchange { receive(exchange, bytes) }
            case .end: if let exchange { endRequest(exchange) }
            }
            settle()
        }
        isPumping = false
    }

    private func begin(_ head: HTTPRequestHead) {
        let exchange = HTTP1Exchange(id: nextID, head, info, now: .now())
        nextID += 1
        self.exchange = exchange
        route(exchange, hostCount: head.headers[canonicalForm: "host"].count)
    }

    // MARK: Ending

    /// Goes on to the next request once this one has been read and answered.
    func settle() {
        guard let exchange, exchange.answer == .done else { return }
        exchange.reply?.settle()
        exchange.reply = nil
        guard exchange.hasRequestEnded else {
            if lingerSince == nil { lingerSince = .now() }
            return
        }
        lingerSince = nil
        watch.since = nil
        self.exchange = nil
        if !exchange.keepsAlive || isDraining { return close() }
        pump()
        continueReading()
    }

    private func drainMail() {
        guard let mailbox else { return }
        var mails = mailbox.take(leaving: spareMails)
        spareMails = []
        for mail in mails {
            if case .admitted(let bytes) = mail.event {
                admit(mail.id, bytes)
            } else if let exchange, exchange.id == mail.id {
                answer(exchange, mail.event)
                settle()
            }
        }
        mails.removeAll(keepingCapacity: true)
        spareMails = mails
        context?.flush()
    }

    private func release() {
        if let exchange {
            stopReading(exchange)
            exchange.reply?.cancel()
        }
        exchange = nil
        backlog.removeAll()
        for mail in mailbox?.close() ?? [] {
            if case .admitted(let bytes) = mail.event { info.store.budget.give(bytes) }
        }
        mailbox = nil
    }

    /// Closes after what has been written.
    private func close() {
        guard let context, !isClosing else { return }
        isClosing = true
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer())))).whenComplete { _ in channel.close(promise: nil) }
    }

    func abort() { context?.close(promise: nil) }

    func drain() {
        isDraining = true
        if exchange == nil, watch.since == nil { close() }
    }

    // MARK: Trouble

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An end in the middle is a client that left, which is no mistake of its HTTP.
        guard let error = error as? HTTPParserError, error != .invalidEOFState, !isClosing else { return context.close(promise: nil) }
        let isOverflow = error == .headerOverflow
        info.report(.badHTTP, userAgent: exchange?.head["user-agent"], "HTTP/1: \(error)")
        if let exchange, exchange.answer != .none { return context.close(promise: nil) }
        refuseUnread(status: isOverflow ? 431 : 400, isOverflow
            ? "the request headers are larger than the limit of \(info.settings.maxHeaderBytes) bytes" : "malformed request: \(error)")
    }

    /// Answers what never became a request, and closes.
    private func refuseUnread(status: Int, _ words: String) {
        let body = ByteBuffer(string: words + "\n")
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: [
            "content-type": "text/plain; charset=utf-8", "content-length": String(body.readableBytes), "connection": "close",
        ])
        context?.write(wrapOutboundOut(.head(head)), promise: nil)
        context?.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context?.write(wrapOutboundOut(.end(nil)), promise: nil)
        close()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { lastWritable = .now() }

    func tick(now: NIODeadline) {
        guard let context else { return }
        if context.channel.isWritable {
            lastWritable = now
        } else if now - lastWritable > info.settings.progressTimeout {
            info.report(.timedOut, userAgent: exchange?.head["user-agent"], "the client does not read its answer")
            return abort()
        }
        if isClosing {
            if now - lastActive > info.settings.headerTimeout { abort() }
        } else if let lingerSince {
            if now - lingerSince > info.settings.lingerTimeout { abort() }
        } else if let exchange {
            checkBody(exchange, now)
            settle()
            context.flush()
        } else if let since = watch.since {
            if now - since > info.settings.headerTimeout {
                info.report(.timedOut, "the request's headers did not arrive in time")
                refuseUnread(status: 408, "the request's headers did not arrive in time")
            }
        } else if now - lastActive > info.settings.idleTimeout {
            close()
        }
    }
}
