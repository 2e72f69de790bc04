import CNGHTTP2
import Glibc

/// An HTTP/2 client around nghttp2, on one blocking socket: what it sends is what a test says, which may be wrong.
final class HTTP2Client {
    /// What came back for one request.
    struct Answer {
        var headers: [String: String] = [:]
        /// Set when trailers came in a block of their own.
        var hadTrailers = false
        var body: [UInt8] = []
        var isClosed = false
        var resetCode: UInt32?
        var text: String { String(decoding: body, as: UTF8.self) }
        /// The messages of a gRPC answer.
        var messages: [[UInt8]] {
            var messages: [[UInt8]] = []
            var rest = body[...]
            while rest.count >= 5 {
                let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
                messages.append(Array(rest.dropFirst(5).prefix(length)))
                rest = rest.dropFirst(5 + length)
            }
            return messages
        }
    }

    private(set) var answers: [Int32: Answer] = [:]
    private(set) var goAwayCode: UInt32?
    private(set) var isConnectionClosed = false
    private let raw: RawClient
    private var session: OpaquePointer?
    /// What each request has yet to send, a piece for each DATA frame, and whether END_STREAM follows.
    private var bodies: [Int32: (pieces: [[UInt8]], ends: Bool)] = [:]
    private var paddingBytes = 0

    init(_ server: TestServer, paddingBytes: Int = 0) {
        raw = RawClient(server)
        self.paddingBytes = paddingBytes
        var callbacks: OpaquePointer?
        nghttp2_session_callbacks_new(&callbacks)
        nghttp2_session_callbacks_set_on_header_callback(callbacks) { _, frame, name, nameCount, value, valueCount, _, user in
            let client = HTTP2Client.from(user)
            guard let frame else { return 0 }
            let field = String(decoding: UnsafeBufferPointer(start: name, count: nameCount), as: UTF8.self)
            if frame.pointee.headers.cat == NGHTTP2_HCAT_HEADERS { client.answers[frame.pointee.hd.stream_id]?.hadTrailers = true }
            client.answers[frame.pointee.hd.stream_id]?.headers[field] =
                String(decoding: UnsafeBufferPointer(start: value, count: valueCount), as: UTF8.self)
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, id, bytes, count, user in
            HTTP2Client.from(user).answers[id]?.body += UnsafeBufferPointer(start: bytes, count: count)
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, user in
            HTTP2Client.from(user).answers[id]?.isClosed = true
            if code != 0 { HTTP2Client.from(user).answers[id]?.resetCode = code }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
            if let frame, UInt32(frame.pointee.hd.type) == NGHTTP2_GOAWAY.rawValue { HTTP2Client.from(user).goAwayCode = frame.pointee.goaway.error_code }
            return 0
        }
        nghttp2_session_callbacks_set_select_padding_callback(callbacks) { _, frame, most, user in
            guard let frame, UInt32(frame.pointee.hd.type) == NGHTTP2_DATA.rawValue else { return Int(frame?.pointee.hd.length ?? 0) }
            return min(frame.pointee.hd.length + HTTP2Client.from(user).paddingBytes, most)
        }
        // Kept alive by the test that holds it; the session is deleted in `deinit`.
        nghttp2_session_client_new(&session, callbacks, Unmanaged.passUnretained(self).toOpaque())
        nghttp2_session_callbacks_del(callbacks)
        nghttp2_submit_settings(session, 0, nil, 0)
    }

    deinit { nghttp2_session_del(session) }

    private static func from(_ user: UnsafeMutableRawPointer?) -> HTTP2Client {
        Unmanaged<HTTP2Client>.fromOpaque(user!).takeUnretainedValue()
    }

    /// Begins a request; `pieces` nil has none of its own END_STREAM on HEADERS.
    func request(_ headers: [(String, String)], pieces: [[UInt8]]?, ends: Bool = true) -> Int32 {
        var provider = nghttp2_data_provider()
        provider.read_callback = { _, id, target, room, flags, _, user in
            let client = HTTP2Client.from(user)
            guard let (waiting, ends) = client.bodies[id], let target, let flags else { return 0 }
            var pieces = waiting
            guard let piece = pieces.first else {
                if !ends { return Int(NGHTTP2_ERR_DEFERRED.rawValue) }
                flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
                return 0
            }
            let count = min(room, piece.count)
            for index in 0..<count { target[index] = piece[index] }
            if count == piece.count { pieces.removeFirst() } else { pieces[0].removeFirst(count) }
            if pieces.isEmpty, ends { flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
            client.bodies[id] = (pieces, ends)
            return count
        }
        var storage: [[UInt8]] = []
        for (name, value) in headers { storage += [Array(name.utf8), Array(value.utf8)] }
        let pointers = storage.map { bytes in
            let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
            for (index, byte) in bytes.enumerated() { copy[index] = byte }
            return copy
        }
        defer { for pointer in pointers { pointer.deallocate() } }
        let fields = stride(from: 0, to: storage.count, by: 2).map {
            nghttp2_nv(name: pointers[$0], value: pointers[$0 + 1], namelen: storage[$0].count, valuelen: storage[$0 + 1].count, flags: 0)
        }
        let id = withUnsafePointer(to: &provider) {
            nghttp2_submit_request(session, nil, fields, fields.count, pieces == nil ? nil : $0, nil)
        }
        answers[id] = Answer()
        bodies[id] = (pieces ?? [], ends)
        flush()
        return id
    }

    /// A gRPC call with `body` cut into `pieces`.
    func call(_ path: String, _ pieces: [[UInt8]], _ more: [(String, String)] = [], method: String = "POST", ends: Bool = true) -> Int32 {
        request([(":method", method), (":scheme", "http"), (":authority", "t"), (":path", path), ("content-type", "application/grpc"),
                 ("te", "trailers")] + more, pieces: pieces, ends: ends)
    }

    func flush() {
        var start: UnsafePointer<UInt8>?
        while case let count = nghttp2_session_mem_send(session, &start), count > 0 {
            raw.send(Array(UnsafeBufferPointer(start: start, count: count)))
        }
    }

    func reset(_ id: Int32) {
        nghttp2_submit_rst_stream(session, 0, id, NGHTTP2_CANCEL.rawValue)
        flush()
    }

    func ping() { nghttp2_submit_ping(session, 0, nil) }
    func send(raw bytes: [UInt8]) { raw.send(bytes) }

    /// Reads until `isEnough`, the server closes, or it is silent for five seconds.
    func run(until isEnough: (HTTP2Client) -> Bool) {
        while !isEnough(self) {
            flush()
            guard let bytes = raw.receive() else { return }
            if bytes.isEmpty {
                isConnectionClosed = true
                return
            }
            _ = nghttp2_session_mem_recv(session, bytes, bytes.count)
        }
    }

    func answer(to id: Int32) -> Answer {
        run { ($0.answers[id]?.isClosed ?? true) || ($0.answers[id]?.headers["grpc-status"] != nil) }
        return answers[id] ?? Answer()
    }
}

/// A gRPC message with its prefix.
func framed(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] {
    let length = UInt32(message.count)
    return [flag] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + message
}
