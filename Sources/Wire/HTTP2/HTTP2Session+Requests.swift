internal import CNGHTTP2
internal import NIOCore

// From frames to requests. All of this runs within `receive`, called back by nghttp2.
extension HTTP2Session {
    func isNewRequest(_ frame: UnsafePointer<nghttp2_frame>) -> Bool {
        let headers = UnsafeRawPointer(frame).assumingMemoryBound(to: nghttp2_headers.self)
        return headers.pointee.hd.type == UInt8(NGHTTP2_HEADERS.rawValue) && headers.pointee.cat == NGHTTP2_HCAT_REQUEST
    }

    func beginRequest(_ id: Int32) {
        block.begin()
        headStream = open(id)
    }

    /// An error resets the stream, and the rest of its block is not shown any more.
    func header(_ id: Int32, name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Int32 {
        guard let headStream, headStream.id == id else {
            // Trailers: not wanted, but unpacking them costs, so they draw on the same limit.
            return credit.payForControl(now) ? 0 : Int32(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        }
        block.append(name: name, value: value, limitBytes: connection.settings.maxHeaderBytes)
        return block.size > 4 * connection.settings.maxHeaderBytes ? Int32(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) : 0
    }

    func frame(_ head: nghttp2_frame_hd, isNewRequest: Bool) {
        let endsStream = head.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        switch UInt32(head.type) {
        case NGHTTP2_HEADERS.rawValue:
            if isNewRequest, let stream = headStream, stream.id == head.stream_id {
                headStream = nil
                credit.earn()
                stream.hasRequestEnded = endsStream
                finishHead(stream)
            }
            if endsStream { endBody(head.stream_id) }
        case NGHTTP2_DATA.rawValue:
            if endsStream { return endBody(head.stream_id) }
            if head.length == 0 { payForControl("empty DATA frames") }
        case NGHTTP2_RST_STREAM.rawValue:
            if !credit.payForReset(now) { calm("more than 100 stream resets a second") }
        case NGHTTP2_PING.rawValue where head.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0:
            if isShuttingDown { goAway() }
        case NGHTTP2_SETTINGS.rawValue where head.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0: break
        default: payForControl("control frames (type \(head.type))")
        }
    }

    private func payForControl(_ what: @autoclosure () -> String) {
        if !credit.payForControl(now) { calm("a flood of \(what())") }
    }

    // MARK: Head

    /// Heads up to here are as small as the rest of a stream. With a thousand streams, larger ones have to be paid for.
    private static let freeHeadBytes = 4096

    private func finishHead(_ stream: HTTP2Stream) {
        let (head, facts) = block.head(connection)
        stream.head = head
        stream.facts = facts
        if block.isTooLarge {
            return refuse(stream, .headersTooLarge(limitBytes: connection.settings.maxHeaderBytes))
        }
        if block.size > Self.freeHeadBytes {
            guard connection.store.budget.take(block.size) else { return refuse(stream, .overloaded(retryAfterSeconds: 1)) }
            stream.paidHeadBytes = block.size
        }
        if head.isGRPC, !isCallable(stream, head, facts) { return }
        switch connection.listener.service.route(head) {
        case .answer(let response): answer(stream, .whole(response))
        case .fail(let status): answer(stream, .failure(status))
        case .collect(let limits, let handle): collect(stream, limits, handle)
        }
    }

    /// The checks that grpc-go makes before it looks for the method, with its words.
    private func isCallable(_ stream: HTTP2Stream, _ head: RequestHead, _ facts: HeadFacts) -> Bool {
        if head.method != "POST" {
            failWithHTTP(stream, 405, GRPCStatus(.internal, "Received a HEADERS frame with :method \"\(head.method)\" which should be POST"))
        } else if block.timeout == .malformed {
            failWithHTTP(stream, 400, GRPCStatus(.internal, "malformed grpc-timeout"))
        } else if let name = facts.undecodableMetadata {
            failWithHTTP(stream, 400, GRPCStatus(.internal, "malformed binary metadata in header \"\(name.prefix(64))\""))
        } else if case .after(let timeout) = block.timeout, timeout <= .zero {
            answer(stream, .failure(GRPCStatus(.deadlineExceeded, "the call's deadline had passed when it arrived")))
        } else if !facts.namesMethod {
            answer(stream, .failure(GRPCStatus(.unimplemented, "malformed method name: \"\(head.path.prefix(256))\"")))
        } else {
            if case .after(let timeout) = block.timeout { stream.deadline = now + timeout }
            return true
        }
        return false
    }

    private func failWithHTTP(_ stream: HTTP2Stream, _ httpStatus: Int, _ status: GRPCStatus) {
        reportBadCall(stream, status)
        endTrailersOnly(stream, httpStatus: httpStatus, status)
    }

    private func reportBadCall(_ stream: HTTP2Stream, _ status: GRPCStatus) {
        connection.report(.badGRPC, userAgent: stream.head?["user-agent"], status.message)
    }

    private func collect(
        _ stream: HTTP2Stream, _ limits: BodyLimits, _ handle: @escaping @Sendable (Request, any Reply) -> Void
    ) {
        guard let facts = stream.facts, facts.encoding != nil else {
            return refuse(stream, .unknownEncoding(stream.facts?.unknownEncoding ?? ""))
        }
        // A message shares its stream's window with its prefix.
        let windowBytes = connection.settings.streamWindowBytes - (stream.isGRPC ? GRPCMessageReader.prefixBytes : 0)
        stream.body = BodyAssembler(store: connection.store, limitBytes: limits.wireBytes, windowBytes: windowBytes)
        stream.limits = limits
        stream.handle = handle
        if !stream.isGRPC, let length = block.contentLength { follow(stream, stream.body?.declare(length: length)) }
    }

    // MARK: Body

    func data(_ id: Int32, _ bytes: UnsafeRawBufferPointer) {
        // The connection's window is for all streams: bytes leave it as they come. What a stream may send is its own window's matter.
        nghttp2_session_consume_connection(session, bytes.count)
        credit.earn(1)
        guard let stream = stream(id) else { return }
        stream.lastProgress = now
        guard stream.body != nil else { return }
        if stream.isGRPC { readMessage(stream, bytes) } else { append(stream, bytes) }
    }

    private func readMessage(_ stream: HTTP2Stream, _ bytes: UnsafeRawBufferPointer) {
        var offset = 0
        while stream.body != nil, let event = stream.message.next(bytes, &offset) {
            switch event {
            case .message(let length, let isCompressed): beginMessage(stream, length, isCompressed)
            case .payload(let count): append(stream, UnsafeRawBufferPointer(rebasing: bytes[offset - count..<offset]))
            case .failure(let status): failCall(stream, status)
            }
        }
    }

    private func beginMessage(_ stream: HTTP2Stream, _ length: Int, _ isCompressed: Bool) {
        if isCompressed, stream.facts?.encoding == .identity {
            return failCall(stream, GRPCStatus(.internal, "grpc: compressed flag set with identity or empty encoding"))
        }
        stream.isMessageCompressed = isCompressed
        follow(stream, stream.body?.declare(length: length))
    }

    private func append(_ stream: HTTP2Stream, _ bytes: UnsafeRawBufferPointer) {
        follow(stream, stream.body?.append(bytes))
        // On its own only when the end of the body is not known.
        if stream.waitingSince == nil { follow(stream, stream.body?.growAhead()) }
    }

    func failCall(_ stream: HTTP2Stream, _ status: GRPCStatus) {
        reportBadCall(stream, status)
        answer(stream, .failure(status))
    }

    /// Does what comes of a change of the body.
    private func follow(_ stream: HTTP2Stream, _ outcome: BodyAssembler.Outcome?) {
        switch outcome {
        case nil: break
        case .stored: widen(stream)
        case .mustWait(let bytes):
            stream.waitingSince = now
            let (id, mailbox, budget) = (Int(stream.id), self.mailbox, connection.store.budget)
            stream.ticket = budget.wait(for: bytes) {
                if !mailbox.post(id, .admitted(bytes: bytes)) { budget.give(bytes) }
            }
        case .overloaded: refuse(stream, .overloaded(retryAfterSeconds: 1))
        case .tooLarge(let bytes):
            refuse(stream, .tooLarge(bytes: bytes, limitBytes: stream.body?.effectiveLimitBytes ?? 0))
        }
    }

    /// The budget has taken `bytes` for this stream's body.
    func admit(_ stream: HTTP2Stream, _ bytes: Int) {
        stream.ticket = nil
        stream.waitingSince = nil
        stream.body?.admit(bytes: bytes)
        widen(stream)
    }

    /// Lets the client send what the body has been given room for. Prefixes and the byte that proves a body too large need some slack.
    private func widen(_ stream: HTTP2Stream) {
        guard let body = stream.body, body.isAdmitted, body.allowedBytes > stream.widenedTo else { return }
        if stream.admittedAt == nil { stream.admittedAt = now }
        stream.lastProgress = now
        stream.widenedTo = body.allowedBytes
        nghttp2_session_set_local_window_size(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, Int32(clamping: body.allowedBytes + 16_384))
    }

    // MARK: End

    private func endBody(_ id: Int32) {
        guard let stream = stream(id) else { return }
        stream.hasRequestEnded = true
        guard stream.body != nil, let handle = stream.handle, let head = stream.head, let facts = stream.facts else { return }
        if stream.isGRPC, let status = stream.message.failureAtEnd { return failCall(stream, status) }
        leaveLine(stream)
        guard let body = stream.body?.finish() else { return }
        stream.body = nil
        stream.handle = nil
        let state = ReplyState(workers: connection.server.workers)
        stream.reply = state
        let reply = PendingReply(
            id: Int(id), mailbox: mailbox, isGRPC: head.isGRPC, acceptsGzip: facts.acceptsGzip, state: state)
        let encoding = head.isGRPC && !stream.isMessageCompressed ? .identity : facts.encoding ?? .identity
        add(.request(Request(head: head, body: body, encoding: encoding, limits: stream.limits), reply, handle: handle))
    }

    /// Gives up the request's body, as far as it has come.
    func stopReading(_ stream: HTTP2Stream) {
        guard stream.body != nil else { return }
        leaveLine(stream)
        stream.body?.discard()
        stream.body = nil
        stream.handle = nil
    }

    private func leaveLine(_ stream: HTTP2Stream) {
        guard let ticket = stream.ticket else { return }
        stream.ticket = nil
        stream.waitingSince = nil
        // When the grant is already under way, its mail finds the body gone and gives the bytes back.
        _ = connection.store.budget.leave(ticket)
    }

    /// Ends a request whose body cannot be had.
    func refuse(_ stream: HTTP2Stream, _ failure: BodyFailure) {
        guard let head = stream.head else { return }
        stopReading(stream)
        connection.store.report(failure, head)
        answer(stream, head.isGRPC ? .failure(failure.grpcStatus) : .whole(connection.listener.service.describe(failure, head)))
    }
}
