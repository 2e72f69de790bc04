internal import CSQLite

/// A value opened for reading in place, which is faster than selecting it. The value owns the `sqlite3_blob`, and with it
/// a read transaction: while it is open the WAL cannot start over. A class, since it is kept in an optional.
final class Blob {
    private let handle: OpaquePointer
    private let database: OpaquePointer

    /// - Throws: code `SQLITE_ERROR` when there is no such row.
    init(_ connection: borrowing Connection, table: String, column: String, row: Int64) throws(SQLiteError) {
        var handle: OpaquePointer?
        let code = sqlite3_blob_open(connection.handle, "main", table, column, row, 0, &handle)
        guard code == SQLITE_OK, let opened = handle else { throw connection.error(code, "blob \(table).\(column)") }
        self.handle = opened
        database = connection.handle
    }

    deinit { sqlite3_blob_close(handle) }

    var count: Int { Int(sqlite3_blob_bytes(handle)) }

    /// Moves to another row of the same column. After an error the blob is of no use any more.
    func reopen(row: Int64) throws(SQLiteError) {
        let code = sqlite3_blob_reopen(handle, row)
        guard code == SQLITE_OK else { throw error(code, "reopen") }
    }

    /// Reads `output.count` bytes from `offset` on; they must exist.
    func read(_ offset: Int, into output: UnsafeMutableRawBufferPointer) throws(SQLiteError) {
        guard output.count > 0 else { return }
        let code = sqlite3_blob_read(handle, output.baseAddress, Int32(output.count), Int32(offset))
        guard code == SQLITE_OK else { throw error(code, "read") }
    }

    private func error(_ code: Int32, _ call: String) -> SQLiteError {
        SQLiteError(code: code, message: String(cString: sqlite3_errmsg(database)), sql: "blob \(call)")
    }
}
