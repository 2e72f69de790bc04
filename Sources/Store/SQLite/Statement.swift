internal import CSQLite

/// A prepared statement. The value owns the `sqlite3_stmt`: leaving scope finalizes it. Used by one thread at a time.
struct Statement: ~Copyable {
    private let handle: OpaquePointer
    private let sql: String

    init(_ sql: String, on connection: borrowing Connection) throws(SQLiteError) {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let prepared = handle else { throw connection.error(code, sql) }
        self.handle = prepared
        self.sql = sql
    }

    deinit { sqlite3_finalize(handle) }

    /// A parameter. Blobs are copied by `bind`, read in place by `run`.
    enum Value {
        case integer(Int64)
        case text(String)
        case blob([UInt8])
    }

    /// Runs a statement that returns no rows with `values` as its parameters.
    borrowing func run(_ values: Value...) throws(SQLiteError) { try run(values) }

    borrowing func run(_ values: [Value]) throws(SQLiteError) { try run(values, at: 0) }

    /// Binds `values[index...]` and steps inside the last closure, so that SQLite can read blobs where they lie.
    private borrowing func run(_ values: [Value], at index: Int) throws(SQLiteError) {
        guard index < values.count else {
            let code = sqlite3_step(handle)
            let failure = code == SQLITE_DONE || code == SQLITE_ROW ? nil : error(code)
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
            if let failure { throw failure }
            return
        }
        guard case .blob(let bytes) = values[index], !bytes.isEmpty else {
            bind(values[index], at: index)
            return try run(values, at: index + 1)
        }
        let span = bytes.span
        var failure: SQLiteError?
        span.withUnsafeBytes { memory in
            sqlite3_bind_blob64(handle, Int32(index + 1), memory.baseAddress, UInt64(memory.count), nil)
            do throws(SQLiteError) { try run(values, at: index + 1) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Sets parameters for `step`; large blobs go through `run`.
    private borrowing func bind(_ value: Value, at index: Int) {
        let position = Int32(index + 1)
        switch value {
        case .integer(let number): sqlite3_bind_int64(handle, position, number)
        case .text(let text): sqlite3_bind_text(handle, position, text, Int32(text.utf8.count), copied)
        case .blob: sqlite3_bind_zeroblob(handle, position, 0)   // an empty one: no address means NULL to SQLite
        }
    }

    borrowing func bind(_ number: Int64, at index: Int) { bind(.integer(number), at: index) }
    borrowing func bind(_ text: String, at index: Int) { bind(.text(text), at: index) }

    /// Whether there is a row.
    borrowing func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let failure = error(code)
            sqlite3_reset(handle)
            throw failure
        }
    }

    /// Ends the statement's transaction and makes it ready to run again.
    borrowing func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    borrowing func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// nil for NULL.
    borrowing func text(_ column: Int32) -> String? {
        guard let start = sqlite3_column_text(handle, column) else { return nil }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    borrowing func blob(_ column: Int32) -> [UInt8] {
        let start = sqlite3_column_blob(handle, column)
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    private borrowing func error(_ code: Int32) -> SQLiteError {
        SQLiteError(code: code, message: String(cString: sqlite3_errmsg(sqlite3_db_handle(handle))), sql: sql)
    }
}

/// Tells SQLite to copy what is bound (SQLITE_TRANSIENT, which Swift cannot import).
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
