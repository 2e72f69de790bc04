import CNGHTTP2
import Glibc
import NIOCore
import Testing
import Zlib
@testable import Wire

private let hello = Array("hello".utf8)

@Suite struct GRPCServerTests {
    /// One row: what is sent, and how the call must end.
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var path = "/t.T/Echo"
        var pieces: [[UInt8]] = [framed(hello)]
        var headers: [(String, String)] = []
        var method = "POST"
        var status: Int
        var http = "200"
        var message: String?
        var messages: [[UInt8]] = []
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "echo", status: 0, messages: [hello]),
        Row(name: "empty message", pieces: [framed([])], status: 0, messages: [[]]),
        Row(name: "cut everywhere", pieces: framed(hello).map { [$0] }, status: 0, messages: [hello]),
        Row(name: "empty DATA between", pieces: [[0, 0], [], [0, 0, 5], [], hello], status: 0, messages: [hello]),
        Row(name: "gzip", pieces: [framed(Deflater(.gzip).deflated(hello), flag: 1)], headers: [("grpc-encoding", "gzip")], status: 0, messages: [hello]),
        Row(name: "gzip declared, not used", headers: [("grpc-encoding", "gzip")], status: 0, messages: [hello]),
        Row(name: "deflate", pieces: [framed(Deflater(.zlib).deflated(hello), flag: 1)], headers: [("grpc-encoding", "deflate")], status: 0, messages: [hello]),
        Row(name: "streaming", path: "/t.T/Stream", status: 0, messages: ["part 0;", "part 1;", "part 2;"].map { Array($0.utf8) }),
        Row(name: "error after a message", path: "/t.T/Break", status: 10, message: "half way", messages: [[1]]),
        Row(name: "no message", pieces: [], status: 13, message: "cardinality violation: received no request message from a unary call"),
        Row(name: "two messages", pieces: [framed(hello) + framed(hello)], status: 13,
            message: "cardinality violation: received more than one message for a unary call"),
        Row(name: "cut short", pieces: [[0, 0, 0, 0, 9, 1]], status: 13, message: "the stream ended within a message: unexpected EOF"),
        Row(name: "unknown flag", pieces: [[7, 0, 0, 0, 0]], status: 13, message: "grpc: received unexpected payload format 7"),
        Row(name: "flag without encoding", pieces: [framed(hello, flag: 1)], status: 13,
            message: "grpc: compressed flag set with identity or empty encoding"),
        Row(name: "unknown encoding", headers: [("grpc-encoding", "zstd")], status: 12,
            message: "grpc: Decompressor is not installed for grpc-encoding \"zstd\""),
        Row(name: "corrupt", pieces: [framed(hello, flag: 1)], headers: [("grpc-encoding", "gzip")], status: 13),
        Row(name: "too large", pieces: [[0, 0, 0x20, 0, 0]], status: 8, message: "grpc: received message larger than max (2097152 vs. 1048576)"),
        Row(name: "too large inflated", pieces: [framed(Deflater(.gzip).deflated([UInt8](repeating: 0, count: 3 << 20)), flag: 1)],
            headers: [("grpc-encoding", "gzip")], status: 8, message: "grpc: received message after decompression larger than max 2097152"),
        Row(name: "unknown method", path: "/t.T/Nope", status: 12, message: "unknown method"),
        Row(name: "malformed method", path: "/Nope", status: 12, message: "malformed method name: \"/Nope\""),
        Row(name: "busy", path: "/t.T/Busy", status: 14, message: "later"),
        Row(name: "forgotten", path: "/t.T/Forget", status: 13),
        Row(name: "not POST", method: "PUT", status: 13, http: "405"),
        Row(name: "bad timeout", headers: [("grpc-timeout", "1y")], status: 13, http: "400", message: "malformed grpc-timeout"),
        Row(name: "no time left", headers: [("grpc-timeout", "0S")], status: 4),
        Row(name: "too slow", path: "/t.T/Slow", headers: [("grpc-timeout", "50m")], status: 4),
        Row(name: "in time", path: "/t.T/Slow", headers: [("grpc-timeout", "5S")], status: 0, messages: [[1]]),
        Row(name: "bad metadata", headers: [("x-bin", "*")], status: 13, http: "400", message: "malformed binary metadata in header \"x-bin\""),
    ]

    @Test("calls end as they must", arguments: rows, [0, 200])
    func ends(_ row: Row, _ paddingBytes: Int) throws {
        let server = try TestServer()
        let client = HTTP2Client(server, paddingBytes: paddingBytes)
        let answer = client.answer(to: client.call(row.path, row.pieces, row.headers, method: row.method))
        #expect(answer.headers[":status"] == row.http)
        #expect(answer.headers["content-type"] == "application/grpc")
        #expect(answer.headers["grpc-status"] == String(row.status))
        #expect(answer.headers["grpc-accept-encoding"] == "identity,gzip")
        if let message = row.message { #expect(answer.headers["grpc-message"].map { Percent.decode($0) } == message) }
        #expect(answer.messages == row.messages)
        #expect(answer.hadTrailers == !row.messages.isEmpty)
        if row.name == "busy" { #expect(answer.headers["google.rpc.retryinfo-bin"] != nil && answer.headers["grpc-status-details-bin"] != nil) }
        server.expectNoBytesHeld()
    }

    @Test("bodies around and beyond the stream window", arguments: [65_530, 262_139, 262_144, 262_145, 700_001, 1 << 20])
    func sizes(_ count: Int) throws {
        let server = try TestServer()
        let client = HTTP2Client(server)
        let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 13 >> 3) }
        #expect(client.answer(to: client.call("/t.T/Echo", [framed(message)])).messages == [message])
        server.expectNoBytesHeld()
    }

    @Test("a streaming answer of any length arrives whole") func flood() throws {
        let client = HTTP2Client(try TestServer())
        let answer = client.answer(to: client.call("/t.T/Flood", [framed([])]))
        #expect(answer.messages.count == 400)
        #expect(answer.headers["grpc-status"] == "0")
    }

    @Test("many calls at once on one connection") func parallel() throws {
        let server = try TestServer()
        let client = HTTP2Client(server)
        let ids = (0..<100).map { client.call("/t.T/Echo", [framed(Array("call \($0)".utf8))]) }
        for (index, id) in ids.enumerated() { #expect(client.answer(to: id).messages == [Array("call \(index)".utf8)]) }
    }
}

