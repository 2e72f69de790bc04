extension Database {
    /// All blocks but replaced ones, oldest first, with their blooms and summaries.
    func loadBlocks() throws(StoreError) -> [BlockRow] {
        try load("""
            SELECT id, min_t, max_t, spans, traces, bytes, format, bloom, summary FROM block
            WHERE id NOT IN (SELECT id FROM replaced) ORDER BY id
            """) { row in
            BlockRow(
                id: row.integer(0), minNanos: SQLTime.lowerBound(row.integer(1)), maxNanos: SQLTime.upperBound(row.integer(2)),
                spans: Int(row.integer(3)), traces: Int(row.integer(4)), bytes: Int(row.integer(5)), format: Int(row.integer(6)),
                bloom: row.blob(7), summary: row.blob(8))
        }
    }

    /// All services with their colour slots, by name.
    func loadServices() throws(StoreError) -> [ServiceSlot] {
        try load("SELECT name, slot FROM service ORDER BY name") { row in
            ServiceSlot(name: row.text(0) ?? "", slot: Int(row.integer(1)))
        }
    }

    func meta(_ key: String) throws(StoreError) -> String? {
        try withConnection { connection throws(SQLiteError) in
            let statement = try Statement("SELECT v FROM meta WHERE k=?", on: connection.connection)
            statement.bind(key, at: 0)
            return try statement.step() ? statement.text(0) : nil
        }
    }

    func load<Row>(_ sql: String, _ row: (borrowing Statement) -> Row) throws(StoreError) -> [Row] {
        try withConnection { connection throws(SQLiteError) in
            let statement = try Statement(sql, on: connection.connection)
            var rows: [Row] = []
            while try statement.step() { rows.append(row(statement)) }
            return rows
        }
    }

    private func withConnection<R>(_ body: (ReadConnection) throws(SQLiteError) -> R) throws(StoreError) -> R {
        let connection = try readers.take()
        defer { readers.give(back: connection) }
        do throws(SQLiteError) { return try body(connection) } catch { throw StoreError("read", path, error) }
    }

    /// Lends a connection for reading chunks. What is read within one call belongs to one state of the database, which
    /// holds up the write-ahead log: one call per block, not per query. Closures say so: `{ reader throws in … }`.
    func withReader<R>(_ body: (ReaderHandle) throws -> R) throws -> R {
        let connection = try readers.take()
        defer { readers.give(back: connection) }
        return try body(ReaderHandle(connection: connection))
    }
}
