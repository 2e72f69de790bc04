internal import CShims

// The journal's segment file, `journal/NNNNNNNN.log`. Numbers are little-endian.
//
//   header          0   8  "LOUPEJNL"
//                   8   4  version: 1
//                  12   4  segment number, as in the file's name
//                  16   4  number of the segment before it, 0 when there was none
//                  20   4  where that segment's last record ends: what is missing before it was lost, what lies beyond is torn
//                  24   4  0
//                  28   4  crc32c of bytes 0..<28
//   record          0   4  length of what follows byte 8: 16 + body; 0 ends the segment
//                   4   4  crc32c of {segment number u32, offset of the record u32, length u32}, then of bytes 8...
//                   8   8  receivedNanos
//                  16   1  JournalEntry.Format
//                  17   1  JournalEntry.Compression
//                  18   6  0
//                  24      body, as received
//                          zeros up to a multiple of 8, where the next record starts
//
// The check sum knows where its record belongs: a record that turns up elsewhere (a copied file, a body that holds a
// journal) is no record. Version 1 is the first.
enum JournalFormat {
    static let version: UInt32 = 1
    static let headerBytes = 32
    static let recordHeaderBytes = 24
    static let magic: UInt64 = 0x4C4E_4A45_5055_4F4C   // "LOUPEJNL"
    /// Offsets are u32, and a record may not be the one that overflows them.
    static let largestBody = 1 << 30

    /// Where a record at `offset` with `body` bytes ends and the next may start.
    static func end(of offset: Int, body: Int) -> Int { (offset + recordHeaderBytes + body + 7) & ~7 }

    static func checkSum(
        segment: UInt32, offset: Int, length: UInt32, meta: UnsafeRawPointer, body: UnsafeRawBufferPointer
    ) -> UInt32 {
        let place = (segment, UInt32(truncatingIfNeeded: offset), length)
        var crc = withUnsafeBytes(of: place) { shims_crc32c(0, $0.baseAddress, $0.count) }
        crc = shims_crc32c(crc, meta, recordHeaderBytes - 8)
        return shims_crc32c(crc, body.baseAddress, body.count)
    }

    /// Writes the 24 bytes that precede the body of `entry` in a record at `offset`.
    static func writeRecordHeader(_ entry: JournalEntry, segment: UInt32, offset: Int, to out: UnsafeMutableRawPointer) {
        let length = UInt32(recordHeaderBytes - 8 + entry.body.count)
        out.storeBytes(of: length.littleEndian, as: UInt32.self)
        out.storeBytes(of: entry.receivedNanos.littleEndian, toByteOffset: 8, as: UInt64.self)
        let kinds = UInt64(entry.format.rawValue) | UInt64(entry.compression.rawValue) << 8
        out.storeBytes(of: kinds.littleEndian, toByteOffset: 16, as: UInt64.self)
        let crc = checkSum(segment: segment, offset: offset, length: length, meta: out + 8, body: entry.body)
        out.storeBytes(of: crc.littleEndian, toByteOffset: 4, as: UInt32.self)
    }
}

/// The first 32 bytes of a segment.
struct SegmentHeader: Equatable {
    var version = JournalFormat.version
    var number: UInt32
    /// The end of the segment before it.
    var previous: JournalPosition

    func encoded() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: JournalFormat.headerBytes)
        bytes.withUnsafeMutableBytes { out in
            out.storeBytes(of: JournalFormat.magic.littleEndian, as: UInt64.self)
            out.storeBytes(of: version.littleEndian, toByteOffset: 8, as: UInt32.self)
            out.storeBytes(of: number.littleEndian, toByteOffset: 12, as: UInt32.self)
            out.storeBytes(of: previous.segment.littleEndian, toByteOffset: 16, as: UInt32.self)
            out.storeBytes(of: previous.offset.littleEndian, toByteOffset: 20, as: UInt32.self)
            let crc = shims_crc32c(0, out.baseAddress, 28)
            out.storeBytes(of: crc.littleEndian, toByteOffset: 28, as: UInt32.self)
        }
        return bytes
    }

    init(number: UInt32, previous: JournalPosition) {
        self.number = number
        self.previous = previous
    }

    /// nil when `bytes` do not start with an intact header.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= JournalFormat.headerBytes,
            UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) == JournalFormat.magic
        else { return nil }
        func word(_ offset: Int) -> UInt32 { UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
        guard shims_crc32c(0, bytes.baseAddress, 28) == word(28) else { return nil }
        version = word(8)
        number = word(12)
        previous = JournalPosition(segment: word(16), offset: word(20))
    }
}

func segmentFileName(_ number: UInt32) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits + ".log"
}

/// The number in a segment's file name; nil for a file that is none.
func segmentNumber(fileName: String) -> UInt32? {
    guard fileName.hasSuffix(".log"), let number = UInt32(fileName.dropLast(4)), number > 0,
        segmentFileName(number) == fileName
    else { return nil }
    return number
}