@Suite struct HTTP2ServerTests {
    private func request(_ method: String, _ path: String, _ more: [(String, String)] = []) -> [(String, String)] {
        [(":method", method), (":scheme", "http"), (":authority", "t"), (":path", path)] + more
    }

    @Test("plain HTTP over HTTP/2") func http() throws {
        let server = try TestServer { $0.lingerTimeout = .milliseconds(100) }
        let client = HTTP2Client(server)
        let get = client.answer(to: client.request(request("GET", "/now"), pieces: nil))
        #expect(get.headers[":status"] == "200" && get.text == "now" && get.headers["content-length"] == "3")
        #expect(client.answer(to: client.request(request("HEAD", "/now"), pieces: nil)).body.isEmpty)
        let echo = client.request(request("POST", "/echo"), pieces: [[UInt8](repeating: 7, count: 900_000)])
        #expect(client.answer(to: echo).body == [UInt8](repeating: 7, count: 900_000))
        #expect(client.answer(to: client.request(request("GET", "/stream"), pieces: nil)).text == "part 0;part 1;part 2;")
        let large = client.request(request("POST", "/echo"), pieces: [[UInt8](repeating: 7, count: 1_200_000)])
        #expect(client.answer(to: large).headers[":status"] == "413")
        let head = client.answer(to: client.request(request("GET", "/head?q", [("host", "other"), ("X-A".lowercased(), "b")]), pieces: nil))
        #expect(head.text == "GET /head q 127.0.0.1 test host=t|x-a=b")
    }

    @Test("headers beyond the limit") func headers() throws {
        let server = try TestServer { $0.maxHeaderBytes = 2000 }
        let client = HTTP2Client(server)
        let large = client.request(request("GET", "/now", [("x", String(repeating: "y", count: 3000))]), pieces: nil)
        #expect(client.answer(to: large).headers[":status"] == "431")
        #expect(client.answer(to: client.request(request("GET", "/now"), pieces: nil)).text == "now")
        let huge = client.request(request("GET", "/now", [("x", String(repeating: "y", count: 12_000))]), pieces: nil)
        #expect(client.answer(to: huge).resetCode != nil)
    }

