import NIOCore

// One HTTP/2 connection without a socket. It is compiled into the module Wire, together with its sources.
//
// The input is a script: each byte orders a frame, a pause or raw bytes, the next ones say how much. So most inputs get past the
// preface and HPACK and into requests, bodies and answers; `raw` leaves nothing out. After each the session must have given back
// every byte of the budget.

private struct FuzzService: Service {
    func route(_ head: RequestHead) -> Route {
        let limits = BodyLimits(wireBytes: 60_000, inflatedBytes: 120_000)
        return switch head.path.utf8.last {
        case UInt8(ascii: "e"): .collect(limits) { request, reply in
            guard let body = try? request.inflated() else { return reply.fail(GRPCStatus(.internal, "bad")) }
            if request.head.isGRPC { reply.sendMessage(body.withBytes { Array($0) }) } else {
                reply.send(Response(status: 200, body: body.withBytes { Array($0) }, mayCompress: true))
            }
        }
        case UInt8(ascii: "s"): .collect(limits) { _, reply in
            reply.start(status: 200, headers: [("x", "y")])
            for count in [0, 1, 40_000] { reply.write([UInt8](repeating: 1, count: count)) }
            reply.finish()
        }
        case UInt8(ascii: "b"): .collect(limits) { _, reply in
            reply.write([1])
            reply.fail(GRPCStatus(.aborted, "\u{0}%ü", retryAfterSeconds: 0.1))
        }
        case UInt8(ascii: "f"): .collect(limits) { _, _ in }
        case UInt8(ascii: "x"): .fail(GRPCStatus(.unavailable, "x", retryAfterSeconds: 1e300))
        default: .answer(.text(404, "no"))
        }
    }
}

private let context: ConnectionInfo = {
    var settings = WireSettings()
    settings.maxStreams = 20
    settings.maxHeaderBytes = 4000
    settings.streamWindowBytes = 20_000
    settings.connectionWindowBytes = 100_000
    // Small, so that bodies have to wait and to be refused.
    let server = ServerContext(
        settings: settings, store: BodyStore(budget: ByteBudget(limitBytes: 150_000)), workers: WorkerPool(threadCount: 1))
    let listener = Listener(name: "fuzz", address: ListenAddress(port: 0), service: FuzzService())
    return ConnectionInfo(listener: ListenerContext(listener, tls: nil, server: server), peer: "127.0.0.1")
}()

private struct Script {
    var rest: UnsafeRawBufferPointer

    mutating func byte() -> UInt8 {
        guard let byte = rest.first else { return 0 }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst())
        return byte
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        let bytes = Array(rest.prefix(count))
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        return bytes
    }
}

private func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [UInt8(payload.count >> 16 & 255), UInt8(payload.count >> 8 & 255), UInt8(payload.count & 255), type, flags, 0, 0, 0, stream] + payload
}

/// A header as a literal without indexing.
private func field(_ name: String, _ value: [UInt8]) -> [UInt8] {
    [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(min(126, value.count))] + value.prefix(126)
}

private func headers(_ script: inout Script, _ stream: UInt8) -> [UInt8] {
    let kind = script.byte()
    let paths = ["/s/e", "/s/s", "/s/b", "/s/f", "/s/x", "/e", "/?e", "bad"]
    var block = field(":method", Array((kind & 0x40 == 0 ? "POST" : "GET").utf8)) + field(":scheme", Array("http".utf8))
        + field(":path", Array(paths[Int(kind & 7)].utf8)) + field(":authority", [97])
    if kind & 8 != 0 { block += field("content-type", Array("application/grpc".utf8)) }
    if kind & 16 != 0 { block += field(kind & 8 != 0 ? "grpc-encoding" : "content-encoding", Array("gzip".utf8)) }
    if kind & 32 != 0 { block += field(["grpc-timeout", "content-length", "x-bin", "accept-encoding"][Int(stream >> 1 & 3)], script.bytes(Int(script.byte() & 31))) }
    return frame(1, kind & 0x80 == 0 ? 4 : 5, stream, block)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var script = Script(rest: UnsafeRawBufferPointer(start: data, count: count))
    var now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    let session = HTTP2Session(context, mailbox: Mailbox {}, now: now)
    var isAlive = true

    func send(_ bytes: [UInt8]) {
        if isAlive { isAlive = bytes.withUnsafeBytes { session.receive($0, now: now) } }
    }
    func settle() {
        for job in session.takeReady() { job.run() }
        session.drainMail(now: now)
        var sent = 0
        while sent < 1 << 20, let output = session.nextOutput() { sent += output.count }
    }

    if script.byte() & 1 == 0 { send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, [])) }
    while !script.rest.isEmpty, isAlive {
        let order = script.byte()
        let stream = (order >> 4) << 1 | 1
        switch order & 15 {
        case 0, 1: send(headers(&script, stream))
        case 2: send(frame(0, 0, stream, script.bytes(Int(script.byte()))))
        case 3: send(frame(0, 1, stream, script.bytes(Int(script.byte()))))
        case 4: send(frame(0, 0, stream, [UInt8](repeating: 0, count: Int(script.byte()) << 6)))              // much of nothing
        case 5: send(frame(0, order >> 7, stream, [0, 0, 0, script.byte(), script.byte()]))                   // a gRPC prefix
        case 6: send(frame(3, 0, stream, [0, 0, 0, 8]))
        case 7: send(frame(8, 0, order & 16 == 0 ? 0 : stream, [0, 0, script.byte(), 255]))
        case 8: send(frame(6, order >> 7, 0, script.bytes(8)))
        case 9: send(frame(script.byte(), script.byte(), stream, script.bytes(Int(script.byte()))))
        case 10:
            now = now + .milliseconds(Int64(script.byte()) * 50)
            session.tick(now: now)
        case 11: session.beginShutdown()
        case 12: session.goAway()
        case 13: send(frame(4, 0, 0, [0, 4, 0, 0, script.byte(), script.byte()]))                            // the client's windows
        case 14: send(frame(9, 4, stream, script.bytes(Int(script.byte() & 63))))
        default: send(script.bytes(Int(script.byte())))
        }
        if order & 16 != 0 { settle() }
        if session.isFinished { break }
    }
    settle()
    session.end()
    precondition(context.store.budget.usedBytes == 0, "\(context.store.budget.usedBytes) bytes are still paid for")
    precondition(context.store.budget.waitingCount == 0, "somebody still stands in line")
    return 0
}
