internal import CSQLite

/// A failed SQLite call: the extended result code, SQLite's own words, the SQL that ran.
/// Codes: https://www.sqlite.org/rescode.html
struct SQLiteError: Error, Equatable, CustomStringConvertible {
    var code: Int32
    var message: String
    var sql: String

    /// The code without its extension.
    var primaryCode: Int32 { code & 0xff }

    /// No room on the disk.
    var isFull: Bool { primaryCode == SQLITE_FULL }
    /// The disk did not do as told.
    var isInputOutput: Bool { primaryCode == SQLITE_IOERR }
    /// Another connection holds what this one needs.
    var isBusy: Bool { primaryCode == SQLITE_BUSY || primaryCode == SQLITE_LOCKED }
    /// The file's content is wrong, or not SQLite's at all.
    var isDamage: Bool { primaryCode == SQLITE_CORRUPT || primaryCode == SQLITE_NOTADB }

    var description: String { "\(message) (SQLite code \(code))" }
}

extension SQLiteError {
    static let misuse = SQLITE_MISUSE
    /// The code without a reason, which also says that a blob's row does not exist.
    var isPlain: Bool { code == SQLITE_ERROR }
}
