internal import Synchronization
internal import Trace
internal import Zlib

/// Where a block's chunks are.
enum BlockSource: Sendable {
    /// Not on disk (yet): the chunks themselves.
    case memory([UInt16: [UInt8]])
    case database(Database, id: Int64)
}

/// One block, immutable, shared by all readers.
package final class BlockReader: Sendable {
    package let directory: BlockDirectory
    let source: BlockSource
    /// The number of the first append whose spans it may hold: see `RecentQuery.asOf`.
    let firstSequence: UInt64
    /// No other reader of this process has it.
    let number = BlockReader.count.wrappingAdd(1, ordering: .relaxed).newValue
    private let table = Mutex<TraceTable?>(nil)
    private static let count = Atomic<UInt64>(0)

    init(_ directory: BlockDirectory, source: BlockSource, firstSequence: UInt64) {
        self.directory = directory
        self.source = source
        self.firstSequence = firstSequence
    }

    /// A block that stays in memory.
    convenience init(_ block: EncodedBlock, firstSequence: UInt64) {
        let chunks = Dictionary(uniqueKeysWithValues: block.chunks.map { ($0.number, $0.bytes) })
        self.init(block.directory, source: .memory(chunks), firstSequence: firstSequence)
    }

    /// What lists show of its traces; computed once, by whoever asks first.
    package func traceTable() throws -> TraceTable {
        if let known = table.withLock({ $0 }) { return known }
        let computed = try read { access in try TraceTable(access) }
        table.withLock { $0 = computed }
        return computed
    }

    /// What it keeps in memory beside its chunks.
    var memoryBytes: Int {
        4096 + directory.places.count * (48 + 16 * directory.groups.count) + directory.resources.reduce(0) { $0 + $1.count }
            + (table.withLock { $0?.memoryBytes } ?? 0)
    }

    /// Calls `body` with access to the block's bytes, on this thread, for the length of the call.
    func read<R>(_ body: (BlockAccess) throws -> R) throws -> R {
        switch source {
        case .memory(let chunks):
            return try body(BlockAccess(directory) { (chunk, offset, count) throws(BlockDamage) in
                guard let bytes = chunks[chunk], offset + count <= bytes.count else { throw .missing(part: "chunk \(chunk)") }
                return Array(bytes[offset..<offset + count])
            })
        case .database(let database, let id):
            return try database.withReader { reader in
                try body(BlockAccess(directory) { (chunk, offset, count) throws(BlockDamage) in
                    try reader.bytes(block: id, chunk: chunk, offset: offset, count: count)
                })
            }
        }
    }
}

