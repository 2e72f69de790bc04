internal import CNGHTTP2
internal import NIOCore

extension HTTP2Session {
    /// Ends what has taken too long. Called a few times a second.
    func tick(now: NIODeadline) {
        self.now = now
        // Backwards, since a stream may leave the list.
        for index in streams.indices.reversed() where index < streams.count { check(streams[index]) }
    }

    private func check(_ stream: HTTP2Stream) {
        let settings = connection.settings
        if let deadline = stream.deadline, now >= deadline, !stream.hasAnswered {
            stream.reply?.cancel()
            stream.deadline = nil
            return answer(stream, .failure(GRPCStatus(.deadlineExceeded, "the call's deadline has passed")))
        }
        if stream.head == nil {
            if now - stream.lastProgress > settings.headerTimeout {
                connection.report(.timedOut, "HTTP/2 headers were not completed in time")
                reset(stream, NGHTTP2_CANCEL)
            }
        } else if let body = stream.body {
            if let since = stream.waitingSince {
                if now - since > settings.budgetPatience { refuse(stream, .overloaded(retryAfterSeconds: 1)) }
            } else if now - stream.lastProgress > settings.progressTimeout
                        || settings.isTooSlow(body, since: stream.admittedAt, now: now) {
                refuse(stream, .timedOut)
            }
        } else if stream.hasAnswered, !stream.hasRequestEnded, now - stream.lastProgress > settings.lingerTimeout {
            reset(stream, NGHTTP2_NO_ERROR)                           // answered, but the client never ended its request
        } else if !stream.outgoing.isEmpty, now - stream.lastProgress > settings.progressTimeout {
            connection.report(.timedOut, userAgent: stream.head?["user-agent"], "the client does not read its answer")
            reset(stream, NGHTTP2_CANCEL)
        }
    }
}
