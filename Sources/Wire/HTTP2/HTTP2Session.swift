internal import CNGHTTP2
internal import NIOCore

/// The server's end of one HTTP/2 connection: bytes in, requests for workers out; mail in, bytes out. It knows no socket, so a
/// test or a fuzzer drives it like a connection does. Confined to one event loop.
final class HTTP2Session {
    let connection: ConnectionInfo
    let mailbox: Mailbox
    /// The time as of the last `receive`, `drain` or `tick`: deadlines need no more precision.
    var now: NIODeadline
    /// Requests that are complete, for the workers.
    private(set) var ready: [Job] = []
    private(set) var streams: [HTTP2Stream] = []
    var block = HeaderBlock()
    /// The stream whose header block is being read; nil for trailers, which nobody wants.
    var headStream: HTTP2Stream?
    var credit: FrameCredit
    /// nil once the session is over.
    private(set) var session: OpaquePointer?
    private var spareMails: [Mailbox.Mail] = []
    private(set) var isShuttingDown = false
    private var isGoingAway = false
    private var hasComplained = false
    /// nghttp2's words about the client's last mistake.
    private var lastComplaint = ""

    /// Says to a client that is told to go away that the server knows which streams it has opened (as grpc-go does).
    private static let shutdownPing: [UInt8] = [1, 6, 1, 8, 0, 3, 3, 9]

    init(_ connection: ConnectionInfo, mailbox: Mailbox, now: NIODeadline) {
        self.connection = connection
        self.mailbox = mailbox
        self.now = now
        let settings = connection.settings
        credit = FrameCredit(maxStreams: settings.maxStreams)
        nghttp2_session_server_new2(
            &session, HTTP2Callbacks.table, Unmanaged.passUnretained(self).toOpaque(), HTTP2Callbacks.options)
        let entries = [
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue), value: UInt32(settings.maxStreams)),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), value: UInt32(settings.streamWindowBytes)),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue), value: UInt32(settings.maxHeaderBytes)),
        ]
        nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), entries, entries.count)
        nghttp2_session_set_local_window_size(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, Int32(settings.connectionWindowBytes))
    }

    deinit { end() }

    /// Reads what the client sent. False when the connection is beyond repair.
    func receive(_ bytes: UnsafeRawBufferPointer, now: NIODeadline) -> Bool {
        self.now = now
        guard let session else { return false }
        let count = nghttp2_session_mem_recv(session, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        if count < 0 { complain(String(cString: nghttp2_strerror(Int32(count)))) }
        return count >= 0
    }

    /// The next bytes for the client, valid until the next call; nil when there are none for now.
    func nextOutput() -> UnsafeRawBufferPointer? {
        guard let session else { return nil }
        var start: UnsafePointer<UInt8>?
        let count = nghttp2_session_mem_send(session, &start)
        return count > 0 ? UnsafeRawBufferPointer(start: start, count: count) : nil
    }

    /// Neither side has anything more to say.
    var isFinished: Bool {
        guard let session else { return true }
        return nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
    }

    /// The requests that have become complete since the last call.
    func takeReady() -> [Job] {
        guard !ready.isEmpty else { return [] }
        defer { ready = [] }
        return ready
    }

    func add(_ job: Job) { ready.append(job) }

    /// Carries out what other threads have asked for.
    func drainMail(now: NIODeadline) {
        self.now = now
        var mails = mailbox.take(leaving: spareMails)
        spareMails = []
        for mail in mails { deliver(mail) }
        mails.removeAll(keepingCapacity: mails.count <= 1024)
        spareMails = mails
    }

    private func deliver(_ mail: Mailbox.Mail) {
        let stream = stream(Int32(truncatingIfNeeded: mail.id))
        if case .admitted(let bytes) = mail.event {
            guard let stream, stream.body != nil else { return connection.store.budget.give(bytes) }
            return admit(stream, bytes)
        }
        if let stream { answer(stream, mail.event) }
    }

    /// Ends everything at once: streams, their memory, their replies. Safe to call again.
    func end() {
        guard let session else { return }
        self.session = nil
        nghttp2_session_del(session)
        headStream = nil
        // `nghttp2_session_del` tells nobody about its streams.
        for stream in streams {
            release(stream)
            Unmanaged.passUnretained(stream).release()
        }
        streams = []
        for mail in mailbox.close() {
            if case .admitted(let bytes) = mail.event { connection.store.budget.give(bytes) }
        }
    }

    // MARK: Streams

    func stream(_ id: Int32) -> HTTP2Stream? {
        guard let session, let pointer = nghttp2_session_get_stream_user_data(session, id) else { return nil }
        return Unmanaged<HTTP2Stream>.fromOpaque(pointer).takeUnretainedValue()
    }

    func open(_ id: Int32) -> HTTP2Stream {
        let stream = HTTP2Stream(id: id, now: now)
        stream.slot = streams.count
        streams.append(stream)
        // Given back in `streamClosed` or `end`, whichever comes.
        nghttp2_session_set_stream_user_data(session, id, Unmanaged.passRetained(stream).toOpaque())
        return stream
    }

    func streamClosed(_ id: Int32) {
        guard let stream = stream(id) else { return }
        nghttp2_session_set_stream_user_data(session, id, nil)
        if headStream === stream { headStream = nil }
        let last = streams.removeLast()
        if last !== stream {
            streams[stream.slot] = last
            last.slot = stream.slot
        }
        release(stream)
        Unmanaged.passUnretained(stream).release()
    }

    /// Lets go of what the stream holds: its memory, its place in line, its handler's interest.
    private func release(_ stream: HTTP2Stream) {
        stopReading(stream)
        if stream.paidHeadBytes > 0 { connection.store.budget.give(stream.paidHeadBytes) }
        if let reply = stream.reply { if stream.hasAnswered { reply.settle() } else { reply.cancel() } }
        stream.reply = nil
    }

    // MARK: Ending

    /// Asks the client to open no more streams; `goAway` follows when it has had time to hear of it.
    func beginShutdown() {
        guard let session, !isShuttingDown else { return }
        isShuttingDown = true
        nghttp2_submit_shutdown_notice(session)
        nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), Self.shutdownPing)
    }

    /// Refuses streams beyond the last one seen; the session finishes when those before have been answered.
    func goAway() {
        guard let session, !isGoingAway else { return }
        isShuttingDown = true
        isGoingAway = true
        nghttp2_submit_goaway(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nghttp2_session_get_last_proc_stream_id(session),
            NGHTTP2_NO_ERROR.rawValue, nil, 0)
    }

    /// Ends a connection that causes too much work.
    func calm(_ what: String) {
        guard let session, !isGoingAway else { return }
        isGoingAway = true
        connection.report(.abuse, what)
        nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM.rawValue)
    }

    /// What nghttp2 says about a client's mistake.
    func complaint(_ words: UnsafeRawBufferPointer) {
        lastComplaint = String(decoding: words.prefix(300), as: UTF8.self)
    }

    /// Reports a session that ends because of what the client did.
    func complainAboutEnd() { if !isShuttingDown, !isGoingAway, !lastComplaint.isEmpty { complain("the session ended") } }

    /// Reports a broken connection, once.
    private func complain(_ words: String) {
        guard !hasComplained else { return }
        hasComplained = true
        connection.report(.badHTTP, "HTTP/2: \(words)\(lastComplaint.isEmpty ? "" : ": \(lastComplaint)")")
    }
}
