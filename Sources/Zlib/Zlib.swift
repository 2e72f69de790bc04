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
    private var stream = z_stream()
    public let format: ZlibFormat

    public init(_ format: ZlibFormat) {
        self.format = format
        let code = inflateInit2_(&stream, format.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "inflateInit2: \(code)")
    }

    deinit { inflateEnd(&stream) }

    /// Inflates all of `input` into `output`, which must be large enough, and returns the bytes written.
    /// - Throws: `tooLarge` when `output` is full before the stream ends.
    public func inflate(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws(ZlibError) -> Int {
        var written = 0
        try inflate(input, limitBytes: output.count) { _ in output } progress: { written = $0 }
        return written
    }

    /// Inflates all of `input`, asking `grow` for room as it goes: it is given the bytes written so far and returns the
    /// whole output buffer, which starts with those bytes and is larger than before (never above `limitBytes`).
    /// gzip input may hold several members; all are inflated, bytes after them that start no member are an error.
    public func inflate(
        _ input: UnsafeRawBufferPointer, limitBytes: Int,
        grow: (_ written: Int) -> UnsafeMutableRawBufferPointer, progress: (_ written: Int) -> Void
    ) throws(ZlibError) {
        inflateReset(&stream)
        guard let start = input.baseAddress, input.count > 0 else {
            throw ZlibError(reason: .truncated, message: "the compressed stream is empty")
        }
        stream.next_in = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(input.count)
        var written = 0
        var output = grow(0)
        while true {
            let room = min(output.count, limitBytes) - written
            stream.next_out = output.baseAddress?.advanced(by: written).assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(clamping: room)
            var spare: UInt8 = 0
            if room == 0 {                       // an output of exactly the limit still has to reach its end mark
                stream.avail_out = 1
                let code = withUnsafeMutablePointer(to: &spare) {
                    stream.next_out = $0
                    return CZlib.inflate(&stream, Z_NO_FLUSH)
                }
                if stream.avail_out == 0 {
                    guard output.count < limitBytes else {
                        throw ZlibError(reason: .tooLarge(limitBytes: limitBytes), message: "inflates to more than \(limitBytes) bytes")
                    }
                    output = grow(written)
                    output[written] = spare
                    written += 1
                }
                if try finished(code) { break }
                continue
            }
            let before = stream.avail_out
            let code = CZlib.inflate(&stream, Z_NO_FLUSH)
            written += Int(before - stream.avail_out)
            if try finished(code) { break }
            if stream.avail_out == 0, output.count < limitBytes { output = grow(written) }
        }
        progress(written)
    }

    /// Whether the whole input is inflated; starts the next gzip member where one follows.
    private func finished(_ code: Int32) throws(ZlibError) -> Bool {
        switch code {
        case Z_STREAM_END:
            if stream.avail_in == 0 { return true }
            guard format == .gzip, let next = stream.next_in, next.pointee == 0x1f else {
                throw ZlibError(reason: .corrupt, message: "\(stream.avail_in) bytes follow the end of the compressed stream")
            }
            inflateReset(&stream)
            return false
        case Z_OK: return false
        case Z_BUF_ERROR:
            if stream.avail_in == 0 { throw ZlibError(reason: .truncated, message: "the compressed stream ends too early") }
            return false
        case Z_MEM_ERROR: throw ZlibError(reason: .outOfMemory, message: "zlib is out of memory")
        default:
            let words = stream.msg.map { String(cString: $0) } ?? "error \(code)"
            throw ZlibError(reason: .corrupt, message: "not a valid \(format) stream: \(words)")
        }
    }
}

/// A reusable deflate stream. Not thread-safe: one owner at a time.
public final class Deflater {
    private var stream = z_stream()

    /// - Parameter level: 1 (fast) to 9 (small).
    public init(_ format: ZlibFormat, level: Int32 = 1) {
        let code = deflateInit2_(&stream, level, Z_DEFLATED, format.windowBits, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                                 Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "deflateInit2: \(code)")
    }

    deinit { deflateEnd(&stream) }

    /// The most bytes that `count` bytes can become.
    public func bound(_ count: Int) -> Int { Int(deflateBound(&stream, UInt(count))) }

    /// Deflates `input` as one whole stream into `output`; nil when it does not fit.
    public func deflate(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int? {
        deflateReset(&stream)
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = UInt32(output.count)
        return CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END ? output.count - Int(stream.avail_out) : nil
    }

    /// `input` deflated as one whole stream.
    public func deflated(_ input: [UInt8]) -> [UInt8] {
        let room = bound(input.count)
        return [UInt8](unsafeUninitializedCapacity: room) { output, count in
            count = input.withUnsafeBytes { deflate($0, into: UnsafeMutableRawBufferPointer(output)) } ?? 0
        }
    }
}
