internal import Glibc
internal import Synchronization

/// `loupe.db`: blocks, and how far the journal is in them. Any thread may call.
///
/// One connection writes, under a lock; any number read (`withReader`); one copies the write-ahead log into the file.
/// To be closed, or the thread that does the copying stays.
final class Database: Sendable {
    let path: String
    private let writer: Mutex<WriteConnection?>
    let checkpointer: Checkpointer
    let readers: ReaderPool
    private let pageCounts: Mutex<DatabasePages>
    private let done: Mutex<JournalPosition>

    /// Opens `path`, creating it when absent.
    static func open(path: String) throws(StoreError) -> Database {
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)   // SQLite would let everyone read it
        guard file >= 0 else { throw StoreError(description: "cannot open \(path): \(systemMessage(errno))") }
        Glibc.close(file)
        return try Database(path: path)
    }

    private init(path: String) throws(StoreError) {
        self.path = path
        let writer = try WriteConnection(path: path)
        let replaced: [Int64]
        do throws(SQLiteError) {
            pageCounts = Mutex(try writer.pages())
            replaced = try writer.replacedBlocks()
            done = Mutex(JournalPosition(packed: try writer.connection.integer("SELECT v FROM meta WHERE k='journal_done'") ?? 0))
        } catch { throw StoreError("read", path, error) }
        self.writer = Mutex(writer)
        checkpointer = try Checkpointer(path: path)
        readers = ReaderPool(path: path)
        do throws(DatabaseFailure) { try deleteBlocks(replaced) } catch {
            checkpointer.close()
            throw error.storeError
        }
    }

    /// Closes all connections and copies the write-ahead log into the file. Later calls fail.
    func close() {
        readers.close()
        checkpointer.close()
        writer.withLock { $0 = nil }
    }

    /// What lies before is in blocks.
    var journalDone: JournalPosition { done.withLock { $0 } }

    // MARK: Space

    var pages: DatabasePages { pageCounts.withLock { $0 } }

    /// What the file and its write-ahead log occupy on disk.
    var diskBytes: Int { ["", "-wal", "-shm"].reduce(0) { $0 + occupiedBytes(path + $1) } }

    /// Whether so much of the file is unused that some should go back to the file system. Small holes are filled again anyway.
    var isSparse: Bool {
        let pages = pages
        return pages.freeBytes > 64 << 20 && pages.free > pages.total / 4
    }

    /// Gives up to `pages` unused pages back, by moving others from the file's end into the holes: small steps, please.
    /// The file shrinks with the next checkpoint.
    func incrementalVacuum(pages: Int) throws(DatabaseFailure) {
        try write("compact") { writer throws(SQLiteError) in
            try writer.connection.execute("PRAGMA incremental_vacuum(\(pages))")
        }
    }

    // MARK: Writing

    /// Adds a block, the services it brought, and the news that the journal before `journalDone` is in blocks, all durable
    /// when this returns the block's id.
    func commit(
        block: BlockRow, chunks: [BlockChunk], services: [ServiceSlot] = [], journalDone: JournalPosition
    ) throws(DatabaseFailure) -> Int64 {
        var id: Int64 = 0
        let journalDone = max(journalDone, self.journalDone)   // what is trimmed stays trimmed
        try transaction("write a block to") { writer throws(SQLiteError) in
            id = try writer.insert(block, chunks)
            try writer.insert(services)
            try writer.set("journal_done", .integer(journalDone.packed))
        }
        done.withLock { $0 = journalDone }
        return id
    }

    /// Adds services, and the news that the journal before `journalDone` is in blocks.
    func commit(services: [ServiceSlot], journalDone: JournalPosition) throws(DatabaseFailure) {
        let journalDone = max(journalDone, self.journalDone)
        try transaction("write to") { writer throws(SQLiteError) in
            try writer.insert(services)
            try writer.set("journal_done", .integer(journalDone.packed))
        }
        done.withLock { $0 = journalDone }
    }

    /// Deletes each block in a transaction of its own, so that commits get between.
    func deleteBlocks(_ ids: [Int64]) throws(DatabaseFailure) {
        for id in ids {
            try transaction("delete a block from") { writer throws(SQLiteError) in try writer.delete(block: id) }
        }
    }

    /// Puts a block in the place of `old` ones, in one transaction; returns its id. The old ones are no longer listed, but can
    /// be read until they are deleted: by `deleteBlocks`, or when the database is opened again.
    func replaceBlocks(_ old: [Int64], with block: BlockRow, chunks: [BlockChunk]) throws(DatabaseFailure) -> Int64 {
        var id: Int64 = 0
        try transaction("replace blocks in") { writer throws(SQLiteError) in
            for id in old { try writer.markReplaced(block: id) }
            id = try writer.insert(block, chunks)
        }
        return id
    }

    /// Adds services that are not there yet.
    func insert(_ services: [ServiceSlot]) throws(DatabaseFailure) {
        try transaction("write services to") { writer throws(SQLiteError) in try writer.insert(services) }
    }

    func setMeta(_ key: String, _ value: String) throws(DatabaseFailure) {
        try transaction("write to") { writer throws(SQLiteError) in try writer.set(key, .text(value)) }
    }

    func transaction(_ action: String, _ body: (WriteConnection) throws(SQLiteError) -> Void) throws(DatabaseFailure) {
        try write(action) { writer throws(SQLiteError) in
            try writer.transaction { () throws(SQLiteError) in try body(writer) }
        }
    }

    private func write(_ action: String, _ body: (WriteConnection) throws(SQLiteError) -> Void) throws(DatabaseFailure) {
        let failure: SQLiteError? = writer.withLock { writer in
            guard let writer else { return SQLiteError(code: SQLiteError.misuse, message: "the database is closed", sql: "") }
            do throws(SQLiteError) {
                try body(writer)
                let pages = try writer.pages()
                pageCounts.withLock { $0 = pages }
                return nil
            } catch { return error }
        }
        checkpointer.noteWrite()
        if let failure { throw DatabaseFailure(action, path, failure) }
    }
}

/// What a file occupies on disk, which is less than its size where it has holes; 0 when there is none.
func occupiedBytes(_ path: String) -> Int {
    var facts = stat()
    return stat(path, &facts) == 0 ? Int(facts.st_blocks) * 512 : 0
}
