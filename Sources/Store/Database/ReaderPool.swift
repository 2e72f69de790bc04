internal import Synchronization

/// Connections for reading, opened as needed; a few are kept.
final class ReaderPool: Sendable {
    private struct State: Sendable {
        var idle: [ReadConnection] = []
        var closed = false
    }

    private let path: String
    private let state = Mutex(State())
    private static let keptIdle = 8

    init(path: String) { self.path = path }

    func take() throws(StoreError) -> ReadConnection {
        let (idle, closed) = state.withLock { ($0.idle.popLast(), $0.closed) }
        if let idle { return idle }
        guard !closed else { throw StoreError(description: "cannot read \(path): the store is closed") }
        return try ReadConnection(path: path)
    }

    func give(back connection: ReadConnection) {
        connection.endTransaction()
        state.withLock { if !$0.closed, $0.idle.count < Self.keptIdle { $0.idle.append(connection) } }
    }

    /// Closes idle connections now, lent ones when they come back.
    func close() {
        let idle = state.withLock { state in
            state.closed = true
            defer { state.idle = [] }
            return state.idle
        }
        _ = idle   // closed here, outside the lock
    }
}

/// One connection for reading and the blob it has open. Used by one thread at a time: the pool hands it over.
final class ReadConnection: @unchecked Sendable {
    let path: String
    let connection: Connection
    private var blob: Blob?
    private var row: Int64 = -1

    init(path: String) throws(StoreError) {
        self.path = path
        do throws(SQLiteError) {
            connection = try Connection(path)
            connection.waitWhenBusy(milliseconds: 5_000)
            try DatabaseSchema.configure(connection, cacheKiB: 2_000)
            try connection.execute("PRAGMA query_only=ON")
        } catch { throw StoreError("open", path, error) }
    }

    func endTransaction() {
        blob = nil
        row = -1
    }

    /// The chunk at `row`, open for reading; nil when there is none (any more).
    func chunk(at row: Int64) throws(SQLiteError) -> Blob? {
        if row == self.row, let blob { return blob }
        do throws(SQLiteError) {
            if let blob {
                try blob.reopen(row: row)
            } else {
                blob = try Blob(connection, table: "chunk", column: "data", row: row)
            }
            self.row = row
            return blob
        } catch {
            endTransaction()
            guard error.isPlain, try connection.integer("SELECT 1 FROM chunk WHERE id=\(row)") == nil else { throw error }
            return nil
        }
    }
}

/// Reads chunks, within `Database.withReader`.
struct ReaderHandle {
    fileprivate let connection: ReadConnection

    init(connection: ReadConnection) { self.connection = connection }

    /// How large chunk `column` of `block` is; nil when the block is gone, or has no such column.
    func size(block: Int64, column: UInt16) throws(StoreError) -> Int? {
        try chunk(block, column) { blob throws(SQLiteError) in blob.count }
    }

    /// Fills `output` with the chunk's bytes from `offset` on. False when the block is gone, or has no such column.
    func read(
        block: Int64, column: UInt16, from offset: Int = 0, into output: UnsafeMutableRawBufferPointer
    ) throws(StoreError) -> Bool {
        let outcome = try chunk(block, column) { blob throws(SQLiteError) in
            guard offset >= 0, output.count <= blob.count - offset else { return false }
            try blob.read(offset, into: output)
            return true
        }
        guard let outcome else { return false }
        guard outcome else {
            throw StoreError(description: """
                cannot read block \(block) of \(connection.path): column \(column) ends before byte \(offset + output.count)
                """)
        }
        return true
    }

    /// The whole chunk; nil when the block is gone, or has no such column.
    func bytes(block: Int64, column: UInt16) throws(StoreError) -> [UInt8]? {
        try chunk(block, column) { blob throws(SQLiteError) in
            var failure: SQLiteError?
            let bytes = [UInt8](unsafeUninitializedCapacity: blob.count) { output, count in
                let whole = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(output)[..<blob.count])
                do throws(SQLiteError) { try blob.read(0, into: whole) } catch { failure = error }
                count = failure == nil ? whole.count : 0
            }
            if let failure { throw failure }
            return bytes
        }
    }

    private func chunk<R>(
        _ block: Int64, _ column: UInt16, _ body: (Blob) throws(SQLiteError) -> R
    ) throws(StoreError) -> R? {
        do throws(SQLiteError) {
            guard let blob = try connection.chunk(at: chunkRow(block: block, column: column)) else { return nil }
            return try body(blob)
        } catch {
            connection.endTransaction()
            throw StoreError("read block \(block) of", connection.path, error)
        }
    }
}
