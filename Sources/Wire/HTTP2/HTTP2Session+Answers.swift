internal import CNGHTTP2
internal import NIOCore

// From answers to frames.
//
// An answer may be complete while the body is still coming in. RST_STREAM(NO_ERROR) would be the way to stop the client, but grpcio
// and curl 7.88 then report the reset instead of the answer. So the client is left alone: its unopened window holds the rest back,
// what comes nevertheless is discarded, and `tick` resets the stream when it has had time to read.
extension HTTP2Session {
    /// Carries out one step of a stream's answer. Steps that come too late, or out of turn, are ignored.
    func answer(_ stream: HTTP2Stream, _ event: Mailbox.Event) {
        guard !stream.hasAnswered, !stream.outgoing.isComplete else { return }
        stopReading(stream)
        stream.lastProgress = now
        switch event {
        case .whole(let response):
            if stream.hasStarted { return reset(stream, NGHTTP2_INTERNAL_ERROR) }
            respond(stream, response)
        case .message(let bytes):
            stream.outgoing.append(bytes, asMessage: true)
            finishCall(stream, GRPCStatus(.ok, ""))
        case .failure(let status): fail(stream, status)
        case .start(let status, let headers): start(stream, status, headers)
        case .more(let bytes): more(stream, bytes)
        case .end: end(stream)
        case .abandoned:
            if stream.isGRPC || stream.hasStarted { return fail(stream, GRPCStatus(.internal, "the server has no answer to this call")) }
            respond(stream, .text(500, "the server has no answer to this request\n"))
        case .admitted: break
        }
    }

    // MARK: HTTP

    private func respond(_ stream: HTTP2Stream, _ response: Response) {
        let fields = fields(response.status, response.headers, length: response.body.count)
        stream.hasStarted = true
        if response.body.isEmpty || stream.head?.method == "HEAD" || response.status == 204 || response.status == 304 {
            submit(stream, fields, hasBody: false)
            stream.hasAnswered = true
        } else {
            stream.outgoing.append(response.body, asMessage: false)
            stream.outgoing.isComplete = true
            submit(stream, fields, hasBody: true)
        }
    }

    private func start(_ stream: HTTP2Stream, _ status: Int, _ headers: [(name: String, value: String)]) {
        guard !stream.hasStarted, !stream.isGRPC else { return }
        stream.hasStarted = true
        if stream.head?.method == "HEAD" {
            submit(stream, fields(status, headers, length: nil), hasBody: false)
            stream.hasAnswered = true
        } else {
            submit(stream, fields(status, headers, length: nil), hasBody: true)
        }
    }

    private func more(_ stream: HTTP2Stream, _ bytes: [UInt8]) {
        if stream.isGRPC {
            startCall(stream)
        } else {
            start(stream, 200, [])
            if stream.hasAnswered { return }         // HEAD
        }
        stream.outgoing.append(bytes, asMessage: stream.isGRPC)
        resume(stream)
    }

    private func end(_ stream: HTTP2Stream) {
        if stream.isGRPC { return finishCall(stream, GRPCStatus(.ok, "")) }
        if !stream.hasStarted { return respond(stream, Response(status: 200)) }
        stream.outgoing.isComplete = true
        resume(stream)
    }

    private func fields(_ status: Int, _ headers: [(name: String, value: String)], length: Int?) -> NameValues {
        var fields = NameValues()
        fields.append(":status", String(status))
        for (name, value) in headers where !Self.isWiresOwn(name) { fields.append(name, value) }
        if let length, status != 204, status != 304 { fields.append("content-length", String(length)) }
        fields.append("date", HTTPDate.now)
        return fields
    }

    /// Fields that belong to the transport, or that HTTP/2 does not have.
    private static func isWiresOwn(_ name: String) -> Bool {
        switch HeaderValue.lowercased(name) {
        case "content-length", "date", "connection", "keep-alive", "transfer-encoding", "upgrade": true
        default: name.hasPrefix(":")
        }
    }

    // MARK: gRPC

