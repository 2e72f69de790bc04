internal import Glibc
internal import SelfStats
internal import Synchronization

extension Journal {
    /// The journal's thread: group commits until it is closed and nothing waits.
    func runWriter() {
        var group: [WaitingEntry] = []
        var wishes: JournalBacklog.Wants = []
        let writer = GroupWriter(journal: self)
        while true {
            group.removeAll(keepingCapacity: true)
            guard backlog.withLock({ $0.take(into: &group, &wishes) }) else {
                doorbell.wait()
                continue
            }
            writer.fulfil(wishes, idle: group.isEmpty)
            if !group.isEmpty {
                writer.commit(group)
            } else if backlog.withLock({ $0.closing }) {
                writer.close()
                return
            }
        }
    }
}

/// What the journal's thread holds: the segment being written, and memory for one call's worth of records.
private final class GroupWriter {
    private let journal: Journal
    private var segment: SegmentWriter?
    private var beginning: JournalBeginning?
    /// Per record its header and 8 zeros to pad it with.
    private var headers = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var parts: [UnsafeRawBufferPointer] = []
    private let stage = JournalStage()
    private static let headerStride = JournalFormat.recordHeaderBytes + 8
    /// A larger group is synced in steps, so that its first entries need not wait for its last.
    private static let stepBytes = 16 << 20

    init(journal: Journal) { self.journal = journal }

    deinit { headers.deallocate() }

    /// Writes, syncs and completes `group`.
    func commit(_ group: [WaitingEntry]) {
        if beginning == nil { beginning = journal.beginning.withLock { $0 } }
        var first = 0
        while first < group.count {
            var (last, bytes) = (first, 0)
            do throws(JournalFailure) {
                if let failure = journal.failure { throw failure }
                try write(group, from: first, upTo: &last, bytes: &bytes)
            } catch {
                if last == first { last = group.count }   // all that waits shares the failure
                refuse(group[first..<last], error)
                first = last
                continue
            }
            complete(group[first..<last], bytes: bytes)
            first = last
        }
    }

    /// Writes and syncs as many entries of `group` as one step takes: `first..<last`, which are also those that share a failure.
    private func write(
        _ group: [WaitingEntry], from first: Int, upTo last: inout Int, bytes: inout Int
    ) throws(JournalFailure) {
        let body = group[first].entry.body.count
        guard body <= JournalFormat.largestBody else {
            last = first + 1
            throw JournalFailure(kind: .refused, description: "a body of \(body) bytes is larger than the journal takes")
        }
        let segment = try openSegment(forBody: body)
        var end = segment.end
        while last < group.count, last - first < 4096, last == first || bytes < Self.stepBytes {
            let body = group[last].entry.body.count
            let next = JournalFormat.end(of: end, body: body)
            guard body <= JournalFormat.largestBody, last == first || next <= journal.options.segmentBytes else { break }
            end = next
            bytes += body
            last += 1
        }
        try segment.reserve(end)
        fillParts(group[first..<last], segment)
        try segment.append(parts, upTo: end)
        if journal.options.fsync {
            let start = monotonicNanos()
            try segment.sync()
            journal.statistics.countSync(nanos: Int(monotonicNanos() - start))
            if segment.isEmpty { try makeNameDurable() }
        }
        segment.accept()
    }

    /// Sees to it that the current segment has room for a record of `body` bytes.
    private func openSegment(forBody body: Int) throws(JournalFailure) -> SegmentWriter {
        if let segment {
            let end = JournalFormat.end(of: segment.end, body: body)
            if segment.isEmpty || end <= journal.options.segmentBytes { return segment }
        }
        closeSegment()
        let segment = try SegmentWriter(
            number: beginning!.nextNumber, in: journal.directory, after: beginning!.previous,
            needed: JournalFormat.end(of: JournalFormat.headerBytes, body: body), stage: stage, options: journal.options)
        beginning!.nextNumber += 1
        self.segment = segment
        publishSegment()
        return segment
    }

