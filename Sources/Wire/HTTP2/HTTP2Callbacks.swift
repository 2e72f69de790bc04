internal import CNGHTTP2

/// What nghttp2 calls while it reads or writes, as C functions without a context: each finds the session in `user_data`.
///
/// The pointer is unretained. It is valid because nghttp2 calls back only from within `nghttp2_session_mem_recv`,
/// `_mem_send` and `_del`, which only `HTTP2Session` calls, on itself.
enum HTTP2Callbacks {
    /// Set up once, then only read by `nghttp2_session_server_new2`.
    nonisolated(unsafe) static let table: OpaquePointer? = {
        var table: OpaquePointer?
        nghttp2_session_callbacks_new(&table)
        nghttp2_session_callbacks_set_on_begin_headers_callback(table) { _, frame, user in
            guard let frame, session(user).isNewRequest(frame) else { return 0 }
            session(user).beginRequest(frameHead(frame).stream_id)
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(table) { _, frame, name, nameCount, value, valueCount, _, user in
            guard let frame else { return 0 }
            return session(user).header(
                frameHead(frame).stream_id, name: UnsafeRawBufferPointer(start: name, count: nameCount),
                value: UnsafeRawBufferPointer(start: value, count: valueCount))
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table) { _, _, id, bytes, count, user in
            session(user).data(id, UnsafeRawBufferPointer(start: bytes, count: count))
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(table) { _, frame, user in
            if let frame { session(user).frame(frameHead(frame), isNewRequest: session(user).isNewRequest(frame)) }
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(table) { _, id, _, user in
            session(user).streamClosed(id)
            return 0
        }
        nghttp2_session_callbacks_set_error_callback2(table) { _, _, words, count, user in
            if let words { session(user).complaint(UnsafeRawBufferPointer(start: words, count: count)) }
            return 0
        }
        return table
    }()

    nonisolated(unsafe) static let options: OpaquePointer? = {
        var options: OpaquePointer?
        nghttp2_option_new(&options)
        nghttp2_option_set_no_auto_window_update(options, 1)
        nghttp2_option_set_no_closed_streams(options, 1)
        // `FrameCredit` watches resets, with a better code to end on.
        nghttp2_option_set_stream_reset_rate_limit(options, 1 << 30, 1 << 30)
        return options
    }()

    /// Sends an answer's body. `source` is its stream, alive because nghttp2 stops asking when the stream closes.
    static let readBody: nghttp2_data_source_read_callback = { _, _, target, room, flags, source, user in
        guard let target, let flags, let stream = source?.pointee.ptr else { return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }
        return session(user).produce(
            Unmanaged<HTTP2Stream>.fromOpaque(stream).takeUnretainedValue(), into: target, room: room, flags)
    }

    private static func session(_ user: UnsafeMutableRawPointer?) -> HTTP2Session {
        // `HTTP2Session` passes itself and outlives its nghttp2 session.
        Unmanaged<HTTP2Session>.fromOpaque(user!).takeUnretainedValue()
    }

    /// Every frame begins with its head; reading that through its own type avoids a copy of the whole union.
    private static func frameHead(_ frame: UnsafePointer<nghttp2_frame>) -> nghttp2_frame_hd {
        UnsafeRawPointer(frame).assumingMemoryBound(to: nghttp2_frame_hd.self).pointee
    }
}
