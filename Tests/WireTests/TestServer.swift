import Glibc
import NIOCore
import Synchronization
import Testing
@testable import Wire

/// A server on a free port of loopback, stopped when the test lets go of it.
final class TestServer: Sendable {
    let server: WireServer
    let budget: ByteBudget
    let problems = Problems()
    var port: Int { server.addresses[0].address.port }

    init(budget limitBytes: Int = 64 << 20, _ service: any Service = TestService(), change: (inout WireSettings) -> Void = { _ in }) throws {
        var settings = WireSettings()
        settings.loopCount = 1
        settings.workerCount = 2
        change(&settings)
        budget = ByteBudget(limitBytes: limitBytes)
        server = try WireServer.start(
            [Listener(name: "test", address: ListenAddress(host: "127.0.0.1", port: 0), service: service)], budget: budget,
            settings: settings, problems: problems)
    }

    deinit { server.stop(graceSeconds: 0) }

    /// Bodies are given back when the last reference goes, a moment after the answer.
    func expectNoBytesHeld() {
        for _ in 0..<200 where budget.usedBytes != 0 { usleep(10_000) }
        #expect(budget.usedBytes == 0)
    }
}

final class Problems: ProblemSink {
    private let seen = Mutex<[Problem]>([])
    func report(_ problem: Problem) { seen.withLock { $0.append(problem) } }

    /// The kinds reported so far; waits a moment for the first.
    var kinds: [Problem.Kind] {
        for _ in 0..<300 where seen.withLock({ $0.isEmpty }) { usleep(10_000) }
        return seen.withLock { $0.map(\.kind) }
    }
}

/// Does what the path says.
struct TestService: Service {
    var limits = BodyLimits(wireBytes: 1 << 20, inflatedBytes: 2 << 20)

    func route(_ head: RequestHead) -> Route {
        switch head.path {
        case "/now": .answer(.text(200, "now"))
        case "/busy", "/t.T/Busy": .fail(GRPCStatus(.unavailable, "later", retryAfterSeconds: 2))
        case "/echo", "/t.T/Echo": .collect(limits) { request, reply in
            do throws(BodyFailure) {
                let body = try request.inflated().withBytes { Array($0) }
                if request.head.isGRPC { return reply.sendMessage(body) }
                reply.send(Response(status: 200, headers: [("content-type", "text/x-echo")], body: body, mayCompress: true))
            } catch {
                if request.head.isGRPC { reply.fail(error.grpcStatus) } else { reply.send(describe(error, request.head)) }
            }
        }
        case "/head": .collect(limits) { request, reply in
            let head = request.head
            let headers = head.headers.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
            reply.send(.text(200, "\(head.method) \(head.path) \(head.query ?? "-") \(head.peer) \(head.listener) \(headers)"))
        }
        case "/stream", "/t.T/Stream": .collect(limits) { _, reply in
            reply.start(status: 200, headers: [("content-type", "text/event-stream")])
            for number in 0..<3 { reply.write(Array("part \(number);".utf8)) }
            reply.finish()
        }
        case "/t.T/Break": .collect(limits) { _, reply in
            reply.write([1])
            reply.fail(GRPCStatus(.aborted, "half way"))
        }
        case "/slow", "/t.T/Slow": .collect(limits) { _, reply in
            usleep(400_000)
            if head.isGRPC { reply.sendMessage([1]) } else { reply.send(.text(200, "slow")) }
        }
        case "/forget", "/t.T/Forget": .collect(limits) { _, _ in }
        case "/flood", "/t.T/Flood": .collect(limits) { _, reply in flood(reply, 400) }
        default: head.isGRPC ? .fail(GRPCStatus(.unimplemented, "unknown method")) : .answer(.text(404, "not found"))
        }
    }
}

/// Writes `count` pieces of 16 KB, as fast as the client reads them.
@Sendable private func flood(_ reply: any Reply, _ count: Int) {
    for left in stride(from: count, to: 0, by: -1) {
        if reply.isCancelled { return }
        if !reply.write([UInt8](repeating: 65, count: 16_384)) { return reply.onWritable { flood(reply, left - 1) } }
    }
    reply.finish()
}

/// A plain blocking socket. It keeps its server running.
final class RawClient {
    let socket: Int32
    private let server: TestServer

    init(_ server: TestServer) {
        self.server = server
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(server.port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        precondition(connected == 0, "cannot connect")
        var timeout = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            sent += count
        }
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// The next bytes; empty at the end, nil after five seconds of silence.
    func receive() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = bytes.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
        if count < 0 { return errno == EAGAIN ? nil : [] }
        return Array(bytes.prefix(count))
    }

    /// All that comes until the server closes.
    func receiveAll() -> String {
        var all: [UInt8] = []
        while let bytes = receive(), !bytes.isEmpty { all += bytes }
        return String(decoding: all, as: UTF8.self)
    }

    func receive(until marker: String) -> String {
        var all = ""
        while !all.contains(marker), let bytes = receive(), !bytes.isEmpty { all += String(decoding: bytes, as: UTF8.self) }
        return all
    }
}
