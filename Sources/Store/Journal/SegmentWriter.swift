internal import Glibc

/// The segment that is being written. Owned by the journal's thread.
///
/// Invariant: `0..<end` are whole records, durable once `sync` has returned; nothing beyond `end` was acknowledged.
final class SegmentWriter {
    let number: UInt32
    let path: String
    private(set) var end = 0
    /// What the file holds of the block that `end` lies in: blocks are written whole, so it is written again with what follows.
    private var tail: [UInt8] = []
    /// What `end` and `tail` become once all that was written is durable.
    private var written: (end: Int, tail: [UInt8]) = (0, [])
    /// The file reaches to here; `Int.max` when the file system cannot reserve room.
    private var reservedEnd = 0
    private let file: Int32
    private let stage: JournalStage
    private let options: Journal.Options
    private var io: JournalIO { options.io }

    var position: JournalPosition { JournalPosition(segment: number, offset: UInt32(end)) }
    var isEmpty: Bool { end == JournalFormat.headerBytes }
    /// What it occupies on disk.
    var diskBytes: Int { reservedEnd == .max ? end : max(end, reservedEnd) }

    /// Creates the file with its header. Durable with the first `sync` and a sync of the directory.
    /// - Parameter stage: for one segment at a time.
    init(
        number: UInt32, in directory: String, after previous: JournalPosition, needed: Int, stage: JournalStage, options: Journal.Options
    ) throws(JournalFailure) {
        self.number = number
        self.stage = stage
        self.options = options
        let io = options.io
        path = directory + "/" + segmentFileName(number)
        let path = path
        file = uninterrupted { io.create(path, options.fsync) }
        guard file >= 0 else {   // deinit runs when an init throws once all properties are set; closing -1 does nothing
            throw failure("create", file, kind: .refused)
        }
        do throws(JournalFailure) {
            try reserve(needed)
            let header = SegmentHeader(number: number, previous: previous).encoded()
            let code = header.withUnsafeBytes { write([$0], upTo: $0.count) }
            guard code == 0 else { throw failure("write", code, kind: .refused) }
            accept()
        } catch {
            _ = io.unlink(path)
            throw error
        }
    }

    deinit { Glibc.close(file) }

    /// Makes sure that the file reaches to `needed`, better to a whole segment.
    func reserve(_ needed: Int) throws(JournalFailure) {
        guard needed > reservedEnd else { return }
        let (file, io, from) = (file, io, max(reservedEnd, end))
        let room = io.available(file) - options.spareBytes
        var code = -ENOSPC
        for target in [max(options.segmentBytes, needed), needed] where target - from <= room {
            code = uninterrupted { io.allocate(file, from, target - from) }
            if code == 0 {
                reservedEnd = target
                return
            }
            guard isOutOfSpace(-code) else { break }
        }
        guard isOutOfSpace(-code) else {   // it cannot reserve: writes will find out
            reservedEnd = .max
            return
        }
        try cutBack(because: code)
    }

    /// Writes `records`, which follow each other, from `end` up to `newEnd`. They count once `accept` is called.
    func append(_ records: [UnsafeRawBufferPointer], upTo newEnd: Int) throws(JournalFailure) {
        let code = write(records, upTo: newEnd)
        guard code < 0 else { return }
        guard isOutOfSpace(-code) else { throw failure("write", code, kind: .broken) }
        try cutBack(because: code)
    }

    func sync() throws(JournalFailure) {
        let (file, io) = (file, io)
        let code = uninterrupted { io.sync(file) }
        guard code == 0 else { throw failure("sync", code, kind: .broken) }
    }

    /// What was appended is good.
    func accept() { (end, tail) = written }

    /// Gives back what was reserved beyond `end`.
    func shrink() {
        let (file, io, end) = (file, io, end)
        if diskBytes > end, uninterrupted({ io.truncate(file, end) }) == 0 { reservedEnd = end }
    }

    /// Undoes a write that found no room, and refuses it.
    private func cutBack(because code: Int32) throws(JournalFailure) {
        let (file, io, end) = (file, io, end)
        let truncated = uninterrupted { io.truncate(file, end) }
        guard truncated == 0 else { throw failure("truncate", truncated, kind: .broken) }
        if reservedEnd != .max { reservedEnd = end }
        throw failure("write", code, kind: .refused)
    }

    private func failure(_ call: String, _ code: Int32, kind: JournalFailure.Kind) -> JournalFailure {
        JournalFailure(kind: kind, description: "cannot \(call) the journal segment \(path): \(systemMessage(-code))")
    }

    /// Writes from `end` on. 0, or minus the error number once a part could not be written.
    private func write(_ parts: [UnsafeRawBufferPointer], upTo newEnd: Int) -> Int32 {
        var offset = end - tail.count
        stage.removeAll()
        tail.withUnsafeBytes { tail in
            var tail = tail
            stage.put(beginningOf: &tail)
        }
        for var part in parts {
            while !part.isEmpty {
                stage.put(beginningOf: &part)
                if stage.isFull, case let code = writeStaged(to: &offset), code < 0 { return code }
            }
        }
        written = (newEnd, stage.fillBlock())
        return writeStaged(to: &offset)
    }

    private func writeStaged(to offset: inout Int) -> Int32 {
        let (file, io) = (file, io)
        var left = stage.contents
        while !left.isEmpty {
            let count = uninterrupted { io.write(file, left, offset) }
            if count < 0 { return Int32(count) }
            if count == 0 { return -EIO }
            offset += count
            left = UnsafeRawBufferPointer(rebasing: left[count...])
        }
        stage.removeAll()
        return 0
    }
}
