internal import NIOCore
internal import NIOHTTP1

// From answers to parts.
extension HTTP1Connection {
    /// How much of an unwanted body is read for the sake of keeping the connection.
    private static let worthReading = 256 << 10

    /// Carries out one step of the answer. Steps that come too late, or out of turn, are ignored.
    func answer(_ exchange: HTTP1Exchange, _ event: Mailbox.Event) {
        guard exchange.answer != .done else { return }
        stopReading(exchange)
        exchange.lastProgress = .now()
        switch event {
        case .whole(let response): respond(exchange, response)
        case .failure(let status): respond(exchange, status.response)
        case .abandoned: respond(exchange, .text(500, "the server has no answer to this request\n"))
        case .start(let status, let headers): start(exchange, status, headers)
        case .more(let bytes): more(exchange, bytes)
        case .end: end(exchange)
        case .message, .admitted: break              // gRPC's, and the body's
        }
    }

    private func respond(_ exchange: HTTP1Exchange, _ response: Response) {
        // Half an answer cannot be taken back: only a broken connection tells the client.
        guard exchange.answer == .none else { return abort() }
        writeHead(exchange, response.status, response.headers, length: response.body.count)
        if !exchange.isHEAD, !response.body.isEmpty { write(ByteBuffer(bytes: response.body)) }
        finish(exchange)
    }

    private func start(_ exchange: HTTP1Exchange, _ status: Int, _ headers: [(name: String, value: String)]) {
        guard exchange.answer == .none else { return }
        if exchange.isOld { exchange.keepsAlive = false }      // without chunks the end is the end of the connection
        writeHead(exchange, status, headers, length: nil)
        exchange.answer = .streaming
    }

    private func more(_ exchange: HTTP1Exchange, _ bytes: [UInt8]) {
        start(exchange, 200, [])
        guard !exchange.isHEAD, let context, !bytes.isEmpty else {
            exchange.reply?.dequeue(bytes.count)
            return
        }
        let (reply, count) = (exchange.reply, bytes.count)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes))))).whenComplete { _ in reply?.dequeue(count) }
    }

    private func end(_ exchange: HTTP1Exchange) {
        if exchange.answer == .none { return respond(exchange, Response(status: 200)) }
        finish(exchange)
    }

    private func finish(_ exchange: HTTP1Exchange) {
        context?.write(wrapOutboundOut(.end(nil)), promise: nil)
        exchange.answer = .done
    }

    private func write(_ bytes: ByteBuffer) {
        context?.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
    }

    private func writeHead(_ exchange: HTTP1Exchange, _ status: Int, _ headers: [(name: String, value: String)], length: Int?) {
        if isDraining || !isWorthKeeping(exchange) { exchange.keepsAlive = false }
        var fields = HTTPHeaders()
        fields.reserveCapacity(headers.count + 3)
        for (name, value) in headers where !Self.isWiresOwn(name) && !value.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) {
            fields.add(name: name, value: value)
        }
        if let length { fields.add(name: "content-length", value: String(length)) }
        fields.add(name: "date", value: HTTPDate.now)
        if !exchange.keepsAlive {
            fields.add(name: "connection", value: "close")
        } else if exchange.isOld {
            fields.add(name: "connection", value: "keep-alive")
        }
        let head = HTTPResponseHead(version: exchange.version, status: .init(statusCode: status), headers: fields)
        context?.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    /// Whether the rest of the request is short enough to be read for nothing. A client that waits for permission to send
    /// may or may not send after a refusal, so that connection is not safe to use again.
    private func isWorthKeeping(_ exchange: HTTP1Exchange) -> Bool {
        if exchange.hasRequestEnded { return true }
        if exchange.facts.expectsContinue { return false }
        guard let length = exchange.contentLength else { return !exchange.head.headers.contains { $0.name == "transfer-encoding" } }
        return length - exchange.receivedBytes <= Self.worthReading
    }

    private static func isWiresOwn(_ name: String) -> Bool {
        switch HeaderValue.lowercased(name) {
        case "content-length", "date", "connection", "keep-alive", "transfer-encoding", "upgrade": true
        default: name.isEmpty
        }
    }
}
