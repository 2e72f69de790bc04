/// A block as the database lists it; its columns lie in chunks. What the byte arrays mean is the encoder's affair.
struct BlockRow: Sendable, Equatable {
    /// Given by the database at commit; never given twice while the process runs.
    var id: Int64 = 0
    /// Earliest start and latest end.
    var minNanos: UInt64
    var maxNanos: UInt64
    var spans: Int
    var traces: Int
    /// Encoded bytes, all chunks.
    var bytes: Int
    var format: Int
    var bloom: [UInt8]
    var summary: [UInt8]
}

/// What a block's column becomes on disk.
typealias BlockChunk = (column: UInt16, bytes: [UInt8])

/// Times in SQL are signed. Those beyond 2262 become the last one, which stands for all of them: order is kept, and as an
/// upper bound it reads as the largest time there is, so that a block never looks shorter than it is.
enum SQLTime {
    static func stored(_ nanos: UInt64) -> Int64 { Int64(clamping: nanos) }
    static func lowerBound(_ stored: Int64) -> UInt64 { UInt64(clamping: stored) }
    static func upperBound(_ stored: Int64) -> UInt64 { stored == .max ? .max : UInt64(clamping: stored) }
}

/// Where chunk `column` of `block` lies.
func chunkRow(block: Int64, column: UInt16) -> Int64 { block << 12 | Int64(column) }

/// One more than the largest column number.
let chunkColumnLimit: UInt16 = 1 << 12
