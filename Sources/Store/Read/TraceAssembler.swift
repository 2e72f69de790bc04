internal import Trace

/// Joins one trace's rows from any number of blocks: repeated spans are dropped, equal resources and scopes become one.
struct TraceAssembler {
    private(set) var spans: [SpanRecord] = []
    var batch = SpanBatch()
    private var seen: Set<SpanKey> = []
    private var resources: [[UInt8]: UInt32] = [:]
    private var scopes: [ScopeKey: UInt32] = [:]
    private var directory = BlockDirectory()
    private var blockScopes: [UInt32?] = []
    private var texts: [Int: [ByteRange]] = [:]
    private(set) var isTruncated = false

    private struct ScopeKey: Hashable {
        var resource: UInt32
        var bytes: [UInt8]
    }

    /// Bytes of text and values beyond which a trace is cut and flagged.
    static let byteLimit = 1 << 30

    /// The rows that follow come from this block.
    mutating func beginBlock(_ directory: BlockDirectory) {
        self.directory = directory
        blockScopes = [UInt32?](repeating: nil, count: directory.envelopes.count)
    }

    /// The batch's number of the block's envelope.
    mutating func scope(_ envelope: Int) -> UInt32 {
        if let known = blockScopes[envelope] { return known }
        let pair = directory.envelopes[envelope]
        let resourceEntry = directory.resources[Int(pair.resource)]
        let resource: UInt32
        if let known = resources[resourceEntry] {
            resource = known
        } else {
            resource = UInt32(batch.resources.count)
            let (message, schemaURL) = split(resourceEntry)
            batch.resources.append(ResourceRecord(message: message, schemaURL: schemaURL))
            resources[resourceEntry] = resource
        }
        let key = ScopeKey(resource: resource, bytes: directory.scopes[Int(pair.scope)])
        let scope: UInt32
        if let known = scopes[key] {
            scope = known
        } else {
            scope = UInt32(batch.scopes.count)
            let (message, schemaURL) = split(key.bytes)
            batch.scopes.append(ScopeRecord(resource: Int(resource), message: message, schemaURL: schemaURL))
            scopes[key] = scope
        }
        blockScopes[envelope] = scope
        return scope
    }

    /// Takes an `EnvelopeTable` entry apart: the message and the schema URL.
    private mutating func split(_ entry: [UInt8]) -> (ByteRange, ByteRange) {
        let parts = EnvelopeTable.split(entry)
        return (entry[parts.message].withUnsafeBytes { append($0) }, entry[parts.schemaURL].withUnsafeBytes { append($0) })
    }

    /// Appends bytes to the arena; bytes just appended are not appended twice.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> ByteRange {
        if bytes.isEmpty { return .empty }
        guard batch.extra.count + bytes.count <= Self.byteLimit else {
            isTruncated = true
            return .empty
        }
        guard bytes.count >= 8 else { return batch.append(bytes) }
        // Names, statements and the like repeat from span to span: keep each once.
        var hasher = Hasher()
        hasher.combine(bytes: bytes)
        let hash = hasher.finalize()
        for range in texts[hash] ?? [] where range.count == bytes.count {
            if batch.withBytes(range, { $0.elementsEqual(bytes) }) { return range }
        }
        let range = batch.append(bytes)
        texts[hash, default: []].append(range)
        return range
    }

    /// Appends the attributes of an encoded KeyValueList that stands in the arena.
    mutating func appendAttributes(encoded list: ByteRange) {
        func placed(_ range: ByteRange) -> ByteRange { ByteRange(start: list.start + range.start, count: range.count) }
        var records: [AttributeRecord] = []
        batch.withBytes(list) { bytes in
            AttributeReader.forEach(in: bytes) { key, type, bits in
                let record = AttributeRecord(key: placed(key), type: type, bits: bits)
                let isRange = type == .string || type == .other
                records.append(isRange ? AttributeRecord(key: record.key, type: type, range: placed(record.range)) : record)
                return true
            }
        }
        batch.attributes.append(contentsOf: records)
    }

    mutating func append(_ events: [EventRecord]) -> RowRange {
        batch.events.append(contentsOf: events)
        return RowRange(first: batch.events.count - events.count, count: events.count)
    }

    mutating func append(_ links: [LinkRecord]) -> RowRange {
        batch.links.append(contentsOf: links)
        return RowRange(first: batch.links.count - links.count, count: links.count)
    }

    mutating func append(_ span: SpanRecord) {
        guard seen.insert(SpanKey(id: span.spanID.bits, kind: UInt8(truncatingIfNeeded: span.kind) & 7)).inserted else { return }
        spans.append(span)
    }

    /// The trace, its spans by start, then arrival.
    mutating func finish(_ id: TraceID, lastReceivedNanos: UInt64?, inspectedBytes: Int) -> StoredTrace {
        let order = spans.indices.sorted { spans[$0].startNanos != spans[$1].startNanos ? spans[$0].startNanos < spans[$1].startNanos : $0 < $1 }
        batch.spans = ContiguousArray(order.map { spans[$0] })
        return StoredTrace(
            id: id, batch: batch, revision: traceRevision(seen), lastReceivedNanos: lastReceivedNanos, inspectedBytes: inspectedBytes,
            partial: isTruncated ? "Trace exceeds maximum size of \(Self.byteLimit) bytes, a partial trace is returned" : nil)
    }
}

/// Tells one set of spans from another, whatever their order: a retry or a compaction changes nothing.
func traceRevision(_ spans: Set<SpanKey>) -> UInt64 {
    spans.reduce(UInt64(spans.count)) { $0 &+ ($1.id ^ UInt64($1.kind) << 56) &* 0x9E37_79B9_7F4A_7C15 }
}

extension EnvelopeTable {
    /// Where the message and the schema URL stand in a dictionary entry.
    package static func split(_ entry: [UInt8]) -> (message: Range<Int>, schemaURL: Range<Int>) {
        var length = 0, shift = 0, at = 0
        while at < entry.count {
            let byte = entry[at]
            at += 1
            length |= Int(byte & 0x7f) << shift
            if byte < 0x80 || shift > 40 { break }
            shift += 7
        }
        let end = min(entry.count, at + length)
        return (at..<end, end..<entry.count)
    }

    /// The `service.name` of a resource entry, "" when it has none.
    package static func serviceName(_ entry: [UInt8]) -> String {
        let message = split(entry).message
        return entry.withUnsafeBytes { serviceName(inMessage: UnsafeRawBufferPointer(rebasing: $0[message])) }
    }

    /// The `service.name` of an encoded Resource, "" when it has none.
    static func serviceName(inMessage bytes: UnsafeRawBufferPointer) -> String {
        var name = ""
        AttributeReader.forEach(in: bytes) { key, type, bits in
            guard type == .string, bytes[key.start..<key.end].elementsEqual("service.name".utf8) else { return true }
            let value = AttributeRecord(key: key, type: type, bits: bits).range
            name = String(decoding: bytes[value.start..<value.end], as: UTF8.self)
            return false
        }
        return name
    }
}
