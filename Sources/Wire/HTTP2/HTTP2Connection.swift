internal import NIOCore

/// A socket that speaks HTTP/2: feeds its session, runs its errands, and writes what it has to say. Confined to its event loop.
final class HTTP2Connection: ChannelInboundHandler, Connection, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var slot = 0
    private let info: ConnectionInfo
    private let loopConnections: LoopConnections
    private var session: HTTP2Session?
    private var context: ChannelHandlerContext?
    private var output = ByteBuffer()
    private var lastRead = NIODeadline.now()
    private var lastWritable = NIODeadline.now()
    private var drainSince: NIODeadline?
    private var isClosing = false

    /// One write carries up to this much; the answer to a batch of exports is far smaller.
    private static let writeBytes = 128 << 10

    init(_ info: ConnectionInfo, _ loopConnections: LoopConnections) {
        self.info = info
        self.loopConnections = loopConnections
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let loop = context.eventLoop
        let mailbox = Mailbox { [weak self] in
            guard let self else { return }
            loop.execute { self.drainMail() }
        }
        session = HTTP2Session(info, mailbox: mailbox, now: .now())
        loopConnections.add(self)
        flush()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        loopConnections.remove(self)
        session?.end()
        session = nil
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let session, !isClosing else { return }
        lastRead = .now()
        let isAlive = unwrapInboundIn(data).withUnsafeReadableBytes { session.receive($0, now: lastRead) }
        if !isAlive { close() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard let session else { return }
        let ready = session.takeReady()
        if !ready.isEmpty { info.server.workers.submit(ready) }
        flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        lastWritable = .now()
        if context.channel.isWritable { flush() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        session?.end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset, or TLS that ends without a farewell: the client is gone either way.
        context.close(promise: nil)
    }

    private func drainMail() {
        guard let session else { return }
        session.drainMail(now: .now())
        flush()
    }

    /// Writes what the session has, as far as the socket keeps up, and closes when there will be nothing more.
    private func flush() {
        guard let context, let session, !isClosing else { return }
        while context.channel.isWritable {
            output.clear()
            while output.readableBytes < Self.writeBytes, let bytes = session.nextOutput() { output.writeBytes(bytes) }
            guard output.readableBytes > 0 else { break }
            context.writeAndFlush(wrapOutboundOut(output), promise: nil)
        }
        if output.capacity > Self.writeBytes / 2 { output = ByteBuffer() }     // idle connections should not keep it
        if session.isFinished {
            session.complainAboutEnd()
            close()
        }
    }

    /// Closes after what has been written.
    private func close() {
        guard let context, let session, !isClosing else { return }
        output.clear()
        while output.readableBytes < Self.writeBytes, let bytes = session.nextOutput() { output.writeBytes(bytes) }   // GOAWAY
        isClosing = true
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(output)).whenComplete { _ in channel.close(promise: nil) }
    }

    func tick(now: NIODeadline) {
        guard let context, let session else { return }
        session.tick(now: now)
        if context.channel.isWritable {
            lastWritable = now
        } else if now - lastWritable > info.settings.progressTimeout {
            info.report(.timedOut, "the client does not read what it is sent")
            return abort()
        }
        if isClosing {
            if now - lastRead > info.settings.headerTimeout { abort() }
            return
        }
        if let drainSince {
            if now - drainSince > .seconds(2) { session.goAway() }         // it had time to hear the shutdown notice
        } else if session.streams.isEmpty, now - lastRead > info.settings.idleTimeout {
            session.goAway()
        }
        flush()
    }

    func drain() {
        guard drainSince == nil else { return }
        drainSince = .now()
        session?.beginShutdown()
        flush()
    }

    func abort() { context?.close(promise: nil) }
}
