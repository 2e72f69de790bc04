internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// The first bytes of a connection tell what it speaks. Looks at them, installs the handlers that understand them, hands the bytes
/// over and leaves. Behind TLS a second one does the same again, since clients without ALPN may speak either HTTP.
final class Sniffer: ChannelInboundHandler, RemovableChannelHandler, Connection, @unchecked Sendable {   // confined to its loop
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Verdict: Equatable { case tls, http1, http2, unknown, undecided }

    var slot = 0
    private var info: ConnectionInfo
    private let loopConnections: LoopConnections
    private var context: ChannelHandlerContext?
    private var held = ByteBuffer()
    private var isDone = false
    private let start = NIODeadline.now()

    /// What every HTTP/2 client says first. Source: RFC 9113, section 3.4.
    static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    /// So that a TLS client says "handshake failure" and not "connection reset": a fatal alert 40 (RFC 8446, section 6).
    private static let handshakeFailureAlert: [UInt8] = [0x15, 3, 1, 0, 2, 2, 40]

    init(_ info: ConnectionInfo, _ loopConnections: LoopConnections) {
        self.info = info
        self.loopConnections = loopConnections
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loopConnections.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        loopConnections.remove(self)
        self.context = nil
    }

    /// What `bytes`, the first of a connection, are the beginning of.
    static func judge(_ bytes: UnsafeRawBufferPointer) -> Verdict {
        guard let first = bytes.first else { return .undecided }
        if first == 0x16 { return .tls }
        let preface = UnsafeRawBufferPointer(start: Self.preface.utf8Start, count: Self.preface.utf8CodeUnitCount)
        let common = min(bytes.count, preface.count)
        if bytes[..<common].elementsEqual(preface[..<common]) { return common == preface.count ? .http2 : .undecided }
        // A method, or the empty line that RFC 9112 (section 2.2) lets precede it.
        let isMethod = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first)
        return isMethod || first == 13 || first == 10 ? .http1 : .unknown
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        var bytes = unwrapInboundIn(data)
        if held.readableBytes == 0 { held = bytes } else { held.writeBuffer(&bytes) }
        let verdict = held.withUnsafeReadableBytes { Self.judge($0) }
        guard verdict != .undecided else { return }
        isDone = true
        decide(context, verdict)
    }

    private func decide(_ context: ChannelHandlerContext, _ verdict: Verdict) {
        switch verdict {
        case .undecided: break
        case .tls:
            guard !info.isTLS, let tls = info.listener.tls else {
                let words = info.isTLS ? "a TLS hello within TLS" : "the client wants TLS, the listener has no certificate"
                return refuse(context, .tlsOnPlaintext, words, answer: Self.handshakeFailureAlert)
            }
            info.isTLS = true
            install(context, [NIOSSLServerHandler(context: tls), Sniffer(info, loopConnections)])
        case .http1, .http2:
            if let advice = plaintextAdvice(verdict) { return refuse(context, .plaintextOnTLS, advice.words, answer: advice.answer.map { Array($0.utf8) }) }
            if verdict == .http2 { return install(context, [HTTP2Connection(info, loopConnections)]) }
            install(context, HTTP1Connection.handlers(info, loopConnections))
        case .unknown:
            let bytes = held.readableBytesView.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            refuse(context, .unknownProtocol, "neither HTTP nor TLS: the first bytes are \(bytes.joined(separator: " "))", answer: nil)
        }
    }

    /// When the listener takes TLS only.
    private func plaintextAdvice(_ verdict: Verdict) -> (words: String, answer: String?)? {
        guard !info.isTLS, info.listener.tls != nil, !info.listener.allowsPlaintext else { return nil }
        let words = "the client speaks plaintext \(verdict == .http2 ? "HTTP/2" : "HTTP/1"), the listener takes TLS only"
        guard verdict == .http1 else { return (words, nil) }
        let body = "This port speaks TLS only: use https:// instead of http://.\n"
        return (words, "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
            + "content-length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    private func install(_ context: ChannelHandlerContext, _ handlers: [any ChannelHandler]) {
        do {
            // Behind this one, then the bytes, then out of the way: what is read meanwhile still passes through here in order.
            try context.pipeline.syncOperations.addHandlers(handlers, position: .after(self))
            context.fireChannelRead(wrapInboundOut(held))
            context.fireChannelReadComplete()
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    private func refuse(_ context: ChannelHandlerContext, _ kind: Problem.Kind, _ words: String, answer: [UInt8]?) {
        info.report(kind, words)
        guard let answer else { return context.close(promise: nil) }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer))).whenComplete { _ in channel.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if info.isTLS, !isDone, let words = HandshakeFailure.words(error) { info.report(.tlsHandshakeFailed, words) }
        context.close(promise: nil)
    }

    func tick(now: NIODeadline) {
        guard !isDone, now - start > info.settings.headerTimeout else { return }
        // A connection without a single byte is a port check, or a browser that was too eager.
        if held.readableBytes > 0 || info.isTLS { info.report(.timedOut, "the first bytes did not arrive in time") }
        abort()
    }

    func drain() { if !isDone { abort() } }
    func abort() { context?.close(promise: nil) }
}

/// What NIOSSL says about a handshake, for a person.
private enum HandshakeFailure {
    /// nil for a client that just left.
    static func words(_ error: any Error) -> String? {
        switch error {
        case NIOSSLError.uncleanShutdown, is ChannelError, is IOError: return nil
        default:
            // BoringSSL's reasons stand between its name for them and the place in its sources.
            let reasons = String(describing: error).split(separator: "OPENSSL_internal:", omittingEmptySubsequences: false).dropFirst()
                .map { $0.prefix { $0 != " " }.lowercased().split(separator: "_").joined(separator: " ") }
            return "the TLS handshake failed: \(reasons.isEmpty ? String(describing: error) : reasons.joined(separator: ", "))"
        }
    }
}
