internal import CShims
internal import Trace
internal import Zlib

// A chunk holds the samples of all series in one window of time. Numbers of the frame are little-endian.
//
//     offset  bytes
//          0   4     "LPSM"
//          4   2     version: 1
//          6   2     0
//          8   4     H, the head's length
//         12   4     crc32c of bytes 0..<12 and of the head
//         16   H     head
//     16 + H   …     pieces, one after the other
//
// head, all varints (as protobuf has them; "signed" ones in zigzag):
//     number of times; the first time in milliseconds since 1970, signed; each further one as the difference to the one before, signed
//     number of pieces; for each: its first series' id minus the last id of the piece before, its last id minus its first,
//     the length of its content, its length in the chunk
//
// piece:  crc32c of what follows u32; 0 plain or 1 deflated (raw) u8; the content
//
// content, for each series in the order of ids, varints unless said otherwise:
//     id minus the id before (the first: minus the piece's first id); the length of the rest
//     number of runs; for each: times skipped since the end of the run before, number of times in the run
//     0: whole numbers. The first one, signed; then differences, signed. 0 is followed by the number of further zeros.
//     1: doubles. The first one as 8 bytes; then a byte for each: 0, and the number of further ones, when it is the one before;
//        else 0x80 | 8 * (bytes of zeros at the top) | (bytes of zeros at the bottom) of the exclusive or with the one before,
//        and its other bytes, the lowest first.
//
// History: version 1 is the first.

/// The samples of one series in a window: which of the window's times it has, and what it was then.
struct SeriesSamples: Sendable, Equatable {
    /// Ascending indexes of the window's times.
    var places: [UInt32] = []
    var values: [Double] = []

    /// False when there is a sample at this place, or a later one, already.
    mutating func append(_ value: Double, at place: UInt32) -> Bool {
        if let last = places.last, last >= place { return false }
        places.append(place)
        values.append(value)
        return true
    }
}

/// Why a chunk, or a part of it, cannot be read.
struct SeriesDamage: Error, Equatable {
    var what: String
}

enum SeriesChunk {
    static let magic: [UInt8] = Array("LPSM".utf8)
    static let version: UInt16 = 1
    static let frameBytes = 16
    /// Content after which a piece ends.
    static let pieceBytes = 32 << 10

    static func encode(times: [Int64], series: [(id: UInt32, samples: SeriesSamples)]) -> [UInt8] {
        let deflater = Deflater(.raw, level: 6)
        var head: [UInt8] = []
        head.append(varint: UInt64(times.count))
        var before: Int64 = 0
        for time in times {
            head.append(signed: time &- before)
            before = time
        }
        var pieces: [UInt8] = [], directory: [UInt8] = []
        var (content, first, last, earlier, count) = ([UInt8](), UInt32(0), UInt32(0), UInt32(0), UInt64(0))
        func end() {
            guard !content.isEmpty else { return }
            let deflated = deflater.deflated(content)
            let isSmaller = deflated.count < content.count
            let body = [isSmaller ? UInt8(1) : 0] + (isSmaller ? deflated : content)
            for number in [UInt64(first - earlier), UInt64(last - first), UInt64(content.count), UInt64(body.count + 4)] {
                directory.append(varint: number)
            }
            pieces += littleEndian(crc(body))
            pieces += body
            (content, earlier, count) = ([], last, count + 1)
        }
        for (id, samples) in series where !samples.places.isEmpty {
            if content.isEmpty { (first, last) = (id, id) }
            content.append(varint: UInt64(id - last))
            let rest = encoded(samples)
            content.append(varint: UInt64(rest.count))
            content += rest
            last = id
            if content.count >= pieceBytes { end() }
        }
        end()
        head.append(varint: count)
        head += directory
        let frame = magic + littleEndian(UInt32(version)) + littleEndian(UInt32(head.count))
        return frame + littleEndian(crc(frame + head)) + head + pieces
    }

    private static func encoded(_ samples: SeriesSamples) -> [UInt8] {
        var runs: [UInt8] = [], runCount: UInt64 = 0, end: UInt32 = 0, index = 0
        while index < samples.places.count {
            var length = 1
            while index + length < samples.places.count, samples.places[index + length] == samples.places[index] + UInt32(length) { length += 1 }
            runs.append(varint: UInt64(samples.places[index] - end))
            runs.append(varint: UInt64(length))
            end = samples.places[index] + UInt32(length)
            index += length
            runCount += 1
        }
        var bytes: [UInt8] = []
        bytes.append(varint: runCount)
        bytes += runs
        let isWhole = samples.values.allSatisfy { $0 == $0.rounded() && abs($0) < 0x1p53 && ($0 != 0 || $0.sign == .plus) }
        bytes.append(isWhole ? 0 : 1)
        if isWhole { appendWhole(samples.values, to: &bytes) } else { appendDoubles(samples.values, to: &bytes) }
        return bytes
    }

    private static func appendWhole(_ values: [Double], to bytes: inout [UInt8]) {
        var before: Int64 = 0
        var zeros = 0
        for (index, value) in values.enumerated() {
            let number = Int64(value)                            // below 2^53, as the caller made sure
            if index > 0, number == before {
                zeros += 1
                continue
            }
            bytes.append(zeros: &zeros)
            bytes.append(signed: number - before)
            before = number
        }
        bytes.append(zeros: &zeros)
    }

    private static func appendDoubles(_ values: [Double], to bytes: inout [UInt8]) {
        var before: UInt64 = 0
        var zeros = 0
        for (index, value) in values.enumerated() {
            let bits = value.bitPattern
            defer { before = bits }
            if index == 0 {
                bytes += (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
                continue
            }
            if bits == before {
                zeros += 1
                continue
            }
            bytes.append(zeros: &zeros)
            let change = bits ^ before
            let top = change.leadingZeroBitCount / 8, bottom = change.trailingZeroBitCount / 8
            bytes.append(0x80 | UInt8(top << 3) | UInt8(bottom))
            for place in bottom..<8 - top { bytes.append(UInt8(truncatingIfNeeded: change >> UInt64(8 * place))) }
        }
        bytes.append(zeros: &zeros)
    }

    static func crc(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { shims_crc32c(0, $0.baseAddress, $0.count) } }
}

private func littleEndian(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) } }

extension [UInt8] {
    mutating func append(varint number: UInt64) {
        var rest = number
        while rest > 127 {
            append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func append(signed number: Int64) { append(varint: UInt64(bitPattern: number << 1 ^ number >> 63)) }

    /// Ends a run of values that are those before.
    fileprivate mutating func append(zeros: inout Int) {
        if zeros == 0 { return }
        append(0)
        append(varint: UInt64(zeros - 1))
        zeros = 0
    }
}