/// Reads and decodes the segments of one block. Lives within one call of `BlockReader.read`, on one thread.
package final class BlockAccess {
    package let directory: BlockDirectory
    private let readBytes: (_ chunk: UInt16, _ offset: Int, _ count: Int) throws(BlockDamage) -> [UInt8]
    private let inflater = Inflater(.raw)
    private var small: [UInt8]?
    /// Bytes read so far.
    package private(set) var inspectedBytes = 0

    init(_ directory: BlockDirectory, read: @escaping (_ chunk: UInt16, _ offset: Int, _ count: Int) throws(BlockDamage) -> [UInt8]) {
        self.directory = directory
        readBytes = read
    }

    /// Segment `index` of the column at `places[column]`; nil when it is empty.
    private func segment(_ column: Int, _ index: Int) throws(BlockDamage) -> [UInt8]? {
        let place = directory.places[column]
        let length = place.lengths[index]
        if length == 0 { return nil }
        var offset = place.offset
        for earlier in 0..<index { offset += place.lengths[earlier] }
        inspectedBytes += length
        guard place.chunk == BlockFormat.smallChunk else { return try readBytes(place.chunk, offset, length) }
        if small == nil { small = try readBytes(BlockFormat.smallChunk, 0, smallChunkBytes) }
        guard let small, offset + length <= small.count else { throw .malformed(part: "directory") }
        return Array(small[offset..<offset + length])
    }

    private var smallChunkBytes: Int {
        directory.places.reduce(0) { $1.chunk == BlockFormat.smallChunk ? $0 + $1.lengths.reduce(0, +) : $0 }
    }

    private func part(_ column: Int) -> String { FixedColumn(rawValue: column).map { "column \($0)" } ?? "attribute column \(column)" }

    /// The `count` numbers of a column in a group.
    package func numbers(_ column: Int, group: Int, count: Int) throws(BlockDamage) -> [UInt64] {
        guard count > 0 else { return [] }
        guard let bytes = try segment(column, group) else { throw .missing(part: part(column)) }
        return try withReader(bytes, column) { (reader) throws(BlockDamage) in try reader.numbers(count) }
    }

    package func numbers(_ column: FixedColumn, group: Int, count: Int) throws(BlockDamage) -> [UInt64] {
        try numbers(column.rawValue, group: group, count: count)
    }

    /// The `count` ids of `width` bytes of a column in a group.
    package func ids(_ column: FixedColumn, group: Int, count: Int, width: Int) throws(BlockDamage) -> [UInt8] {
        guard count > 0 else { return [] }
        guard let bytes = try segment(column.rawValue, group) else { throw .missing(part: part(column.rawValue)) }
        let ids = try withReader(bytes, column.rawValue) { (reader) throws(BlockDamage) in try reader.piece() }
        guard ids.count == count * width else { throw .malformed(part: part(column.rawValue)) }
        return ids
    }

    /// The ids that a column has in a group, however many.
    package func ids(_ column: FixedColumn, group: Int) throws(BlockDamage) -> [UInt8] {
        guard let bytes = try segment(column.rawValue, group) else { return [] }
        return try withReader(bytes, column.rawValue) { (reader) throws(BlockDamage) in try reader.piece() }
    }

    /// The `count` dictionary codes of a text column in a group, over the whole block's numbering.
    package func codes(_ column: Int, group: Int, count: Int) throws(BlockDamage) -> [UInt64] {
        guard count > 0 else { return [] }
        guard let bytes = try segment(column, directory.groups.count + group) else { throw .missing(part: part(column)) }
        let first = UInt64(firstCode(column, group: group))
        return try withReader(bytes, column) { (reader) throws(BlockDamage) in
            try reader.byte() == 0 ? (0..<UInt64(count)).map { first + $0 } : try reader.numbers(count)
        }
    }

    /// The dictionary entries that `group` adds to a text column: their bytes one after the other, and where each ends.
    package func entries(_ column: Int, group: Int) throws(BlockDamage) -> TextPage {
        let count = directory.places[column].entries[group]
        guard count > 0, let bytes = try segment(column, group) else { return TextPage(firstCode: 0, bytes: [], ends: [0]) }
        let part = part(column), first = firstCode(column, group: group)
        return try withReader(bytes, column) { (reader) throws(BlockDamage) in
            var ends = [0]
            ends.reserveCapacity(count + 1)
            for length in try reader.numbers(count) { ends.append(ends[ends.count - 1] &+ Int(truncatingIfNeeded: length)) }
            let text = try reader.piece()
            guard ends[count] == text.count, zip(ends, ends.dropFirst()).allSatisfy({ $0 <= $1 }) else { throw .malformed(part: part) }
            return TextPage(firstCode: first, bytes: text, ends: ends)
        }
    }

    private func firstCode(_ column: Int, group: Int) -> Int { directory.places[column].entries[..<group].reduce(0, +) }

    /// The group whose dictionary segment holds entry `code`.
    package func group(ofEntry code: Int, _ column: Int) throws(BlockDamage) -> Int {
        var left = code
        for (group, count) in directory.places[column].entries.enumerated() {
            if left < count { return group }
            left -= count
        }
        throw .malformed(part: part(column))
    }

    private func withReader<R>(_ bytes: [UInt8], _ column: Int, _ body: (inout PieceReader) throws(BlockDamage) -> R) throws(BlockDamage) -> R {
        let pointer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        defer { pointer.deallocate() }
        pointer.copyBytes(from: bytes)
        var reader = try PieceReader(UnsafeRawBufferPointer(pointer), part: part(column), inflater: inflater)
        return try body(&reader)
    }
}

/// Consecutive entries of a dictionary.
package struct TextPage {
    package var firstCode: Int
    package var bytes: [UInt8]
    package var ends: [Int]

    package func contains(_ code: Int) -> Bool { code >= firstCode && code < firstCode + ends.count - 1 }

    /// The bytes of entry `code`, which the page contains.
    package func range(_ code: Int) -> Range<Int> { ends[code - firstCode]..<ends[code - firstCode + 1] }
}

/// Looks up single entries of a text column, keeping the pages it has read.
package struct TextLookup {
    private let column: Int
    private var pages: [TextPage] = []

    package init(_ column: Int) { self.column = column }

    mutating func page(of code: Int, in access: BlockAccess) throws(BlockDamage) -> Int {
        if let known = pages.firstIndex(where: { $0.contains(code) }) { return known }
        pages.append(try access.entries(column, group: access.group(ofEntry: code, column)))
        return pages.count - 1
    }

    package mutating func string(_ code: Int, in access: BlockAccess) throws(BlockDamage) -> String {
        let page = pages[try page(of: code, in: access)]
        return String(decoding: page.bytes[page.range(code)], as: UTF8.self)
    }

    package mutating func withBytes<R>(_ code: Int, in access: BlockAccess, _ body: (UnsafeRawBufferPointer) -> R) throws(BlockDamage) -> R {
        let index = try page(of: code, in: access)
        let range = pages[index].range(code)
        return pages[index].bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}

extension ReaderHandle {
    /// A part of a block's chunk.
    func bytes(block: Int64, chunk: UInt16, offset: Int, count: Int) throws(BlockDamage) -> [UInt8] {
        var outcome: Result<Bool, StoreError> = .success(false)
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let output = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
            outcome = Result { () throws(StoreError) in try read(block: block, column: chunk, from: offset, into: output) }
            initialized = (try? outcome.get()) == true ? count : 0
        }
        switch outcome {
        case .success(true): return bytes
        case .success(false): throw .gone
        case .failure(let error): throw .unreadable(error.description)
        }
    }
}
