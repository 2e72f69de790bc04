internal import CZlib

/// A gzip stream made piece by piece; each piece can be inflated as soon as it has arrived. Not thread-safe: one owner at a time.
final class GzipStream {
    private var stream = z_stream()

    init(level: Int32 = 1) {
        let code = deflateInit2_(&stream, level, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "deflateInit2: \(code)")
    }

    deinit { deflateEnd(&stream) }

    /// What `piece` adds to the stream.
    func deflate(_ piece: [UInt8]) -> [UInt8] { run(piece, Z_SYNC_FLUSH) }

    /// The end of the stream.
    func finish() -> [UInt8] { run([], Z_FINISH) }

    private func run(_ input: [UInt8], _ flush: Int32) -> [UInt8] {
        input.withUnsafeBufferPointer { input in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(input.count)
            let room = Int(deflateBound(&stream, UInt(input.count))) + 64       // a flush adds an empty block to the bound
            return [UInt8](unsafeUninitializedCapacity: room) { output, count in
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(room)
                let code = CZlib.deflate(&stream, flush)
                precondition(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR, "deflate: \(code)")
                precondition(stream.avail_in == 0 && stream.avail_out > 0, "deflateBound was too small")
                count = room - Int(stream.avail_out)
            }
        }
    }
}
