internal import Synchronization

extension Journal {
    /// Calls `visit` with each surviving entry in order, and the position just after it: what `done` becomes once the entry is
    /// in a block. To be called once, before the first append. Entries keep the memory they lie in alive.
    ///
    /// A replayed segment is never written to again.
    func replay<E: Error>(_ visit: (JournalEntry, _ end: JournalPosition) throws(E) -> Void) throws(E) -> ReplayReport {
        var report = ReplayReport()
        var closed: [ClosedSegment] = []
        for (index, segment) in found.enumerated() {
            report.segments += 1
            reportMissing(before: index, &report)
            // What follows knows where this one ended; the last one's end may be torn.
            let next = index + 1 < found.count ? found[index + 1].header?.previous : nil
            let knownEnd = next?.segment == segment.number ? next.map { Int($0.offset) } : nil
            let end = try replay(segment, knownEnd: knownEnd, isLast: index + 1 == found.count, &report, visit)
            closed.append(ClosedSegment(number: segment.number, end: UInt32(end), diskBytes: segment.diskBytes))
        }
        if let last = closed.last { beginning.withLock { $0.previous = max($0.previous, last.endPosition) } }
        let all = closed
        backlog.withLock { $0.closed = all }
        trim(to: done)
        return report
    }

    /// Where the records of `segment` end.
    private func replay<E: Error>(
        _ segment: FoundSegment, knownEnd: Int?, isLast: Bool, _ report: inout ReplayReport,
        _ visit: (JournalEntry, _ end: JournalPosition) throws(E) -> Void
    ) throws(E) -> Int {
        let start = segment.number == done.segment ? max(Int(done.offset), JournalFormat.headerBytes) : JournalFormat.headerBytes
        let bytes = segment.load()
        let scan = SegmentScan(bytes: UnsafeRawBufferPointer(bytes.memory), number: segment.number, knownEnd: knownEnd)
        let outcome = try scan.records(from: start) { record throws(E) in
            report.entries += 1
            report.bytes += record.body.count
            let entry = JournalEntry(
                body: record.body, owner: bytes, format: record.format, compression: record.compression,
                receivedNanos: record.receivedNanos)
            try visit(entry, JournalPosition(segment: segment.number, offset: UInt32(record.end)))
        }
        let damageBefore = report.damage.count
        let reason = bytes.unreadableBytes > 0 ? "the disk cannot read it" : "damaged"
        report.damage += outcome.damage.map {
            .init(path: segment.path, offset: $0.lowerBound, lostBytes: $0.count, reason: reason)
        }
        if isLast || knownEnd != nil {
            report.tornBytes += outcome.tornBytes
        } else if outcome.tornBytes > 0 {   // the next segment's header is gone, so nobody knows whether this was acknowledged
            report.damage.append(
                .init(path: segment.path, offset: outcome.end, lostBytes: outcome.tornBytes, reason: reason))
        }
        if report.damage.count > damageBefore { segment.keepForInspection() }
        return outcome.end
    }

    /// Names the segments that should lie between this one and the one before it (or `done`), and do not.
    private func reportMissing(before index: Int, _ report: inout ReplayReport) {
        guard let previous = found[index].header?.previous, previous > done else { return }
        let before = index > 0 ? found[index - 1].number : done.segment
        guard previous.segment > before || index == 0 && previous.segment == before else { return }
        report.damage.append(.init(
            path: directory + "/" + segmentFileName(previous.segment), offset: 0, lostBytes: 0,
            reason: "the segment is missing though its records are in no block yet"))
    }
}
