internal import CZlib

/// What zlib reported: its return code and words. Codes: https://zlib.net/manual.html#Constants
public struct ZlibError: Error, Equatable, Sendable {
    public enum Reason: Equatable, Sendable {
        /// The input is not a stream of this format, or its check sum is wrong.
        case corrupt
        /// The input ends before the stream does.
        case truncated
        /// The output is larger than the limit the caller gave.
        case tooLarge(limitBytes: Int)
        case outOfMemory
    }
    public var reason: Reason
    public var message: String
}

/// How a deflate stream is wrapped.
public enum ZlibFormat: Sendable {
    /// No header, no check sum (RFC 1951).
    case raw
    /// RFC 1950; what HTTP calls `deflate`.
    case zlib
    /// RFC 1952; several members may follow each other.
    case gzip

    var windowBits: Int32 {
        switch self {
        case .raw: -15
        case .zlib: 15
        case .gzip: 15 + 16
        }
    }
}

/// A reusable inflate stream: `inflateReset` between uses saves its 40 KB of allocations.
/// Not thread-safe: one owner at a time.
public final class Inflater {
    /// zlib keeps the address of the stream it was initialized with, so it has one of its own, on the heap.
    private let stream: UnsafeMutablePointer<z_stream>
    public let format: ZlibFormat

    public init(_ format: ZlibFormat) {
        self.format = format
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let code = inflateInit2_(stream, format.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "inflateInit2: \(code)")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Inflates all of `input` into `output`, which must be large enough, and returns the bytes written.
    /// - Throws: `tooLarge` when `output` is full before the stream ends.
    public func inflate(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws(ZlibError) -> Int {
        var written = 0
        try inflate(input, limitBytes: output.count) { _ in output } progress: { written = $0 }
        return written
    }

    /// Inflates the beginning of `input` until `output` is full, and says whether it came to that. What follows is not looked at.
    public func inflate(beginningOf input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool {
        guard let start = input.baseAddress, input.count > 0, input.count <= UInt32.max, output.count <= UInt32.max else { return false }
        inflateReset(stream)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(input.count)
        let code = step(into: output.baseAddress, room: UInt32(output.count))
        return (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) && (output.isEmpty || stream.pointee.avail_out == 0)
    }

    /// Inflates all of `input`, asking `grow` for room as it goes: it is given the bytes written so far and returns the
    /// whole output buffer, which starts with those bytes and is larger than before, or nil to stop (`outOfMemory`).
    /// What lies beyond `limitBytes` in it stays untouched.
    /// gzip input may hold several members; all are inflated, bytes after them that start no member are an error.
    public func inflate(
        _ input: UnsafeRawBufferPointer, limitBytes: Int,
        grow: (_ written: Int) -> UnsafeMutableRawBufferPointer?, progress: (_ written: Int) -> Void
    ) throws(ZlibError) {
        precondition(input.count <= UInt32.max, "zlib counts its input in 32 bits")
        inflateReset(stream)
        guard let start = input.baseAddress, input.count > 0 else {
            throw ZlibError(reason: .truncated, message: "the compressed stream is empty")
        }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(input.count)
        var written = 0
        var output = try room(from: grow, after: 0)
        while true {
            let room = min(output.count, limitBytes) - written
            let code = step(into: output.baseAddress?.advanced(by: written), room: UInt32(clamping: room))
            written += min(room, Int(UInt32.max)) - Int(stream.pointee.avail_out)
            switch code {
            case Z_OK: continue
            case Z_STREAM_END:
                if try isAtEnd() { return progress(written) }
            case Z_BUF_ERROR:                            // neither read nor wrote anything
                if room > 0 { throw ZlibError(reason: .truncated, message: "the compressed stream ends too early") }
                if written >= limitBytes {
                    throw ZlibError(reason: .tooLarge(limitBytes: limitBytes), message: "inflates to more than \(limitBytes) bytes")
                }
                output = try self.room(from: grow, after: written)
            case Z_MEM_ERROR: throw ZlibError(reason: .outOfMemory, message: "zlib is out of memory")
            default:
                let words = stream.pointee.msg.map { String(cString: $0) } ?? "error \(code)"
                throw ZlibError(reason: .corrupt, message: "not a valid \(format) stream: \(words)")
            }
        }
    }

    /// With no room left zlib can still read the end mark and the check sum, which need none; only the address may not be null.
    private func step(into output: UnsafeMutableRawPointer?, room: UInt32) -> Int32 {
        var nowhere: UInt8 = 0
        return withUnsafeMutablePointer(to: &nowhere) { nowhere in
            stream.pointee.next_out = output?.assumingMemoryBound(to: UInt8.self) ?? nowhere
            stream.pointee.avail_out = output == nil ? 0 : room
            return CZlib.inflate(stream, Z_NO_FLUSH)
        }
    }

    /// After the end of a stream: whether it was the last, else the next gzip member begins.
    private func isAtEnd() throws(ZlibError) -> Bool {
        if stream.pointee.avail_in == 0 { return true }
        guard format == .gzip, let next = stream.pointee.next_in, next.pointee == 0x1f else {
            throw ZlibError(reason: .corrupt, message: "\(stream.pointee.avail_in) bytes follow the end of the compressed stream")
        }
        inflateReset(stream)
        return false
    }

    private func room(
        from grow: (Int) -> UnsafeMutableRawBufferPointer?, after written: Int
    ) throws(ZlibError) -> UnsafeMutableRawBufferPointer {
        guard let output = grow(written) else { throw ZlibError(reason: .outOfMemory, message: "no room for the output") }
        return output
    }
}

/// A reusable deflate stream. Not thread-safe: one owner at a time.
public final class Deflater {
    /// On the heap, as the inflater's is.
    private let stream: UnsafeMutablePointer<z_stream>

    /// What zlib looks for: https://zlib.net/manual.html#Advanced
    public enum Strategy: Sendable {
        /// Repeated strings.
        case strings
        /// Runs of one byte only: faster, and as good for what has no other repetition.
        case runs
    }

    /// - Parameter level: 1 (fast) to 9 (small).
    public init(_ format: ZlibFormat, level: Int32 = 1, strategy: Strategy = .strings) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let code = deflateInit2_(stream, level, Z_DEFLATED, format.windowBits, 8, strategy == .runs ? Z_RLE : Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                                 Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "deflateInit2: \(code)")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// The most bytes that `count` bytes can become.
    public func bound(_ count: Int) -> Int { Int(deflateBound(stream, UInt(count))) }

    /// Deflates `input` as one whole stream into `output`; nil when it does not fit.
    public func deflate(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int? {
        deflateReset(stream)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(output.count)
        return CZlib.deflate(stream, Z_FINISH) == Z_STREAM_END ? output.count - Int(stream.pointee.avail_out) : nil
    }

    /// `input` deflated as one whole stream.
    public func deflated(_ input: [UInt8]) -> [UInt8] {
        let room = bound(input.count)
        return [UInt8](unsafeUninitializedCapacity: room) { output, count in
            count = input.withUnsafeBytes { deflate($0, into: UnsafeMutableRawBufferPointer(output)) } ?? 0
        }
    }
}