    @Test("a body waits for the budget, is refused when that takes too long, and admitted when it does not") func budget() throws {
        let server = try TestServer(budget: 1 << 20) { $0.budgetPatience = .milliseconds(400) }
        let client = HTTP2Client(server)
        #expect(server.budget.reserve(1 << 20))
        let message = framed([UInt8](repeating: 1, count: 600_000))
        let refused = client.answer(to: client.call("/t.T/Echo", [message]))
        #expect(refused.headers["grpc-status"] == "14")
        #expect(refused.headers["google.rpc.retryinfo-bin"] != nil)
        #expect(server.problems.kinds == [.overloaded])
        let admitted = client.call("/t.T/Echo", [message])
        usleep(100_000)
        server.budget.give(1 << 20)
        #expect(client.answer(to: admitted).headers["grpc-status"] == "0")
        server.expectNoBytesHeld()
    }

    @Test("a client that goes away gives everything back, wherever it was", arguments: [[1], framed([1, 2]) + [9], [0, 0, 8, 0, 0] + [UInt8](repeating: 0, count: 300_000)])
    func leaves(_ part: [UInt8]) throws {
        let server = try TestServer(budget: 1 << 20)
        var client: HTTP2Client? = HTTP2Client(server)
        for _ in 0..<5 { _ = client?.call("/t.T/Echo", [part], ends: false) }
        usleep(50_000)
        client = nil
        server.expectNoBytesHeld()
        #expect(server.budget.waitingCount == 0)
    }

    @Test("slow bodies lose their stream") func slow() throws {
        let server = try TestServer { $0.progressTimeout = .milliseconds(300) }
        let client = HTTP2Client(server)
        #expect(client.answer(to: client.call("/t.T/Echo", [[0, 0, 0, 0, 9, 1]], ends: false)).headers["grpc-status"] == "1")
        server.expectNoBytesHeld()
    }

    @Test("rapid resets end the connection calmly") func rapidReset() throws {
        let server = try TestServer()
        let client = HTTP2Client(server)
        for _ in 0..<1500 { client.reset(client.call("/t.T/Slow", [framed([])])) }
        client.run { $0.goAwayCode != nil }
        #expect(client.goAwayCode == NGHTTP2_ENHANCE_YOUR_CALM.rawValue)
        #expect(server.problems.kinds == [.abuse])
    }

    @Test("floods of empty frames end the connection", arguments: [
        [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],      // PING
        [0, 0, 0, 4, 0, 0, 0, 0, 0],                              // SETTINGS
        [0, 0, 5, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1],               // PRIORITY
        [0, 0, 0, 0, 0, 0, 0, 0, 1],                              // empty DATA on stream 1
    ] as [[UInt8]])
    func floods(_ frame: [UInt8]) throws {
        let server = try TestServer()
        let client = HTTP2Client(server)
        _ = client.call("/t.T/Echo", [[0]], ends: false)
        for _ in 0..<100 { client.send(raw: [UInt8](repeatElement(frame, count: 100).joined())) }
        client.run { $0.isConnectionClosed || $0.goAwayCode != nil }
        #expect(client.goAwayCode != nil || client.isConnectionClosed)
    }

    @Test("a graceful stop serves what is in flight and says goodbye") func graceful() throws {
        let server = try TestServer()
        let client = HTTP2Client(server)
        let id = client.call("/t.T/Slow", [framed([])])
        client.run { _ in server.server.connections[0].open == 1 && server.budget.usedBytes >= 0 && client.answers[id] != nil }
        usleep(100_000)
        let stopped = Thread { server.server.stop(graceSeconds: 5) }
        #expect(client.answer(to: id).messages == [[1]])
        client.run { $0.isConnectionClosed }
        #expect(client.isConnectionClosed && client.goAwayCode == 0)
        stopped.join()
        #expect(server.server.connections == [WireServer.ConnectionCount(listener: "test", open: 0, accepted: 1)])
    }
}

/// A thread that can be waited for.
final class Thread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private var id = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) {
        pthread_create(&id, nil, { argument in
            Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().body()
            return nil
        }, Unmanaged.passRetained(Work(body)).toOpaque())
    }

    func join() { pthread_join(id, nil) }
}
