internal import NIOSSL
internal import Synchronization

/// One address to listen on, and who answers there.
public struct Listener: Sendable {
    /// For logs, metrics and the status page, for example `otlp-grpc`.
    public var name: String
    public var address: ListenAddress
    /// nil speaks plaintext only.
    public var tls: TLS?
    public var service: any Service

    /// PEM files. A listener with TLS answers plaintext with the advice to use https, unless `allowsPlaintext`.
    public struct TLS: Sendable, Equatable {
        /// The certificate, followed by those that sign it.
        public var certificatePath: String
        public var keyPath: String
        /// Serve plaintext on the same port too.
        public var allowsPlaintext: Bool

        public init(certificatePath: String, keyPath: String, allowsPlaintext: Bool = false) {
            self.certificatePath = certificatePath
            self.keyPath = keyPath
            self.allowsPlaintext = allowsPlaintext
        }
    }

    public init(name: String, address: ListenAddress, tls: TLS? = nil, service: any Service) {
        self.name = name
        self.address = address
        self.tls = tls
        self.service = service
    }
}

/// What the connections of one listener share.
final class ListenerContext: Sendable {
    let name: String
    let service: any Service
    let tls: NIOSSLContext?
    let allowsPlaintext: Bool
    let server: ServerContext
    let openCount = Atomic<Int>(0)
    let acceptedCount = Atomic<Int>(0)

    init(_ listener: Listener, tls: NIOSSLContext?, server: ServerContext) {
        name = listener.name
        service = listener.service
        self.tls = tls
        allowsPlaintext = listener.tls?.allowsPlaintext ?? true
        self.server = server
    }
}

/// What all connections share.
final class ServerContext: Sendable {
    let settings: WireSettings
    let store: BodyStore
    let workers: WorkerPool
    let openCount = Atomic<Int>(0)

    init(settings: WireSettings, store: BodyStore, workers: WorkerPool) {
        self.settings = settings
        self.store = store
        self.workers = workers
    }
}

/// Who is at the other end of a connection, and where it came in.
struct ConnectionInfo: Sendable {
    let listener: ListenerContext
    let peer: String
    var isTLS = false

    var server: ServerContext { listener.server }
    var settings: WireSettings { listener.server.settings }
    var store: BodyStore { listener.server.store }

    func report(_ kind: Problem.Kind, userAgent: String? = nil, _ detail: @autoclosure () -> String) {
        store.problems?.report(Problem(
            kind: kind, peer: peer, listener: listener.name, userAgent: userAgent, detail: detail()))
    }
}
