internal import CSQLite

/// An open database. The value owns the `sqlite3`: leaving scope closes it, once its statements are finalized.
/// Used by one thread at a time.
struct Connection: ~Copyable {
    let handle: OpaquePointer

    /// - Parameter path: an existing file; an empty one is an empty database.
    init(_ path: String) throws(SQLiteError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let opened = handle else {
            let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
            sqlite3_close_v2(handle)
            throw SQLiteError(code: code, message: message, sql: "open")
        }
        self.handle = opened
    }

    deinit { sqlite3_close_v2(handle) }

    func waitWhenBusy(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

    /// Runs each statement of `sql` to its end; their rows are dropped.
    func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, sql) }
    }

    /// The first column of the first row of `sql`; nil when there is no row.
    func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try Statement(sql, on: self)
        return try statement.step() ? statement.integer(0) : nil
    }

    func text(_ sql: String) throws(SQLiteError) -> String? {
        let statement = try Statement(sql, on: self)
        return try statement.step() ? statement.text(0) : nil
    }

    /// Runs `body` as one write transaction: all of it is durable when this returns, or none of it ever happened.
    func transaction(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
        try execute("BEGIN IMMEDIATE")
        do throws(SQLiteError) {
            try body()
            try execute("COMMIT")
        } catch {
            // Some errors have rolled back already; what cannot be rolled back dies with the connection.
            if sqlite3_get_autocommit(handle) == 0 { _ = sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    enum CheckpointMode {
        /// Copies what it can without waiting for anyone.
        case passive
        /// Waits for readers and writers (as long as busy ones are waited for), copies all, and cuts the WAL to nothing.
        case truncate
    }

    /// Frames in the WAL, and how many of them are in the database file.
    struct CheckpointResult: Equatable {
        var frames: Int
        var copied: Int
    }

    /// - Throws: a busy error when `truncate` could not get everyone out of the way.
    func checkpoint(_ mode: CheckpointMode) throws(SQLiteError) -> CheckpointResult {
        var (frames, copied): (Int32, Int32) = (0, 0)
        let number = mode == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
        let code = sqlite3_wal_checkpoint_v2(handle, nil, number, &frames, &copied)
        guard code == SQLITE_OK else { throw error(code, "wal_checkpoint") }
        return CheckpointResult(frames: Int(frames), copied: Int(copied))
    }

    func error(_ code: Int32, _ sql: String) -> SQLiteError {
        SQLiteError(code: code, message: String(cString: sqlite3_errmsg(handle)), sql: sql)
    }
}