    private func makeNameDurable() throws(JournalFailure) {
        let journal = journal
        let code = uninterrupted { journal.options.io.syncDirectory(journal.directory) }
        guard code == 0 else {
            throw JournalFailure(
                kind: .broken, description: "cannot sync the journal directory \(journal.directory): \(systemMessage(-code))")
        }
    }

    /// Lays out the records of `entries` one after the other from the segment's end on.
    private func fillParts(_ entries: ArraySlice<WaitingEntry>, _ segment: SegmentWriter) {
        if headers.count < entries.count * Self.headerStride {
            headers.deallocate()
            headers = .allocate(byteCount: entries.count * 2 * Self.headerStride, alignment: 8)
        }
        parts.removeAll(keepingCapacity: true)
        var header = headers.baseAddress!, offset = segment.end
        for waiting in entries {
            let body = waiting.entry.body, next = JournalFormat.end(of: offset, body: body.count)
            JournalFormat.writeRecordHeader(waiting.entry, segment: segment.number, offset: offset, to: header)
            header.storeBytes(of: 0, toByteOffset: JournalFormat.recordHeaderBytes, as: UInt64.self)
            parts.append(UnsafeRawBufferPointer(start: header, count: JournalFormat.recordHeaderBytes))
            parts.append(body)
            let padding = next - offset - JournalFormat.recordHeaderBytes - body.count
            parts.append(UnsafeRawBufferPointer(start: header + JournalFormat.recordHeaderBytes, count: padding))
            offset = next
            header += Self.headerStride
        }
    }

    private func complete(_ entries: ArraySlice<WaitingEntry>, bytes: Int) {
        journal.statistics.appends.add(entries.count)
        journal.statistics.bytes.add(bytes)
        publishSegment(completedBytes: bytes)
        guard let segment else { return }
        var offset = segment.end
        for waiting in entries { offset -= JournalFormat.end(of: 0, body: waiting.entry.body.count) }
        for waiting in entries {
            offset = JournalFormat.end(of: offset, body: waiting.entry.body.count)
            waiting.completion(.success(JournalPosition(segment: segment.number, offset: UInt32(offset))))
        }
    }

    private func refuse(_ entries: ArraySlice<WaitingEntry>, _ failure: JournalFailure) {
        if failure.kind == .broken { journal.backlog.withLock { $0.failure = $0.failure ?? failure } }
        journal.statistics.refusals.add(entries.count)
        publishSegment(completedBytes: entries.reduce(0) { $0 + $1.entry.body.count })
        for waiting in entries { waiting.completion(.failure(failure)) }
    }

    /// Tells others what the segment has come to, and what waits no more.
    private func publishSegment(completedBytes: Int = 0) {
        let current = segment.map(ClosedSegment.init)
        journal.backlog.withLock { backlog in
            backlog.current = current
            backlog.completed(bytes: completedBytes)
        }
    }

    /// Does what was asked for; after a failure the segment is left as it is.
    func fulfil(_ wishes: JournalBacklog.Wants, idle: Bool) {
        guard !wishes.isEmpty, let segment, journal.failure == nil else { return }
        let isDone = journal.backlog.withLock { $0.currentIsDone }
        if wishes.contains(.rotation) || wishes.contains(.dropping) && isDone {
            closeSegment()
        } else if wishes.contains(.shrinking), idle {
            segment.shrink()
            publishSegment()
        }
    }

    /// Ends the segment, if there is one: nothing is written to it any more, and once it is wholly in blocks it goes.
    private func closeSegment() {
        guard let segment else { return }
        if journal.failure == nil { segment.shrink() }
        let closed = ClosedSegment(segment)
        beginning?.previous = closed.endPosition
        self.segment = nil
        journal.backlog.withLock { backlog in
            backlog.current = nil
            backlog.closed.append(closed)
        }
        journal.unlinkDone()
    }

    func close() {
        if !journal.options.fsync { try? segment?.sync() }
        closeSegment()
    }
}

extension ClosedSegment {
    fileprivate init(_ segment: SegmentWriter) {
        self.init(number: segment.number, end: UInt32(segment.end), diskBytes: segment.diskBytes)
    }
}
