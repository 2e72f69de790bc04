internal import NIOCore
internal import NIOHTTP1

// From parts to requests.
extension HTTP1Connection {
    func route(_ exchange: HTTP1Exchange, hostCount: Int) {
        if hostCount > 1 || (hostCount == 0 && exchange.version == .http1_1) {
            // RFC 9112, section 3.2.
            return refuse(exchange, .malformed("\(hostCount == 0 ? "no" : "more than one") host header"))
        }
        switch info.listener.service.route(exchange.head) {
        case .answer(let response): answer(exchange, .whole(response))
        case .fail(let status): answer(exchange, .failure(status))
        case .collect(let limits, let handle):
            guard exchange.facts.encoding != nil else { return refuse(exchange, .unknownEncoding(exchange.facts.unknownEncoding)) }
            exchange.limits = limits
            exchange.handle = handle
            exchange.body = BodyAssembler(
                store: info.store, limitBytes: limits.wireBytes, windowBytes: info.settings.streamWindowBytes)
            if let length = exchange.contentLength {
                follow(exchange, exchange.body?.declare(length: length))
            }
            continueIfExpected(exchange)
        }
    }

    func receive(_ exchange: HTTP1Exchange, _ bytes: ByteBuffer) {
        exchange.lastProgress = .now()
        exchange.receivedBytes += bytes.readableBytes
        guard exchange.body != nil else { return }
        follow(exchange, bytes.withUnsafeReadableBytes { exchange.body?.append($0) })
    }

    private func follow(_ exchange: HTTP1Exchange, _ outcome: BodyAssembler.Outcome?) {
        switch outcome {
        case nil: break
        case .stored:
            if exchange.admittedAt == nil, exchange.body?.isAdmitted == true { exchange.admittedAt = .now() }
        case .mustWait(let bytes):
            guard let mailbox else { return }
            exchange.waitingSince = .now()
            let (id, budget) = (exchange.id, info.store.budget)
            exchange.ticket = budget.wait(for: bytes) {
                if !mailbox.post(id, .admitted(bytes: bytes)) { budget.give(bytes) }
            }
        case .overloaded: refuse(exchange, .overloaded(retryAfterSeconds: 1))
        case .tooLarge(let bytes):
            refuse(exchange, .tooLarge(bytes: bytes, limitBytes: exchange.body?.effectiveLimitBytes ?? 0))
        }
    }

    /// The budget has taken `bytes` for the body of request `id`.
    func admit(_ id: Int, _ bytes: Int) {
        guard let exchange, exchange.id == id, exchange.body != nil else { return info.store.budget.give(bytes) }
        exchange.ticket = nil
        exchange.waitingSince = nil
        exchange.admittedAt = .now()
        exchange.lastProgress = .now()
        exchange.body?.admit(bytes: bytes)
        continueIfExpected(exchange)
        if exchange.hasRequestEnded { handOver(exchange) }
        continueReading()
    }

    /// A client that asked first (`expect: 100-continue`) may send once there is room.
    private func continueIfExpected(_ exchange: HTTP1Exchange) {
        guard exchange.facts.expectsContinue, exchange.body != nil, exchange.waitingSince == nil, exchange.receivedBytes == 0,
              !exchange.hasRequestEnded, exchange.version == .http1_1
        else { return }
        context?.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    func endRequest(_ exchange: HTTP1Exchange) {
        exchange.hasRequestEnded = true
        // All of it may have come in one read with the head, before the budget had room.
        if exchange.body != nil, exchange.waitingSince == nil { handOver(exchange) }
    }

    private func handOver(_ exchange: HTTP1Exchange) {
        guard var body = exchange.body, let handle = exchange.handle, let mailbox else { return }
        exchange.body = nil
        exchange.handle = nil
        let state = ReplyState(workers: info.server.workers)
        exchange.reply = state
        let reply = PendingReply(
            id: exchange.id, mailbox: mailbox, isGRPC: false, acceptsGzip: exchange.facts.acceptsGzip, state: state)
        let request = Request(
            head: exchange.head, body: body.finish(), encoding: exchange.facts.encoding ?? .identity, limits: exchange.limits)
        info.server.workers.submit([.request(request, reply, handle: handle)])
    }

    /// Gives up the request's body, as far as it has come.
    func stopReading(_ exchange: HTTP1Exchange) {
        if let ticket = exchange.ticket {
            exchange.ticket = nil
            exchange.waitingSince = nil
            // When the grant is already under way, its mail finds the body gone and gives the bytes back.
            _ = info.store.budget.leave(ticket)
        }
        exchange.body?.discard()
        exchange.body = nil
        exchange.handle = nil
        continueReading()
    }

    func refuse(_ exchange: HTTP1Exchange, _ failure: BodyFailure) {
        stopReading(exchange)
        info.store.report(failure, exchange.head)
        answer(exchange, .whole(info.listener.service.describe(failure, exchange.head)))
    }

    func checkBody(_ exchange: HTTP1Exchange, _ now: NIODeadline) {
        guard let body = exchange.body, exchange.answer == .none else { return }
        if let since = exchange.waitingSince {
            if now - since > info.settings.budgetPatience { refuse(exchange, .overloaded(retryAfterSeconds: 1)) }
        } else if now - exchange.lastProgress > info.settings.progressTimeout
                    || info.settings.isTooSlow(body, since: exchange.admittedAt, now: now) {
            exchange.keepsAlive = false
            refuse(exchange, .timedOut)
        }
    }
}
