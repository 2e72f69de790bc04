internal import Glibc

/// A record as it lies in a segment.
struct SegmentRecord {
    var offset: Int
    var end: Int
    var body: UnsafeRawBufferPointer
    var receivedNanos: UInt64
    var format: JournalEntry.Format
    var compression: JournalEntry.Compression
}

/// Finds the records of a segment, also beyond damage.
///
/// A bad record at the very end is a torn write and normal. A bad record that good ones follow, or that lies where the
/// next segment says that records were, is damage: it is skipped, byte by byte, to the next offset where a record's
/// check sum holds. The search has a budget, since bodies are the senders' to choose.
struct SegmentScan {
    let bytes: UnsafeRawBufferPointer
    let number: UInt32
    /// Where records were known to end; nil in the last segment.
    let knownEnd: Int?

    struct Outcome {
        /// Where the last good record ends.
        var end: Int
        var tornBytes = 0
        var damage: [Range<Int>] = []
    }

    /// Calls `visit` with each good record from `start` on.
    func records<E: Error>(from start: Int, _ visit: (SegmentRecord) throws(E) -> Void) throws(E) -> Outcome {
        var outcome = Outcome(end: start)
        var offset = start
        var budget = 4 * bytes.count
        while true {
            if let record = record(at: offset, budget: &budget) {
                try visit(record)
                offset = record.end
                outcome.end = offset
                continue
            }
            let dataEnd = lastDataByte(from: offset)
            budget = max(budget, 4 * bytes.count)
            if dataEnd > offset, let next = nextRecord(after: offset, before: dataEnd, budget: &budget) {
                outcome.damage.append(offset..<next)
                offset = next
                continue
            }
            if let knownEnd, offset < knownEnd {
                outcome.damage.append(offset..<knownEnd)
                outcome.tornBytes = max(0, dataEnd - knownEnd)
            } else {
                outcome.tornBytes = dataEnd - offset
            }
            return outcome
        }
    }

    /// The record at `offset` if there is a good one. Each check of a sum costs `budget` its bytes.
    private func record(at offset: Int, budget: inout Int) -> SegmentRecord? {
        guard offset + JournalFormat.recordHeaderBytes <= bytes.count else { return nil }
        let length = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        let kinds = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
        let bodyStart = offset + JournalFormat.recordHeaderBytes
        let bodyCount = Int(length) - (JournalFormat.recordHeaderBytes - 8)
        guard bodyCount >= 0, bodyCount <= bytes.count - bodyStart, kinds >> 16 == 0, budget > 0,
            let format = JournalEntry.Format(rawValue: UInt8(truncatingIfNeeded: kinds)),
            let compression = JournalEntry.Compression(rawValue: UInt8(truncatingIfNeeded: kinds >> 8))
        else { return nil }
        budget -= bodyCount + JournalFormat.recordHeaderBytes
        let body = UnsafeRawBufferPointer(rebasing: bytes[bodyStart..<bodyStart + bodyCount])
        let crc = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
        guard crc == JournalFormat.checkSum(
            segment: number, offset: offset, length: length, meta: bytes.baseAddress! + offset + 8, body: body)
        else { return nil }
        return SegmentRecord(
            offset: offset, end: JournalFormat.end(of: offset, body: bodyCount), body: body,
            receivedNanos: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)),
            format: format, compression: compression)
    }

    /// Where the next good record starts.
    private func nextRecord(after offset: Int, before limit: Int, budget: inout Int) -> Int? {
        var offset = offset + 8
        while offset < limit, budget > 0 {
            if record(at: offset, budget: &budget) != nil { return offset }
            offset += 8
        }
        return nil
    }

    /// The end of what is not zero, but at least `offset`.
    private func lastDataByte(from offset: Int) -> Int {
        var end = bytes.count
        while end - offset >= 8, bytes.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self) == 0 { end -= 8 }
        while end > offset, bytes[end - 1] == 0 { end -= 1 }
        return max(end, offset)
    }
}
