internal import Trace

/// What makes two spans "the same call" beyond service, kind and name: the shape of their SQL, their Redis or Mongo command,
/// their route. Empty when a span has none of it. (viewer.md §4.7)
struct SpanGroups {
    private let batch: SpanBatch
    private var recent = ContiguousArray<Recent>(repeating: Recent(), count: 1_024)

    /// A text met before, at `text`, and its number in the string table.
    private struct Recent {
        var hash: UInt64 = 0
        var text = ByteRange.empty
        var shaping = Shaping.route
        var number: UInt32 = 0
    }
    private enum Shaping { case sql, mySQL, command, route, path }

    init(_ batch: SpanBatch) { self.batch = batch }

    /// The number in `strings` of the group of a span with `attributes`.
    mutating func number(for attributes: RowRange, in strings: inout StringTable) -> UInt32 {
        guard let (text, shaping) = subject(of: attributes), !text.isEmpty else {
            return strings.number(of: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        return batch.withBytes(text) { bytes in
            let hash = StringTable.hash(bytes)
            let place = Int(truncatingIfNeeded: hash >> 20) & 1_023
            let known = recent[place]
            if known.hash == hash, known.shaping == shaping, !known.text.isEmpty, batch.withBytes(known.text, { $0.elementsEqual(bytes) }) {
                return known.number
            }
            let number = Self.shape(bytes, shaping).withUnsafeBytes { strings.number(of: $0) }
            recent[place] = Recent(hash: hash, text: text, shaping: shaping, number: number)
            return number
        }
    }

    private static func shape(_ text: UnsafeRawBufferPointer, _ shaping: Shaping) -> [UInt8] {
        switch shaping {
        case .sql: SQLShape.of(text)
        case .mySQL: SQLShape.of(text, .mySQL)
        case .command: Masking.command(text)
        case .path: Masking.path(text)
        case .route: cut(Array(text), at: SQLShape.shapeLimit)
        }
    }

    /// The attribute that tells, and how it is to be read: the statement before the route, the route before the path.
    private func subject(of attributes: RowRange) -> (ByteRange, Shaping)? {
        var statement: ByteRange?, oldStatement: ByteRange?, system: ByteRange?
        var route: ByteRange?, path: ByteRange?, target: ByteRange?, url: ByteRange?
        for index in attributes.indices {
            let attribute = batch.attributes[index]
            guard attribute.type == .string, (8...14).contains(attribute.key.count) else { continue }
            let range = attribute.range
            batch.withBytes(attribute.key) { key in
                switch key.count {
                case 8:
                    if equals(key, "url.path") { path = range } else if equals(key, "url.full") { url = range }
                    else if equals(key, "http.url") { url = url ?? range }
                case 9: if equals(key, "db.system") { system = range }
                case 10: if equals(key, "http.route") { route = range }
                case 11: if equals(key, "http.target") { target = range }
                case 12: if equals(key, "db.statement") { oldStatement = range }
                case 13: if equals(key, "db.query.text") { statement = range }
                case 14: if equals(key, "db.system.name") { system = range }
                default: break
                }
            }
        }
        if let text = statement ?? oldStatement { return (text, shaping(system)) }
        if let route { return (route, .route) }
        return (path ?? target ?? url).map { ($0, .path) }
    }

    private func shaping(_ system: ByteRange?) -> Shaping {
        switch system.map(batch.string) {
        case "redis", "valkey", "keydb", "memcached", "mongodb", "couchdb": .command
        case "mysql", "mariadb": .mySQL
        default: .sql
        }
    }
}

@inline(__always) private func equals(_ key: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
    key.elementsEqual(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
}
