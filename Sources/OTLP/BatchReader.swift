internal import Trace

/// Builds a batch while it walks a request: envelopes here, spans and what hangs on them in `BatchReader+Span.swift`.
///
/// Invariant: whatever a record's range covers has been proved well-formed, nested values included.
struct BatchReader {
    var batch: SpanBatch
    private var zeroTraceIDs = 0
    private var zeroSpanIDs = 0
    private var tinyMessages = 0

    init(_ batch: SpanBatch) { self.batch = batch }

    var rejections: [Rejection] {
        [Rejection(reason: .zeroTraceID, count: zeroTraceIDs), Rejection(reason: .zeroSpanID, count: zeroSpanIDs)]
            .filter { $0.count > 0 }
    }

    /// Makes room for the usual shape of a body: a span takes 300 to 500 bytes, an attribute 40.
    mutating func reserve(for byteCount: Int) {
        batch.spans.reserveCapacity(byteCount / 320 + 2)
        batch.attributes.reserveCapacity(byteCount / 40 + 8)
        batch.resources.reserveCapacity(2)
        batch.scopes.reserveCapacity(2)
    }

    mutating func readRequest(_ request: ProtobufCursor) throws(ProtobufError) {
        var request = request
        while !request.isAtEnd {
            let tag = try request.tag()
            if tag == 1 << 3 | 2 {
                try readResourceSpans(try row(&request))
            } else {
                try request.skip(tag, known: 1...1)
            }
        }
    }

    private mutating func readResourceSpans(_ envelope: ProtobufCursor) throws(ProtobufError) {
        let resource = batch.resources.count
        batch.resources.append(ResourceRecord(message: .empty, schemaURL: .empty))
        var fields = envelope
        var message = ByteRange.empty
        var messageCount = 0
        var hasScopeSpans = false
        var hasLibrarySpans = false
        while !fields.isAtEnd {
            let tag = try fields.tag()
            switch tag {
            case 1 << 3 | 2:
                let inner = try fields.message()
                message = ByteRange(start: inner.offset, count: inner.end - inner.position)
                messageCount += 1
                try checkResource(inner)
            case 2 << 3 | 2:
                hasScopeSpans = true
                try readScopeSpans(try row(&fields), resource: resource)
            case 3 << 3 | 2: batch.resources[resource].schemaURL = try fields.lengthDelimited()
            case 1000 << 3 | 2:
                hasLibrarySpans = true
                _ = try fields.message()
            default: try fields.skip(tag, known: 1...3)
            }
        }
        if messageCount > 1 { message = merged(field: 1, of: envelope) }
        batch.resources[resource].message = message
        if hasLibrarySpans, !hasScopeSpans { try readLibrarySpans(envelope, resource: resource) }
    }

    /// Before OTLP 0.15 scope_spans was field 1000, `instrumentation_library_spans`, of the same shape.
    private mutating func readLibrarySpans(_ envelope: ProtobufCursor, resource: Int) throws(ProtobufError) {
        var fields = envelope
        while !fields.isAtEnd {
            let tag = try fields.tag()
            if tag == 1000 << 3 | 2 {
                try readScopeSpans(try row(&fields), resource: resource)
            } else {
                try fields.skip(tag)
            }
        }
    }

    private mutating func readScopeSpans(_ envelope: ProtobufCursor, resource: Int) throws(ProtobufError) {
        let scope = batch.scopes.count
        batch.scopes.append(ScopeRecord(resource: resource, message: .empty, schemaURL: .empty))
        var fields = envelope
        var message = ByteRange.empty
        var messageCount = 0
        while !fields.isAtEnd {
            let tag = try fields.tag()
            switch tag {
            case 1 << 3 | 2:
                let inner = try fields.message()
                message = ByteRange(start: inner.offset, count: inner.end - inner.position)
                messageCount += 1
                try checkScope(inner)
            case 2 << 3 | 2: keep(try readSpan(try row(&fields), scope: scope))
            case 3 << 3 | 2: batch.scopes[scope].schemaURL = try fields.lengthDelimited()
            default: try fields.skip(tag, known: 1...3)
            }
        }
        if messageCount > 1 { message = merged(field: 1, of: envelope) }
        batch.scopes[scope].message = message
    }

