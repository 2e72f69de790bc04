/// The one connection that writes, with its statements. Guarded by the database's lock.
final class WriteConnection {
    let connection: Connection
    private let insertBlock: Statement
    private let insertChunk: Statement
    private let deleteBlock: Statement
    private let deleteChunks: Statement
    private let insertReplaced: Statement
    private let deleteReplaced: Statement
    private let insertService: Statement
    private let setMeta: Statement
    private var nextBlock: Int64

    /// Opens the file, creates what is missing, and waits out the checkpointer's locks from then on.
    init(path: String) throws(StoreError) {
        do throws(SQLiteError) {
            connection = try Connection(path)
            connection.waitWhenBusy(milliseconds: 15_000)
            try DatabaseSchema.configure(connection, cacheKiB: 16_000)
        } catch { throw StoreError("open", path, error) }
        try DatabaseSchema.prepare(connection, path: path)
        do throws(SQLiteError) {
            insertBlock = try Statement("INSERT INTO block VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", on: connection)
            insertChunk = try Statement("INSERT INTO chunk VALUES(?, ?)", on: connection)
            deleteBlock = try Statement("DELETE FROM block WHERE id=?", on: connection)
            deleteChunks = try Statement("DELETE FROM chunk WHERE id BETWEEN ? AND ?", on: connection)
            insertReplaced = try Statement("INSERT OR IGNORE INTO replaced VALUES(?)", on: connection)
            deleteReplaced = try Statement("DELETE FROM replaced WHERE id=?", on: connection)
            insertService = try Statement("INSERT OR IGNORE INTO service VALUES(?, ?)", on: connection)
            setMeta = try Statement("INSERT OR REPLACE INTO meta VALUES(?, ?)", on: connection)
            // A number that a reader may still remember must not come to mean another block, so it is not SQLite that gives it.
            nextBlock = (try connection.integer("SELECT max(id) FROM block") ?? 0) + 1
        } catch { throw StoreError("open", path, error) }
    }

    // What follows runs inside a transaction, except `transaction` itself.

    func transaction(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) { try connection.transaction(body) }

    /// Returns the block's id.
    func insert(_ block: BlockRow, _ chunks: [BlockChunk]) throws(SQLiteError) -> Int64 {
        let id = nextBlock
        nextBlock += 1
        for chunk in chunks {
            precondition(chunk.column < chunkColumnLimit, "a block has fewer than \(chunkColumnLimit) columns")
            try insertChunk.run(.integer(chunkRow(block: id, column: chunk.column)), .blob(chunk.bytes))
        }
        try insertBlock.run(
            .integer(id), .integer(SQLTime.stored(block.minNanos)), .integer(SQLTime.stored(block.maxNanos)),
            .integer(Int64(block.spans)), .integer(Int64(block.traces)), .integer(Int64(block.bytes)),
            .integer(Int64(block.format)), .blob(block.bloom), .blob(block.summary))
        return id
    }

    func delete(block id: Int64) throws(SQLiteError) {
        try deleteChunks.run(
            .integer(chunkRow(block: id, column: 0)), .integer(chunkRow(block: id, column: chunkColumnLimit - 1)))
        try deleteBlock.run(.integer(id))
        try deleteReplaced.run(.integer(id))
    }

    /// The block is no longer listed; its chunks stay until it is deleted.
    func markReplaced(block id: Int64) throws(SQLiteError) { try insertReplaced.run(.integer(id)) }

    /// Those marked and not deleted.
    func replacedBlocks() throws(SQLiteError) -> [Int64] {
        let statement = try Statement("SELECT id FROM replaced", on: connection)
        var ids: [Int64] = []
        while try statement.step() { ids.append(statement.integer(0)) }
        return ids
    }

    func insert(_ services: [ServiceSlot]) throws(SQLiteError) {
        for service in services { try insertService.run(.text(service.name), .integer(Int64(service.slot))) }
    }

    func set(_ key: String, _ value: Statement.Value) throws(SQLiteError) { try setMeta.run(.text(key), value) }

    func pages() throws(SQLiteError) -> DatabasePages {
        DatabasePages(
            total: Int(try connection.integer("PRAGMA page_count") ?? 0),
            free: Int(try connection.integer("PRAGMA freelist_count") ?? 0),
            bytesEach: Int(try connection.integer("PRAGMA page_size") ?? 0))
    }
}

/// How the database file is used.
struct DatabasePages: Sendable, Equatable {
    var total: Int
    /// Deleted, to be used again.
    var free: Int
    var bytesEach: Int

    var liveBytes: Int { (total - free) * bytesEach }
    var freeBytes: Int { free * bytesEach }
}
