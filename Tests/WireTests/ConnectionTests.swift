import Glibc
import NIOCore
import Testing
@testable import Wire

@Suite struct SnifferTests {
    @Test("first bytes", arguments: [
        ("", .undecided), ("P", .undecided), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", .undecided), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0", .http2),
        ("PRI * HTTP/1", .http1), ("POST / HTTP/1.1", .http1), ("PO", .http1), ("\r\nGET", .http1), ("\u{16}\u{3}\u{1}", .tls), ("\0\0", .unknown), ("{", .unknown),
    ] as [(String, Sniffer.Verdict)])
    func judges(_ text: String, _ verdict: Sniffer.Verdict) {
        #expect(Array(text.utf8).withUnsafeBytes { Sniffer.judge($0) } == verdict)
    }
}

@Suite struct ConnectionTests {
    @Test("what is not understood is reported and closed", arguments: [
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}", Problem.Kind.tlsOnPlaintext), ("\0\0\0\u{10}", .unknownProtocol), ("GET / HTTP/1.1\r\n: x\r\n\r\n", .badHTTP),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET / HTTP/1.1\r\n\r\n", .badHTTP),
    ])
    func reports(_ bytes: String, _ kind: Problem.Kind) throws {
        let server = try TestServer()
        let client = RawClient(server)
        client.send(bytes)
        _ = client.receiveAll()
        #expect(server.problems.kinds == [kind])
    }

    @Test("a split preface is understood") func splitPreface() throws {
        let client = RawClient(try TestServer())
        for byte in "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8 {
            client.send([byte])
            usleep(1000)
        }
        client.send([0, 0, 0, 4, 0, 0, 0, 0, 0])
        #expect(client.receive()?.dropFirst(3).first == 4)                 // its SETTINGS
    }

    @Test("silence is closed") func silence() throws {
        let server = try TestServer { $0.headerTimeout = .milliseconds(200) }
        #expect(RawClient(server).receive() == [])
    }

    @Test("idle connections are closed, HTTP/1 and HTTP/2") func idle() throws {
        let server = try TestServer { $0.idleTimeout = .milliseconds(300) }
        let client = RawClient(server)
        client.send("GET /now HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(client.receiveAll().hasSuffix("now"))
        let other = HTTP2Client(server)
        _ = other.answer(to: other.call("/t.T/Echo", [framed([])]))
        other.run { $0.isConnectionClosed }
        #expect(other.isConnectionClosed && other.goAwayCode == 0)
    }

    @Test("no more connections than allowed") func tooMany() throws {
        let server = try TestServer { $0.maxConnections = 1 }
        let first = RawClient(server)
        first.send("GET /now HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(first.receive(until: "now").hasSuffix("now"))
        #expect(RawClient(server).receive() == [])
        #expect(server.problems.kinds == [.tooManyConnections])
    }

    @Test("start says what is wrong, and leaves nothing behind") func startErrors() throws {
        let server = try TestServer()
        let taken = ListenAddress(host: "127.0.0.1", port: server.port)
        #expect(throws: WireStartError(listener: "b", address: taken, cause: .addressInUse)) {
            try WireServer.start(
                [Listener(name: "a", address: ListenAddress(host: "127.0.0.1", port: 0), service: TestService()),
                 Listener(name: "b", address: taken, service: TestService())], budget: ByteBudget(limitBytes: 1000))
        }
        let elsewhere = ListenAddress(host: "192.0.2.1", port: 0)
        #expect {
            try WireServer.start([Listener(name: "c", address: elsewhere, service: TestService())], budget: ByteBudget(limitBytes: 1000))
        } throws: {
            if case .notAnAddressHere = ($0 as? WireStartError)?.cause { true } else { false }
        }
        let tls = Listener(name: "d", address: ListenAddress(host: "127.0.0.1", port: 0), tls: .init(certificatePath: "/nowhere", keyPath: "/nowhere"),
                           service: TestService())
        #expect {
            try WireServer.start([tls], budget: ByteBudget(limitBytes: 1000))
        } throws: {
            if case .certificate = ($0 as? WireStartError)?.cause { true } else { false }
        }
    }

    @Test("all interfaces, IPv4 and IPv6 alike") func allInterfaces() throws {
        let server = try WireServer.start([Listener(name: "a", address: ListenAddress(port: 0), service: TestService())], budget: ByteBudget(limitBytes: 1000))
        #expect(server.addresses[0].address.port > 0)
        server.stop(graceSeconds: 0)
    }
}
