package import Trace

/// A block as a query sees it: on disk or, for the newest spans, in memory.
package struct ColumnSource: Sendable {
    /// The block's number; 0 for spans in memory.
    package let block: Int64
    /// Earliest start, and latest start or end, nanoseconds since 1970.
    package let minNanos: UInt64
    package let maxNanos: UInt64
    package let spans: Int
    package let bytes: Int
    fileprivate let bloom: Bloom?
    fileprivate let memory: BlockReader?
    fileprivate let stored: StoredBlock?

    fileprivate init(_ stored: StoredBlock) {
        block = stored.id
        minNanos = stored.minNanos
        maxNanos = stored.maxNanos
        spans = stored.spans
        bytes = stored.bytes
        bloom = stored.bloom
        memory = nil
        self.stored = stored
    }

    fileprivate init(_ memory: BlockReader) {
        block = 0
        minNanos = memory.directory.times.minNanos
        maxNanos = memory.directory.times.maxNanos
        spans = memory.directory.spans
        bytes = 0
        bloom = nil
        self.memory = memory
        stored = nil
    }

    /// False when it certainly has no span of `id`.
    package func mayContain(_ id: TraceID) -> Bool { bloom?.mayContain(id) ?? true }
}

extension SourceLease {
    /// Everything there is to read, oldest first.
    package var columns: [ColumnSource] { blocks.map { ColumnSource($0) } + memory.map { ColumnSource($0) } }
}

extension Store {
    /// Counts and names a damaged block; nil when there is nothing to tell because it was merely removed.
    package func noteDamage(_ error: any Error, of source: ColumnSource) -> String? { note(error, source.block) }
}

/// One thread's way to the columns of any number of blocks. Lends a connection to the database for as long as it lives.
package final class ColumnReaders {
    private let store: Store
    private var connection: ReadConnection?

    package init(_ store: Store) { self.store = store }

    deinit { if let connection { store.database.readers.give(back: connection) } }

    package func reader(_ source: ColumnSource) throws -> BlockReader {
        if let memory = source.memory { return memory }
        return try store.cache.reader(source.stored!)
    }

    /// The block's columns; to be used by this thread alone, and not after this object is gone.
    package func open(_ reader: BlockReader) throws -> BlockAccess {
        switch reader.source {
        case .memory(let chunks): return BlockAccess(reader.directory, chunks: chunks)
        case .database(let database, let id):
            let connection = try connection ?? database.readers.take()
            self.connection = connection
            return BlockAccess(reader.directory, block: id, of: ReaderHandle(connection: connection))
        }
    }

    /// Lets the write-ahead log be reset between two blocks.
    package func rest() { connection?.endTransaction() }
}
