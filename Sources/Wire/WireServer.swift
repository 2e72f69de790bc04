internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Listens on one or more addresses, and turns what arrives there into requests for their services.
public final class WireServer: @unchecked Sendable {   // `stopped` is atomic; the rest is set before `start` returns
    /// Where a listener really listens: the port that the system chose for 0, all interfaces as `::` or `0.0.0.0`.
    public struct Bound: Sendable, Equatable {
        public var listener: String
        public var address: ListenAddress
    }

    /// A listener's connections, now and since the start.
    public struct ConnectionCount: Sendable, Equatable {
        public var listener: String
        public var open: Int
        public var accepted: Int
    }

    public let addresses: [Bound]
    private let group: MultiThreadedEventLoopGroup
    private let loops: [LoopConnections]
    private let channels: [any Channel]
    private let listeners: [ListenerContext]
    private let server: ServerContext
    private let stopped = Atomic<Bool>(false)

    /// Binds every address and begins to serve. Blocks until that has succeeded or failed; not to be called on an event loop.
    ///
    /// - Parameter budget: bounds the memory of all request bodies together.
    /// - Throws: for the first listener that cannot be had; then none is left listening.
    public static func start(
        _ listeners: [Listener], budget: ByteBudget, settings: WireSettings = WireSettings(), problems: (any ProblemSink)? = nil
    ) throws(WireStartError) -> WireServer {
        let server = ServerContext(
            settings: settings, store: BodyStore(budget: budget, problems: problems),
            workers: WorkerPool(threadCount: settings.workerCount))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, settings.loopCount))
        let loops = group.makeIterator().map { LoopConnections(loop: $0) }
        var channels: [any Channel] = []
        do throws(WireStartError) {
            let contexts = try listeners.map { listener throws(WireStartError) in
                ListenerContext(listener, tls: try tlsContext(listener), server: server)
            }
            for (listener, context) in zip(listeners, contexts) {
                channels.append(try bind(listener, context, group, loops))
            }
            let started = WireServer(group, loops, channels, contexts, server)
            for connections in loops { connections.loop.execute { connections.startTicking() } }
            return started
        } catch {
            for channel in channels { try? channel.close().wait() }
            server.workers.stop(deadline: .distantFuture)
            try? group.syncShutdownGracefully()
            throw error
        }
    }

    private init(
        _ group: MultiThreadedEventLoopGroup, _ loops: [LoopConnections], _ channels: [any Channel], _ listeners: [ListenerContext],
        _ server: ServerContext
    ) {
        self.group = group
        self.loops = loops
        self.channels = channels
        self.listeners = listeners
        self.server = server
        addresses = zip(listeners, channels).map { listener, channel in
            let address = channel.localAddress
            return Bound(listener: listener.name, address: ListenAddress(host: address?.ipAddress, port: address?.port ?? 0))
        }
    }

    public var connections: [ConnectionCount] {
        listeners.map {
            ConnectionCount(
                listener: $0.name, open: $0.openCount.load(ordering: .relaxed), accepted: $0.acceptedCount.load(ordering: .relaxed))
        }
    }

    public var budget: ByteBudget { server.store.budget }

    /// Takes no new connections and requests, serves what is in flight, and closes everything after `graceSeconds` at the latest.
    /// Blocks until then; not to be called on an event loop or by a handler. Safe to call again.
    public func stop(graceSeconds: Double) {
        guard !stopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        for channel in channels { try? channel.close().wait() }
        for connections in loops { connections.loop.execute { connections.drain() } }
        let deadline = NIODeadline.now() + .nanoseconds(Int64(max(0, min(graceSeconds, 86_400)) * 1e9))
        while server.openCount.load(ordering: .relaxed) > 0, NIODeadline.now() < deadline { usleep(10_000) }
        for connections in loops { connections.loop.execute { connections.abort() } }
        // The handlers of those connections have been told to give up.
        server.workers.stop(deadline: max(deadline, .now() + .seconds(1)))
        try? group.syncShutdownGracefully()
    }

    deinit { stop(graceSeconds: 0) }
}

// MARK: Binding

extension WireServer {
    private static func bind(
        _ listener: Listener, _ context: ListenerContext, _ group: MultiThreadedEventLoopGroup, _ loops: [LoopConnections]
    ) throws(WireStartError) -> any Channel {
        let byLoop = Dictionary(uniqueKeysWithValues: loops.map { (ObjectIdentifier($0.loop), $0) })
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)      // notices peers that vanished
            .childChannelOption(.recvAllocator, value: ReadBuffers())
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.writeBufferWaterMark, value: ChannelOptions.Types.WriteBufferWaterMark(low: 64 << 10, high: 256 << 10))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try accept(channel, context, byLoop) }
            }
        do {
            guard let host = listener.address.host else {
                // One socket for IPv6 and IPv4, where the machine has IPv6 at all.
                do { return try bootstrap.bind(host: "::", port: listener.address.port).wait() } catch let error as IOError
                where error.errnoCode == EAFNOSUPPORT || error.errnoCode == EADDRNOTAVAIL {
                    return try bootstrap.bind(host: "0.0.0.0", port: listener.address.port).wait()
                }
            }
            return try bootstrap.bind(host: host, port: listener.address.port).wait()
        } catch {
            throw WireStartError(listener: listener.name, address: listener.address, cause: WireStartError.Cause(error))
        }
    }

    private struct TooManyConnections: Error {}

    /// Sets up a connection that has just come in, on its own loop.
    private static func accept(
        _ channel: any Channel, _ context: ListenerContext, _ byLoop: [ObjectIdentifier: LoopConnections]
    ) throws {
        let info = ConnectionInfo(listener: context, peer: peerText(channel.remoteAddress))
        guard context.server.openCount.load(ordering: .relaxed) < context.server.settings.maxConnections,
              let connections = byLoop[ObjectIdentifier(channel.eventLoop)]
        else {
            info.report(.tooManyConnections, "\(context.server.settings.maxConnections) connections are open already")
            throw TooManyConnections()
        }
        try channel.pipeline.syncOperations.addHandlers([ConnectionCounter(context), Sniffer(info, connections)])
    }

    /// Without the port; IPv4 clients of a socket for both look as they are used to.
    private static func peerText(_ address: SocketAddress?) -> String {
        let text = address?.ipAddress ?? ""
        return text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
    }

    private static func tlsContext(_ listener: Listener) throws(WireStartError) -> NIOSSLContext? {
        guard let tls = listener.tls else { return nil }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(tls.certificatePath).map { NIOSSLCertificateSource.certificate($0) }
            guard !chain.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
            let key = try NIOSSLPrivateKey(file: tls.keyPath, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
            configuration.applicationProtocols = ["h2", "http/1.1"]
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw WireStartError(
                listener: listener.name, address: listener.address,
                cause: .certificate("\(tls.certificatePath), \(tls.keyPath): \(error)"))
        }
    }
}
