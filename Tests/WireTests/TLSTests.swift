import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing
@testable import Wire

@Suite struct TLSTests {
    /// A server with TLS on a free port. The files are gone when it has read them.
    private func start(allowsPlaintext: Bool, _ problems: Problems) throws -> WireServer {
        let paths = ["certificate", "key"].map { "/tmp/loupe-wire-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))-\($0).pem" }
        for (path, text) in zip(paths, [certificate, key]) { try write(text, to: path) }
        defer { for path in paths { unlink(path) } }
        return try WireServer.start(
            [Listener(name: "tls", address: ListenAddress(host: "127.0.0.1", port: 0),
                      tls: .init(certificatePath: paths[0], keyPath: paths[1], allowsPlaintext: allowsPlaintext), service: TestService())],
            budget: ByteBudget(limitBytes: 1 << 20), problems: problems)
    }

    private func write(_ text: String, to path: String) throws {
        let file = open(path, O_CREAT | O_WRONLY | O_EXCL, 0o600)
        try #require(file >= 0)
        #expect(Glibc.write(file, text, text.utf8.count) == text.utf8.count)
        close(file)
    }

    /// What the server at `port` answers to `bytes`, through TLS or not, until it closes.
    private func ask(_ port: Int, _ bytes: String, alpn: [String]?) throws -> String {
        let collected = SharedText()
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.applicationProtocols = alpn ?? []
        let tls = try NIOSSLContext(configuration: configuration)
        let channel = try ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                if alpn != nil { try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil)) }
                try channel.pipeline.syncOperations.addHandler(Collector(collected))
            }
        }.connect(host: "127.0.0.1", port: port).wait()
        try channel.writeAndFlush(ByteBuffer(string: bytes)).wait()
        try channel.closeFuture.wait()
        return collected.text
    }

    @Test("HTTP/1 within TLS, with and without ALPN", arguments: [["http/1.1"], ["h2", "http/1.1"], []])
    func http1(_ alpn: [String]) throws {
        let server = try start(allowsPlaintext: false, Problems())
        defer { server.stop(graceSeconds: 0) }
        let answer = try ask(server.addresses[0].address.port, "GET /now HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", alpn: alpn)
        #expect(answer.hasPrefix("HTTP/1.1 200") && answer.hasSuffix("now"))
    }

    @Test("HTTP/2 within TLS begins with the server's SETTINGS")
    func http2() throws {
        let server = try start(allowsPlaintext: false, Problems())
        defer { server.stop(graceSeconds: 0) }
        // A GOAWAY after the SETTINGS, so that the server closes.
        let bytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0" + "\0\0\u{8}\u{7}\0\0\0\0\0\0\0\0\0\0\0\0\0"
        #expect(try Array(ask(server.addresses[0].address.port, bytes, alpn: ["h2"]).utf8).dropFirst(3).first == 4)
    }

    @Test("plaintext on a TLS port is told what to do, unless it is welcome") func plaintext() throws {
        let problems = Problems()
        let strict = try start(allowsPlaintext: false, problems)
        defer { strict.stop(graceSeconds: 0) }
        let request = "GET /now HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
        #expect(try ask(strict.addresses[0].address.port, request, alpn: nil).hasSuffix("use https:// instead of http://.\n"))
        #expect(problems.kinds == [.plaintextOnTLS])
        let open = try start(allowsPlaintext: true, Problems())
        defer { open.stop(graceSeconds: 0) }
        #expect(try ask(open.addresses[0].address.port, request, alpn: nil).hasSuffix("now"))
    }
}

/// Text that one thread adds to and another reads.
private final class SharedText: Sendable {
    private let storage = Mutex("")
    var text: String { storage.withLock { $0 } }
    func add(_ more: String) { storage.withLock { $0 += more } }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let text: SharedText
    init(_ text: SharedText) { self.text = text }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { text.add(String(buffer: unwrapInboundIn(data))) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

// Self-signed for the name localhost, made for these tests, valid for a hundred years.
private let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBlDCCATugAwIBAgIUZMG/h6HeegN5AH41+Od1Vm/q0v8wCgYIKoZIzj0EAwIw
    FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDE1MDk0NloYDzIxMjYxMDMx
    MTUwOTQ2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
    PQMBBwNCAASYCOZkePmsWBmjOcomM3Dp7sHKPQcNqKT8tOe6A+sofa65ASnX4mS7
    MIKeFg3CUxijXQHEbyTf4ZQ2lpDs//2Xo2kwZzAdBgNVHQ4EFgQUWTCKA9cvd1li
    ZzRQlbzh1Zkyz9MwHwYDVR0jBBgwFoAUWTCKA9cvd1liZzRQlbzh1Zkyz9MwDwYD
    VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
    RwAwRAIgFBRX7BktldiXrjkuqGEntpi84yj9nbFME7bVlz1k1YMCIBF7hBJiTbw3
    /9x+osN18AWSuYUkkmEnQJzMfqzTOeaa
    -----END CERTIFICATE-----

    """

private let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/MclVbiQZ3svPaMQ
    8kni7HLQn8vu5k1xK98hyVM/zb6hRANCAASYCOZkePmsWBmjOcomM3Dp7sHKPQcN
    qKT8tOe6A+sofa65ASnX4mS7MIKeFg3CUxijXQHEbyTf4ZQ2lpDs//2X
    -----END PRIVATE KEY-----

    """