    private func startCall(_ stream: HTTP2Stream) {
        guard !stream.hasStarted else { return }
        stream.hasStarted = true
        var provider = provider(stream)
        nghttp2_submit_response(session, stream.id, ConstantFields.grpcHead.start, ConstantFields.grpcHead.count, &provider)
    }

    /// The call ends with `status` after what is still to be sent.
    private func finishCall(_ stream: HTTP2Stream, _ status: GRPCStatus) {
        if status.code == .ok, !stream.hasStarted, stream.outgoing.isEmpty { return endTrailersOnly(stream, httpStatus: 200, status) }
        if status.code != .ok { stream.trailers = status.trailers }
        stream.outgoing.isComplete = true
        startCall(stream)
        resume(stream)
    }

    private func fail(_ stream: HTTP2Stream, _ status: GRPCStatus) {
        if stream.isGRPC {
            if stream.hasStarted { finishCall(stream, status) } else { endTrailersOnly(stream, httpStatus: 200, status) }
        } else if stream.hasStarted {
            reset(stream, NGHTTP2_INTERNAL_ERROR)
        } else {
            respond(stream, status.response)
        }
    }

    /// One HEADERS frame that begins and ends the answer.
    func endTrailersOnly(_ stream: HTTP2Stream, httpStatus: Int, _ status: GRPCStatus) {
        guard !stream.hasStarted else { return }
        stopReading(stream)
        stream.hasStarted = true
        stream.hasAnswered = true
        var fields = NameValues()
        fields.append(":status", String(httpStatus))
        fields.append("content-type", "application/grpc")
        fields.append("grpc-accept-encoding", "identity,gzip")
        for (name, value) in status.trailers { fields.append(name, value) }
        submit(stream, fields, hasBody: false)
    }

    // MARK: nghttp2

    private func submit(_ stream: HTTP2Stream, _ fields: NameValues, hasBody: Bool) {
        var provider = provider(stream)
        _ = fields.withFields { start, count in
            withUnsafePointer(to: &provider) { nghttp2_submit_response(session, stream.id, start, count, hasBody ? $0 : nil) }
        }
    }

    private func provider(_ stream: HTTP2Stream) -> nghttp2_data_provider {
        nghttp2_data_provider(
            source: nghttp2_data_source(ptr: Unmanaged.passUnretained(stream).toOpaque()), read_callback: HTTP2Callbacks.readBody)
    }

    private func resume(_ stream: HTTP2Stream) {
        guard stream.isDeferred else { return }
        stream.isDeferred = false
        nghttp2_session_resume_data(session, stream.id)
    }

    /// Called back by nghttp2 for the next DATA frame.
    func produce(
        _ stream: HTTP2Stream, into target: UnsafeMutablePointer<UInt8>, room: Int, _ flags: UnsafeMutablePointer<UInt32>
    ) -> Int {
        let (count, payload) = stream.outgoing.take(into: target, room: room)
        stream.lastProgress = now
        if payload > 0 { stream.reply?.dequeue(payload) }
        credit.earn(1)
        if stream.outgoing.isEmpty {
            if stream.outgoing.isComplete {
                finishBody(stream, flags)
            } else if count == 0 {
                stream.isDeferred = true
                return Int(NGHTTP2_ERR_DEFERRED.rawValue)
            }
        }
        return count
    }

    private func finishBody(_ stream: HTTP2Stream, _ flags: UnsafeMutablePointer<UInt32>) {
        flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        stream.hasAnswered = true
        guard stream.isGRPC else { return }
        flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
        guard let trailers = stream.trailers else {
            nghttp2_submit_trailer(session, stream.id, ConstantFields.grpcOK.start, ConstantFields.grpcOK.count)
            return
        }
        var fields = NameValues()
        for (name, value) in trailers { fields.append(name, value) }
        _ = fields.withFields { nghttp2_submit_trailer(session, stream.id, $0, $1) }
    }

    func reset(_ stream: HTTP2Stream, _ code: nghttp2_error_code) {
        nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, code.rawValue)
    }
}
