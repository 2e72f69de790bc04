internal import Glibc

/// A segment that an earlier run left, open for reading.
final class FoundSegment: Sendable {
    let number: UInt32
    let path: String
    /// nil when the header is damaged.
    let header: SegmentHeader?
    let diskBytes: Int
    private let file: Int32
    private let byteCount: Int

    /// The segments in `directory` by number, without those wholly before `done`, which are unlinked.
    static func list(in directory: String, after done: JournalPosition, io: JournalIO) throws(StoreError) -> [FoundSegment] {
        guard let stream = opendir(directory) else {
            throw StoreError(description: "cannot read the journal directory \(directory): \(systemMessage(errno))")
        }
        defer { closedir(stream) }
        var numbers: [UInt32] = []
        while let item = readdir(stream) {
            let name = withUnsafePointer(to: &item.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let number = segmentNumber(fileName: name) { numbers.append(number) }
        }
        var found: [FoundSegment] = []
        for number in numbers.sorted() {
            let path = directory + "/" + segmentFileName(number)
            if number < done.segment {
                _ = io.unlink(path)
            } else {
                found.append(try FoundSegment(number: number, path: path))
            }
        }
        return found
    }

    private init(number: UInt32, path: String) throws(StoreError) {
        self.number = number
        self.path = path
        file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        var facts = stat()
        guard file >= 0, fstat(file, &facts) == 0 else {
            throw StoreError(description: "cannot open the journal segment \(path): \(systemMessage(errno))")
        }
        diskBytes = Int(facts.st_blocks) * 512
        byteCount = Int(facts.st_size)
        var start = [UInt8](repeating: 0, count: JournalFormat.headerBytes)
        let count = max(0, pread(file, &start, start.count, 0))
        let header = start.withUnsafeBytes { SegmentHeader(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        // Renamed or copied: its records will not check out either.
        self.header = header?.number == number ? header : nil
        if let version = header?.version, version > JournalFormat.version {
            throw StoreError(description: """
                \(path) was written by a newer Loupe (journal version \(version), this one reads \(JournalFormat.version)): \
                start that one again, or move the file away to lose what it holds
                """)
        }
    }

    deinit { close(file) }

    /// Gives the file a second name, under which it outlives its blocks: what is damaged today may be readable tomorrow.
    func keepForInspection() { link(path, path + ".damaged") }

    /// The whole file in memory. A part the disk cannot read becomes zeros and is counted.
    func load() -> SegmentBytes {
        let bytes = SegmentBytes(count: byteCount)
        var offset = 0
        while offset < bytes.memory.count {
            let count = pread(file, bytes.memory.baseAddress! + offset, bytes.memory.count - offset, offset)
            if count > 0 {
                offset += count
            } else if count == 0 {
                memset(bytes.memory.baseAddress! + offset, 0, bytes.memory.count - offset)
                break
            } else if errno != EINTR {
                let skipped = min(4096 - offset & 4095, bytes.memory.count - offset)
                memset(bytes.memory.baseAddress! + offset, 0, skipped)
                bytes.unreadableBytes += skipped
                offset += skipped
            }
        }
        return bytes
    }
}

/// A segment's bytes, alive as long as an entry points into them.
final class SegmentBytes: @unchecked Sendable {   // written by `load` alone, before anyone else sees it
    let memory: UnsafeMutableRawBufferPointer
    fileprivate(set) var unreadableBytes = 0

    /// Uninitialized.
    init(count: Int) { memory = .allocate(byteCount: count, alignment: 8) }

    deinit { memory.deallocate() }
}
