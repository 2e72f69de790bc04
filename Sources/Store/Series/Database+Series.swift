/// The tables of series. Databases made before there were series lack them; they get them when they are opened.
enum SeriesSchema {
    /// `open` holds what was collected since the last chunk, a row for each collection.
    static let tables = """
        CREATE TABLE IF NOT EXISTS series(id INTEGER PRIMARY KEY, labels BLOB, first_t INTEGER, last_t INTEGER);
        CREATE TABLE IF NOT EXISTS series_chunk(id INTEGER PRIMARY KEY, min_t INTEGER, max_t INTEGER, samples INTEGER, data BLOB);
        CREATE TABLE IF NOT EXISTS series_open(t INTEGER PRIMARY KEY, data BLOB);
        """
}

/// A chunk as the database lists it. Times are milliseconds since 1970.
struct SeriesChunkRow: Sendable, Equatable {
    var id: Int64
    var minMillis: Int64
    var maxMillis: Int64
    var samples: Int
    var bytes: Int
}

/// A series as the database has it.
struct SeriesRow: Sendable {
    var id: UInt32
    var labels: [UInt8]
    var firstMillis: Int64
    var lastMillis: Int64
}

extension Database {
    func loadSeries() throws(StoreError) -> [SeriesRow] {
        try load("SELECT id, labels, first_t, last_t FROM series ORDER BY id") { row in
            SeriesRow(id: UInt32(clamping: row.integer(0)), labels: row.blob(1), firstMillis: row.integer(2), lastMillis: row.integer(3))
        }
    }

    func loadSeriesChunks() throws(StoreError) -> [SeriesChunkRow] {
        try load("SELECT id, min_t, max_t, samples, length(data) FROM series_chunk ORDER BY id") { row in
            SeriesChunkRow(
                id: row.integer(0), minMillis: row.integer(1), maxMillis: row.integer(2), samples: Int(row.integer(3)), bytes: Int(row.integer(4)))
        }
    }

    /// What was collected since the last chunk, oldest first.
    func loadOpenSeries() throws(StoreError) -> [(millis: Int64, data: [UInt8])] {
        try load("SELECT t, data FROM series_open ORDER BY t") { row in (row.integer(0), row.blob(1)) }
    }

    /// nil when the chunk is gone.
    func seriesChunk(_ id: Int64) throws(StoreError) -> [UInt8]? {
        try load("SELECT data FROM series_chunk WHERE id=\(id)") { row in row.blob(0) }.first
    }

    /// Adds a collection, and the series that it is the first of.
    func commitSeries(new: [SeriesRow], millis: Int64, open: [UInt8]) throws(DatabaseFailure) {
        try transaction("write metrics to") { writer throws(SQLiteError) in
            try writer.insert(new)
            try writer.runSeries("INSERT OR REPLACE INTO series_open VALUES(?, ?)", .integer(millis), .blob(open))
        }
    }

    /// Puts a chunk in the place of the collections it was made of, and remembers how far its series reach.
    func commitSeries(chunk: SeriesChunkRow, data: [UInt8], reach: [SeriesRow]) throws(DatabaseFailure) {
        try transaction("write metrics to") { writer throws(SQLiteError) in
            try writer.runSeries(
                "INSERT INTO series_chunk VALUES(?, ?, ?, ?, ?)", .integer(chunk.id), .integer(chunk.minMillis), .integer(chunk.maxMillis),
                .integer(Int64(chunk.samples)), .blob(data))
            try writer.insert(reach)
            try writer.connection.execute("DELETE FROM series_open")
        }
    }

    func deleteSeries(chunks: [Int64], series: [UInt32]) throws(DatabaseFailure) {
        try transaction("delete metrics from") { writer throws(SQLiteError) in
            for id in chunks { try writer.runSeries("DELETE FROM series_chunk WHERE id=?", .integer(id)) }
            for id in series { try writer.runSeries("DELETE FROM series WHERE id=?", .integer(Int64(id))) }
        }
    }
}

extension WriteConnection {
    fileprivate func insert(_ rows: [SeriesRow]) throws(SQLiteError) {
        if rows.isEmpty { return }
        let statement = try Statement("""
            INSERT INTO series VALUES(?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET first_t=min(first_t, excluded.first_t),
            last_t=max(last_t, excluded.last_t)
            """, on: connection)
        for row in rows {
            try statement.run(.integer(Int64(row.id)), .blob(row.labels), .integer(row.firstMillis), .integer(row.lastMillis))
        }
    }

    fileprivate func runSeries(_ sql: String, _ values: Statement.Value...) throws(SQLiteError) {
        let statement = try Statement(sql, on: connection)
        try statement.run(values)
    }
}
