/// The tables of `loupe.db`.
///
/// Version 1 is the first. A later one gets a step in `prepare` that turns its predecessor into it, in one transaction.
enum DatabaseSchema {
    static let version: Int64 = 1
    /// "Loup", so that `file` and we can tell whose database it is.
    static let applicationID: Int64 = 0x4C6F_7570

    /// Blocks that others took the place of, until they are deleted. Databases made before there was compaction lack it.
    private static let replacedTable = "CREATE TABLE IF NOT EXISTS replaced(id INTEGER PRIMARY KEY)"

    private static let tables = """
        CREATE TABLE block(id INTEGER PRIMARY KEY, min_t INTEGER, max_t INTEGER, spans INTEGER, traces INTEGER,
            bytes INTEGER, format INTEGER, bloom BLOB, summary BLOB);
        CREATE TABLE chunk(id INTEGER PRIMARY KEY, data BLOB);
        CREATE TABLE meta(k TEXT PRIMARY KEY, v) WITHOUT ROWID;
        CREATE TABLE service(name TEXT PRIMARY KEY, slot INTEGER) WITHOUT ROWID;
        \(replacedTable);
        \(SeriesSchema.tables)
        INSERT INTO meta VALUES('format', \(version)), ('journal_done', 0);
        PRAGMA application_id=\(applicationID);
        """

    /// For every connection. Debian's SQLite overwrites what is deleted unless told otherwise, which doubles all writes.
    ///
    /// The file is not mapped: scans gain 5 % by it, but then the whole file comes to count as this process's memory, once for
    /// each connection, and a bad sector ends the process instead of one query.
    static func configure(_ connection: borrowing Connection, cacheKiB: Int) throws(SQLiteError) {
        try connection.execute("""
            PRAGMA secure_delete=OFF; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;
            PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-\(cacheKiB); PRAGMA mmap_size=0;
            """)
    }

    /// Creates the tables in an empty database, checks them in any other.
    static func prepare(_ connection: borrowing Connection, path: String) throws(StoreError) {
        do throws(SQLiteError) {
            if try connection.integer("SELECT count(*) FROM sqlite_schema") == 0 {
                try create(connection)
            } else if try connection.integer("PRAGMA application_id") != applicationID {
                throw SQLiteError(code: 0, message: "foreign", sql: "")
            }
            guard try connection.text("PRAGMA journal_mode=WAL") == "wal" else {
                throw SQLiteError(code: 0, message: "its file system allows no write-ahead log (a network drive?)", sql: "")
            }
        } catch {
            if error.message == "foreign" {
                throw StoreError(description: "\(path) is a database of another program; give Loupe a data directory of its own")
            }
            throw StoreError("open", path, error)
        }
        let found: Int64?
        do throws(SQLiteError) {
            found = try connection.integer("SELECT v FROM meta WHERE k='format'")
        } catch { throw StoreError("read", path, error) }
        guard let found, found >= 1 else {
            throw StoreError(description: "\(path) is damaged: it does not say which format it has")
        }
        guard found <= version else {
            throw StoreError(description: """
                \(path) was written by a newer Loupe (format \(found), this one reads up to \(version)): \
                start that one again, or use another data directory
                """)
        }
        do throws(SQLiteError) { try connection.execute(replacedTable + ";" + SeriesSchema.tables) } catch { throw StoreError("open", path, error) }
    }

    /// The page size and the vacuum mode are fixed once there is a table, and must precede the WAL.
    private static func create(_ connection: borrowing Connection) throws(SQLiteError) {
        try connection.execute("PRAGMA page_size=16384; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL;")
        try connection.execute("BEGIN IMMEDIATE;\(tables)COMMIT;")
    }
}
