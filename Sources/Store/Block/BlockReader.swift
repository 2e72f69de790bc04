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
        4096 + directory.places.reduce(0) { $0 + 96 + 16 * directory.groups.count + 24 * $1.pages.count } + directory.resources.reduce(0) { $0 + $1.count }
            + (table.withLock { $0?.memoryBytes } ?? 0)
    }

    /// Calls `body` with access to the block's bytes, on this thread, for the length of the call.
    func read<R>(_ body: (BlockAccess) throws -> R) throws -> R {
        switch source {
        case .memory(let chunks): return try body(BlockAccess(directory, chunks: chunks))
        case .database(let database, let id):
            return try database.withReader { reader in try body(BlockAccess(directory, block: id, of: reader)) }
        }
    }
}

/// Reads and decodes the segments of one block. Lives within one call of `BlockReader.read`, on one thread.
package final class BlockAccess {
    /// Fills `output` with the bytes of a chunk from `offset` on.
    private typealias ReadBytes = (_ chunk: UInt16, _ offset: Int, _ output: UnsafeMutableRawBufferPointer) throws(BlockDamage) -> Void

    package let directory: BlockDirectory
    private let readBytes: ReadBytes
    private let inflater = Inflater(.raw)
    /// The whole small chunk, once something of it was asked for; and the latest segment of another one.
    private var small: UnsafeMutableRawBufferPointer?
    private var scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
    /// Bytes read so far.
    package private(set) var inspectedBytes = 0

    private init(_ directory: BlockDirectory, read: @escaping ReadBytes) {
        self.directory = directory
        readBytes = read
    }

    /// A block whose chunks are in memory.
    convenience init(_ directory: BlockDirectory, chunks: [UInt16: [UInt8]]) {
        self.init(directory) { (chunk, offset, output) throws(BlockDamage) in
            guard let bytes = chunks[chunk], offset + output.count <= bytes.count else { throw .missing(part: "chunk \(chunk)") }
            bytes.withUnsafeBytes { output.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + output.count])) }
        }
    }

    /// A block on disk, to be read as long as the connection behind `handle` is lent.
    convenience init(_ directory: BlockDirectory, block: Int64, of handle: ReaderHandle) {
        self.init(directory) { (chunk, offset, output) throws(BlockDamage) in
            try handle.read(block: block, chunk: chunk, offset: offset, into: output)
        }
    }

    deinit {
        small?.deallocate()
        scratch.deallocate()
    }

    /// Reads segment `index` of the column at `places[column]`; nil when it is empty.
    private func segment<R>(
        _ column: Int, _ index: Int, _ body: (inout PieceReader) throws(BlockDamage) -> R
    ) throws(BlockDamage) -> R? {
        let place = directory.places[column]
        let length = place.lengths[index]
        if length == 0 { return nil }
        var offset = 0
        for earlier in 0..<index { offset += place.lengths[earlier] }
        return try bytes(column, offset..<offset + length) { (bytes) throws(BlockDamage) in
            var reader = try PieceReader(bytes, part: Self.part(column), inflater: inflater)
            return try body(&reader)
        }
    }

    /// Calls `body` with the bytes `range` of the column at `places[column]`; it must read no others meanwhile.
    private func bytes<R>(
        _ column: Int, _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(BlockDamage) -> R
    ) throws(BlockDamage) -> R {
        let place = directory.places[column], offset = place.offset + range.lowerBound
        inspectedBytes += range.count
        if place.chunk == BlockFormat.smallChunk {
            let small = try smallChunk()
            guard offset + range.count <= small.count else { throw .malformed(part: "directory") }
            return try body(UnsafeRawBufferPointer(rebasing: small[offset..<offset + range.count]))
        }
        if scratch.count < range.count {
            scratch.deallocate()
            scratch = .allocate(byteCount: range.count.nextPowerOfTwo, alignment: 8)
        }
        let output = UnsafeMutableRawBufferPointer(rebasing: scratch[..<range.count])
        try readBytes(place.chunk, offset, output)
        return try body(UnsafeRawBufferPointer(output))
    }

    private func smallChunk() throws(BlockDamage) -> UnsafeMutableRawBufferPointer {
        if let small { return small }
        let count = directory.places.reduce(0) { $1.chunk == BlockFormat.smallChunk ? $0 + $1.lengths.reduce(0, +) : $0 }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
        small = memory
        do throws(BlockDamage) { try readBytes(BlockFormat.smallChunk, 0, memory) } catch {
            small = nil
            memory.deallocate()
            throw error
        }
        return memory
    }

    private static let fixedParts = FixedColumn.allCases.map { "column \($0)" }

    private static func part(_ column: Int) -> String { column < fixedParts.count ? fixedParts[column] : "attribute column \(column)" }

    private func missing(_ column: Int) -> BlockDamage { .missing(part: Self.part(column)) }

    /// The `count` numbers of a column in a group.
    package func numbers(_ column: Int, group: Int, count: Int) throws(BlockDamage) -> [UInt64] {
        guard count > 0 else { return [] }
        let numbers = try segment(column, group) { (reader) throws(BlockDamage) in try reader.numbers(count) }
        guard let numbers else { throw missing(column) }
        return numbers
    }

    package func numbers(_ column: FixedColumn, group: Int, count: Int) throws(BlockDamage) -> [UInt64] {
        try numbers(column.rawValue, group: group, count: count)
    }

    /// The first `count` numbers of a column in a group: what comes after them is not even inflated.
    func numbers(_ column: Int, group: Int, first count: Int) throws(BlockDamage) -> [UInt64] {
        guard count > 0 else { return [] }
        let numbers = try segment(column, group) { (reader) throws(BlockDamage) in try reader.numbers(first: count) }
        guard let numbers else { throw missing(column) }
        return numbers
    }

    func numbers(_ column: FixedColumn, group: Int, first count: Int) throws(BlockDamage) -> [UInt64] {
        try numbers(column.rawValue, group: group, first: count)
    }

    /// The `count` ids of `width` bytes of a column in a group.
    package func ids(_ column: FixedColumn, group: Int, count: Int, width: Int) throws(BlockDamage) -> [UInt8] {
        guard count > 0 else { return [] }
        let ids = try segment(column.rawValue, group) { (reader) throws(BlockDamage) in try reader.piece() }
        guard let ids else { throw missing(column.rawValue) }
        guard ids.count == count * width else { throw .malformed(part: Self.part(column.rawValue)) }
        return ids
    }

    /// The ids that a column has in a group, however many.
    package func ids(_ column: FixedColumn, group: Int) throws(BlockDamage) -> [UInt8] {
        try segment(column.rawValue, group) { (reader) throws(BlockDamage) in try reader.piece() } ?? []
    }

    /// The `count` dictionary codes of a text column in a group, over the whole block's numbering.
    package func codes(_ column: Int, group: Int, count: Int) throws(BlockDamage) -> [UInt64] {
        try codes(column, group, count) { (reader) throws(BlockDamage) in try reader.numbers(count) }
    }

    /// The first `count` of them.
    func codes(_ column: Int, group: Int, first count: Int) throws(BlockDamage) -> [UInt64] {
        try codes(column, group, count) { (reader) throws(BlockDamage) in try reader.numbers(first: count) }
    }

    private func codes(
        _ column: Int, _ group: Int, _ count: Int, _ read: (inout PieceReader) throws(BlockDamage) -> [UInt64]
    ) throws(BlockDamage) -> [UInt64] {
        guard count > 0 else { return [] }
        let first = UInt64(directory.places[column].entries[..<group].reduce(0, +))
        let codes = try segment(column, directory.groups.count + group) { (reader) throws(BlockDamage) in
            try reader.byte() == 0 ? Array(first..<first + UInt64(count)) : try read(&reader)
        }
        guard let codes else { throw missing(column) }
        return codes
    }

    /// The dictionary entries that `group` adds to a text column: their bytes one after the other, and where each ends.
    package func entries(_ column: Int, group: Int) throws(BlockDamage) -> TextPage {
        let place = directory.places[column]
        let first = place.entries[..<group].reduce(0, +), count = place.entries[group]
        var all = TextPage(firstCode: first, bytes: [], ends: [0])
        guard count > 0 else { return all }
        let pages = place.page(of: first)...place.page(of: first + count - 1)
        let start = place.pages[pages.lowerBound].offset
        try bytes(column, start..<place.pages[pages.upperBound].end) { (bytes) throws(BlockDamage) in
            all.ends.reserveCapacity(count + 1)
            for index in pages {
                let page = place.pages[index]
                let part = UnsafeRawBufferPointer(rebasing: bytes[page.offset - start..<page.end - start])
                try decode(part, entries: place.entryCount(of: index), column, into: &all)
            }
        }
        return all
    }

    /// Page `index` of a text column's dictionary.
    func page(_ column: Int, _ index: Int) throws(BlockDamage) -> TextPage {
        let place = directory.places[column], page = place.pages[index]
        var text = TextPage(firstCode: page.firstCode, bytes: [], ends: [0])
        try bytes(column, page.offset..<page.end) { (bytes) throws(BlockDamage) in
            try decode(bytes, entries: place.entryCount(of: index), column, into: &text)
        }
        return text
    }

    private func decode(_ segment: UnsafeRawBufferPointer, entries count: Int, _ column: Int, into text: inout TextPage) throws(BlockDamage) {
        var reader = try PieceReader(segment, part: Self.part(column), inflater: inflater)
        var end = text.bytes.count
        for length in try reader.numbers(count) {
            guard length < 1 << 32 else { throw reader.malformed }
            end += Int(length)
            text.ends.append(end)
        }
        let bytes = try reader.piece()
        if text.bytes.isEmpty { text.bytes = bytes } else { text.bytes += bytes }
        guard end == text.bytes.count else { throw reader.malformed }
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
        if let known = pages.lastIndex(where: { $0.contains(code) }) { return known }
        let place = access.directory.places[column]
        guard code >= 0, code < place.entries.reduce(0, +) else { throw .malformed(part: "codes") }
        pages.append(try access.page(column, place.page(of: code)))
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
    /// Fills `output` with a part of a block's chunk.
    func read(block: Int64, chunk: UInt16, offset: Int, into output: UnsafeMutableRawBufferPointer) throws(BlockDamage) {
        let isThere: Bool
        do throws(StoreError) { isThere = try read(block: block, column: chunk, from: offset, into: output) } catch {
            throw .unreadable(error.description)
        }
        guard isThere else { throw .gone }
    }
}