    /// Adds a span to the table, unless no trace could ever hold it: then its rows are taken back and it is counted.
    @inline(__always)
    private mutating func keep(_ span: SpanRecord) {
        if !span.traceID.isZero && !span.spanID.isZero {
            batch.spans.append(span)
        } else {
            reject(span)
        }
    }

    @inline(never)
    private mutating func reject(_ span: SpanRecord) {
        if span.traceID.isZero { zeroTraceIDs += 1 } else { zeroSpanIDs += 1 }
        batch.attributes.removeLast(batch.attributes.count - Int(span.attributes.first))
        batch.events.removeLast(span.events.count)
        batch.links.removeLast(span.links.count)
    }

    /// Steps into a message that becomes a row of a table. Two bytes on the wire can ask for a row of 48, so a request may
    /// hold only so many rows with next to nothing in them.
    @inline(__always)
    mutating func row(_ fields: inout ProtobufCursor) throws(ProtobufError) -> ProtobufCursor {
        let message = try fields.message()
        if message.end - message.position < 4 {
            tinyMessages += 1
            if tinyMessages > Self.tinyMessageLimit { throw message.error(.tooManyEmptyMessages(limit: Self.tinyMessageLimit)) }
        }
        return message
    }

    private static let tinyMessageLimit = 100_000

    /// A singular message that occurs several times on the wire is the concatenation of its occurrences.
    @inline(never)
    mutating func merged(field: UInt64, of envelope: ProtobufCursor) -> ByteRange {
        let start = batch.body.count + batch.extra.count
        var fields = envelope
        while !fields.isAtEnd, let tag = try? fields.tag() {
            if tag == field << 3 | 2, let message = try? fields.message() {
                _ = batch.append(UnsafeRawBufferPointer(start: message.position, count: message.end - message.position))
            } else {
                try? fields.skip(tag)
            }
        }
        return ByteRange(start: start, count: batch.body.count + batch.extra.count - start)
    }
}

/// Proves that messages which stay encoded are well-formed.
private func checkResource(_ resource: ProtobufCursor) throws(ProtobufError) {
    var fields = resource
    while !fields.isAtEnd {
        let tag = try fields.tag()
        switch tag {
        case 1 << 3 | 2: try checkAttribute(try fields.message())
        case 2 << 3 | 0: _ = try fields.varint()
        case 3 << 3 | 2: try checkEntityRef(try fields.message())
        default: try fields.skip(tag, known: 1...3)
        }
    }
}

private func checkScope(_ scope: ProtobufCursor) throws(ProtobufError) {
    var fields = scope
    while !fields.isAtEnd {
        let tag = try fields.tag()
        switch tag {
        case 1 << 3 | 2, 2 << 3 | 2: _ = try fields.lengthDelimited()
        case 3 << 3 | 2: try checkAttribute(try fields.message())
        case 4 << 3 | 0: _ = try fields.varint()
        default: try fields.skip(tag, known: 1...4)
        }
    }
}

private func checkAttribute(_ pair: ProtobufCursor) throws(ProtobufError) {
    var pair = pair
    _ = try AttributeReader.readKeyValue(&pair)
}

private func checkEntityRef(_ entity: ProtobufCursor) throws(ProtobufError) {
    var fields = entity
    while !fields.isAtEnd {
        let tag = try fields.tag()
        switch tag {
        case 1 << 3 | 2, 2 << 3 | 2, 3 << 3 | 2, 4 << 3 | 2: _ = try fields.lengthDelimited()
        default: try fields.skip(tag, known: 1...4)
        }
    }
}
