internal import Synchronization
internal import Trace
internal import Zlib

/// A block on disk, as the store lists it: enough to know whether it has to be read.
package struct StoredBlock: Sendable {
    var id: Int64
    var minNanos: UInt64
    var maxNanos: UInt64
    var spans: Int
    var traces: Int
    var bytes: Int
    var bloom: Bloom
    var summary: BlockSummary

    /// The order of arrival: a merged block stands where the first of its parts did.
    static func isOlder(_ a: StoredBlock, _ b: StoredBlock) -> Bool {
        a.summary.firstSequence != b.summary.firstSequence ? a.summary.firstSequence < b.summary.firstSequence : a.id < b.id
    }

    init(_ row: BlockRow) {
        id = row.id
        minNanos = row.minNanos
        maxNanos = row.maxNanos
        spans = row.spans
        traces = row.traces
        bytes = row.bytes
        bloom = Bloom(bytes: row.bloom)
        summary = BlockSummary(decoding: row.summary, fallbackKeepNanos: row.maxNanos)
    }
}

/// What the table `block` keeps of a block beyond its numbers. On disk: varint version 1, keepNanos, firstSequence, services
/// (count, then length and bytes of each).
struct BlockSummary: Sendable, Equatable {
    /// Retention deletes the block once this is too old: see `TimeRange.keepNanos`.
    var keepNanos: UInt64
    var firstSequence: UInt64
    var services: [String]

    init(keepNanos: UInt64, firstSequence: UInt64, services: [String]) {
        self.keepNanos = keepNanos
        self.firstSequence = firstSequence
        self.services = services
    }

    /// A summary that cannot be read costs nothing but a look into the block.
    init(decoding bytes: [UInt8], fallbackKeepNanos: UInt64) {
        var reader = PlainReader(bytes, part: "summary")
        do throws(BlockDamage) {
            guard try reader.varint() == 1 else { throw .malformed(part: "summary") }
            self.init(
                keepNanos: try reader.varint(), firstSequence: try reader.varint(),
                services: try reader.list { (reader) throws(BlockDamage) in String(decoding: try reader.blob(), as: UTF8.self) })
        } catch {
            self.init(keepNanos: fallbackKeepNanos, firstSequence: 0, services: [])
        }
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        for value in [1, keepNanos, firstSequence, UInt64(services.count)] { bytes.appendVarint(value) }
        for service in services { bytes.appendBlob(Array(service.utf8)) }
        return bytes
    }

    /// Whether a span of `service` may be in the block.
    func mayContain(service: String) -> Bool { services.isEmpty || services.contains(service) }
}

extension EncodedBlock {
    /// The chunks as the database takes them.
    var databaseChunks: [BlockChunk] { chunks.map { (column: $0.number, bytes: $0.bytes) } }

    /// The row for the database.
    func row(firstSequence: UInt64) -> BlockRow {
        var bloom = Bloom(traces: directory.traces)
        for id in traceIDs { bloom.insert(id) }
        var services: [String] = []
        for resource in directory.resources {
            let name = EnvelopeTable.serviceName(resource)
            if !services.contains(name) { services.append(name) }
        }
        let summary = BlockSummary(keepNanos: directory.times.keepNanos, firstSequence: firstSequence, services: services.count > 1000 ? [] : services)
        return BlockRow(
            minNanos: directory.times.minNanos, maxNanos: directory.times.maxNanos, spans: directory.spans, traces: directory.traces,
            bytes: bytes, format: BlockFormat.current, bloom: bloom.bytes, summary: summary.encoded)
    }
}

/// Blocks in use: their directories and trace tables, within a memory budget, the least recently used given up first.
final class BlockCache: Sendable {
    private struct Entry {
        var reader: BlockReader
        var used: UInt64
    }
    private struct State {
        var entries: [Int64: Entry] = [:]
        var clock: UInt64 = 0
    }
    private let state = Mutex(State())
    private let database: Database
    private let limitBytes: Int

    init(_ database: Database, limitBytes: Int) {
        self.database = database
        self.limitBytes = limitBytes
    }

    func reader(_ block: StoredBlock) throws -> BlockReader {
        let known: BlockReader? = state.withLock { state in
            state.clock += 1
            state.entries[block.id]?.used = state.clock
            return state.entries[block.id]?.reader
        }
        if let known { return known }
        let id = block.id
        let directory = try database.withReader { reader in
            guard let bytes = try reader.bytes(block: id, column: BlockFormat.directoryChunk) else { throw BlockDamage.gone }
            return try bytes.withUnsafeBytes { try BlockDirectory(decoding: $0, inflater: Inflater(.raw)) }
        }
        let reader = BlockReader(directory, source: .database(database, id: id), firstSequence: block.summary.firstSequence)
        state.withLock { state in
            state.clock += 1
            state.entries[id] = Entry(reader: reader, used: state.clock)
            var bytes = state.entries.values.reduce(0) { $0 + $1.reader.memoryBytes }
            while bytes > limitBytes, state.entries.count > 1, let oldest = state.entries.min(by: { $0.value.used < $1.value.used }) {
                bytes -= oldest.value.reader.memoryBytes
                state.entries[oldest.key] = nil
            }
        }
        return reader
    }

    func forget(_ ids: [Int64]) { state.withLock { state in for id in ids { state.entries[id] = nil } } }
}
