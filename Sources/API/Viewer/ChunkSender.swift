internal import Dispatch
internal import Wire

/// Sends a large trace chunk by chunk: the next one is built once the client has taken the one before, so that neither the
/// page nor we wait for a million rows at once.
final class ChunkSender: @unchecked Sendable {   // `stream` and `gzip` are touched by `send` only, which never runs twice at once
    /// Chunks after a pause are built here: the connection's event loop, which reports that the client has caught up, must not.
    private static let queue = DispatchQueue(label: "loupe.trace-chunks")

    private var stream: TraceStream
    private let gzip: GzipStream?
    private let reply: any Reply

    init(_ stream: TraceStream, _ reply: any Reply, gzip: Bool) {
        self.stream = stream
        self.reply = reply
        self.gzip = gzip ? GzipStream() : nil
    }

    func start(headers: [(name: String, value: String)]) {
        var headers = headers + [("vary", "Accept-Encoding")]
        if gzip != nil { headers.append(("content-encoding", "gzip")) }
        reply.start(status: 200, headers: headers)
        send()
    }

    private func send() {
        while !reply.isCancelled {
            guard let chunk = stream.next() else {
                if let gzip { reply.write(gzip.finish()) }
                return reply.finish()
            }
            if !reply.write(gzip?.deflate(chunk) ?? chunk) {
                return reply.onWritable { Self.queue.async { self.send() } }
            }
        }
    }
}
