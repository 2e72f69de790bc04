internal import CShims
internal import Zlib

/// Writes the segments of a block (see `BlockFormat`). One per encoding thread.
///
/// A segment is a sequence of pieces and a CRC-32C over them; a piece is a codec byte, its raw length, and its bytes.
struct PieceWriter {
    /// Nil for blocks that stay in memory: nothing is compressed.
    private let textDeflater: Deflater?
    private let planeDeflater: Deflater?
    private var plane: [UInt8] = []
    private var packed: [UInt8] = []

    init(compress: Bool) {
        textDeflater = compress ? Deflater(.raw, level: 1) : nil
        planeDeflater = compress ? Deflater(.raw, level: 1, strategy: .runs) : nil
    }

    /// Above this entropy bytes are kept as they are: deflating them costs more time than it saves bytes.
    /// Measured on 1 M spans: 7.5 for planes costs 5 % more CPU and saves 0.2 bytes a span.
    private static let textBits = 7.5, planeBits = 6.5

    /// Appends to `out` what `pieces` writes, closed by its check sum, and returns the segment's length.
    mutating func segment(into out: inout [UInt8], _ pieces: (inout PieceWriter, inout [UInt8]) -> Void) -> Int {
        let start = out.count
        pieces(&self, &out)
        guard out.count > start else { return 0 }
        let crc = out.withUnsafeBytes { shims_crc32c(0, $0.baseAddress! + start, out.count - start) }
        withUnsafeBytes(of: crc.littleEndian) { out.append(contentsOf: $0) }
        return out.count - start
    }

    /// Numbers: their width in bytes (0...8), their minimum, and a piece for each byte plane of (number - minimum).
    mutating func numbers(_ values: UnsafeBufferPointer<UInt64>, into out: inout [UInt8]) {
        guard let first = values.first else { return }
        var low = first, high = first
        for value in values {
            low = min(low, value)
            high = max(high, value)
        }
        let width = (64 - (high - low).leadingZeroBitCount + 7) / 8
        out.append(UInt8(width))
        out.appendVarint(low)
        if width == 0 { return }
        var plane: [UInt8] = []
        swap(&plane, &self.plane)      // `piece` below changes self
        defer { swap(&plane, &self.plane) }
        if plane.count < values.count { plane = [UInt8](repeating: 0, count: values.count + values.count / 2) }
        for place in 0..<width {
            let shift = UInt64(place * 8)
            plane.withUnsafeMutableBufferPointer { plane in
                for index in values.indices { plane[index] = UInt8(truncatingIfNeeded: (values[index] &- low) &>> shift) }
            }
            plane.withUnsafeBytes {
                piece(UnsafeRawBufferPointer(rebasing: $0[..<values.count]), planeDeflater, below: Self.planeBits, into: &out)
            }
        }
    }

    /// Bytes, deflated where that is likely to help.
    mutating func piece(_ bytes: UnsafeRawBufferPointer, into out: inout [UInt8]) {
        piece(bytes, textDeflater, below: Self.textBits, into: &out)
    }

    private mutating func piece(_ bytes: UnsafeRawBufferPointer, _ deflater: Deflater?, below bits: Double, into out: inout [UInt8]) {
        if let first = bytes.first, bytes.count > 1, isConstant(bytes) {
            out.append(PieceCodec.constant.rawValue)
            out.appendVarint(UInt64(bytes.count))
            out.append(first)
            return
        }
        if let deflater, bytes.count >= 32, entropyBits(bytes) < bits {
            let room = bytes.count
            if packed.count < room { packed = [UInt8](repeating: 0, count: room + room / 2) }
            let length = packed.withUnsafeMutableBytes { deflater.deflate(bytes, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<room])) }
            if let length, length < bytes.count - bytes.count / 32 {
                out.append(PieceCodec.deflate.rawValue)
                out.appendVarint(UInt64(bytes.count))
                out.appendVarint(UInt64(length))
                packed.withUnsafeBytes { out.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[..<length])) }
                return
            }
        }
        out.append(PieceCodec.raw.rawValue)
        out.appendVarint(UInt64(bytes.count))
        out.append(contentsOf: bytes)
    }

    private func isConstant(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let first = bytes[0]
        if bytes[bytes.count - 1] != first || bytes[bytes.count / 2] != first { return false }
        return bytes.allSatisfy { $0 == first }
    }

    /// Bits per byte by the order-0 entropy of a sample, which tells random planes from those worth deflating.
    private func entropyBits(_ bytes: UnsafeRawBufferPointer) -> Double {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { counts in
            counts.initialize(repeating: 0)
            let stride = max(1, bytes.count / 2048)
            var index = 0
            var total = 0
            while index < bytes.count {
                counts[Int(bytes[index])] &+= 1
                total &+= 1
                index &+= stride
            }
            if total < 512 { return 0 }        // too few to tell: let deflate try
            var sum = 0.0
            for count in counts where count > 0 { sum += Double(count) * log2Table[Int(count)] }
            return log2Table[total] - sum / Double(total)
        }
    }
}

/// log2 of 0...4096.
private let log2Table: [Double] = {
    // By the doubling rule from the odd numbers' series: no libm needed here, and exact enough for a threshold.
    var table = [Double](repeating: 0, count: 4097)
    for value in 2...4096 {
        var mantissa = Double(value)
        var exponent = 0.0
        while mantissa >= 2 {
            mantissa /= 2
            exponent += 1
        }
        var bit = 0.5
        var fraction = 0.0
        for _ in 0..<24 {
            mantissa *= mantissa
            if mantissa >= 2 {
                mantissa /= 2
                fraction += bit
            }
            bit /= 2
        }
        table[value] = exponent + fraction
    }
    return table
}()

enum PieceCodec: UInt8 {
    case raw = 0, deflate, constant
}

extension [UInt8] {
    /// Appends `value` as a base-128 varint, low groups first.
    mutating func appendVarint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        append(UInt8(value))
    }

    /// Appends a length and the bytes.
    mutating func appendBlob(_ bytes: some Collection<UInt8>) {
        appendVarint(UInt64(bytes.count))
        append(contentsOf: bytes)
    }
}

/// 0, -1, 1, -2 ... as 0, 1, 2, 3 ...
@inline(__always) func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }
@inline(__always) func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
