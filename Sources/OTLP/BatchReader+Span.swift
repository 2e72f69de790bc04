internal import Trace

/// One span and its rows. Source: opentelemetry-proto v1.11.0, trace/v1/trace.proto, message Span.
extension BatchReader {
    /// Reads a span. Its attributes, events and links have been added to their tables when this returns.
    ///
    /// Events and links are read after everything else, because their attributes share a table with the span's own, which
    /// have to be neighbours there whatever the order on the wire.
    @inline(__always)
    mutating func readSpan(_ message: ProtobufCursor, scope: Int) throws(ProtobufError) -> SpanRecord {
        var fields = message
        var span = SpanRecord()
        span.scope = UInt32(truncatingIfNeeded: scope)
        let firstAttribute = batch.attributes.count
        var firstRow: UnsafeRawPointer?
        while !fields.isAtEnd {
            let start = fields.position
            let tag = try fields.tag()
            switch tag {
            case 1 << 3 | 2: span.traceID = try fields.traceID()
            case 2 << 3 | 2: span.spanID = try fields.spanID("span_id")
            case 3 << 3 | 2: span.traceState = try fields.lengthDelimited()
            case 4 << 3 | 2: span.parentID = try fields.spanID("parent_span_id")
            case 5 << 3 | 2: span.name = try fields.lengthDelimited()
            case 6 << 3 | 0: span.kind = Int32(truncatingIfNeeded: try fields.varint())
            case 7 << 3 | 1: span.startNanos = try fields.fixed64()
            case 8 << 3 | 1: span.endNanos = try fields.fixed64()
            case 9 << 3 | 2: try readAttribute(try row(&fields))
            case 10 << 3 | 0: span.droppedAttributes = UInt32(truncatingIfNeeded: try fields.varint())
            case 11 << 3 | 2, 13 << 3 | 2:
                _ = try fields.message()
                if firstRow == nil { firstRow = start }
            case 12 << 3 | 0: span.droppedEvents = UInt32(truncatingIfNeeded: try fields.varint())
            case 14 << 3 | 0: span.droppedLinks = UInt32(truncatingIfNeeded: try fields.varint())
            case 15 << 3 | 2: try readStatus(try fields.message(), into: &span)
            case 16 << 3 | 5: span.flags = try fields.fixed32()
            default: try fields.skip(tag, known: 1...16)
            }
        }
        span.attributes = RowRange(first: firstAttribute, count: batch.attributes.count - firstAttribute)
        if let firstRow {
            fields.position = firstRow
            try readEventsAndLinks(fields, into: &span)
        }
        return span
    }

    private mutating func readEventsAndLinks(_ fields: ProtobufCursor, into span: inout SpanRecord) throws(ProtobufError) {
        var fields = fields
        let firstEvent = batch.events.count
        let firstLink = batch.links.count
        while !fields.isAtEnd {
            let tag = try fields.tag()
            switch tag {
            case 11 << 3 | 2: batch.events.append(try readEvent(try row(&fields)))
            case 13 << 3 | 2: batch.links.append(try readLink(try row(&fields)))
            default: try fields.skip(tag)                        // proved by the first pass
            }
        }
        span.events = RowRange(first: firstEvent, count: batch.events.count - firstEvent)
        span.links = RowRange(first: firstLink, count: batch.links.count - firstLink)
    }

    private mutating func readEvent(_ message: ProtobufCursor) throws(ProtobufError) -> EventRecord {
        var fields = message
        var event = EventRecord()
        let firstAttribute = batch.attributes.count
        while !fields.isAtEnd {
            let tag = try fields.tag()
            switch tag {
            case 1 << 3 | 1: event.timeNanos = try fields.fixed64()
            case 2 << 3 | 2: event.name = try fields.lengthDelimited()
            case 3 << 3 | 2: try readAttribute(try row(&fields))
            case 4 << 3 | 0: event.droppedAttributes = UInt32(truncatingIfNeeded: try fields.varint())
            default: try fields.skip(tag, known: 1...4)
            }
        }
        event.attributes = RowRange(first: firstAttribute, count: batch.attributes.count - firstAttribute)
        return event
    }

    private mutating func readLink(_ message: ProtobufCursor) throws(ProtobufError) -> LinkRecord {
        var fields = message
        var link = LinkRecord()
        let firstAttribute = batch.attributes.count
        while !fields.isAtEnd {
            let tag = try fields.tag()
            switch tag {
            case 1 << 3 | 2: link.traceID = try fields.traceID()
            case 2 << 3 | 2: link.spanID = try fields.spanID("span_id")
            case 3 << 3 | 2: link.traceState = try fields.lengthDelimited()
            case 4 << 3 | 2: try readAttribute(try row(&fields))
            case 5 << 3 | 0: link.droppedAttributes = UInt32(truncatingIfNeeded: try fields.varint())
            case 6 << 3 | 5: link.flags = try fields.fixed32()
            default: try fields.skip(tag, known: 1...6)
            }
        }
        link.attributes = RowRange(first: firstAttribute, count: batch.attributes.count - firstAttribute)
        return link
    }

    /// Reads a status over what `span` already holds: occurrences of a singular message merge.
    private func readStatus(_ message: ProtobufCursor, into span: inout SpanRecord) throws(ProtobufError) {
        var fields = message
        while !fields.isAtEnd {
            let tag = try fields.tag()
            switch tag {
            case 2 << 3 | 2: span.statusMessage = try fields.lengthDelimited()
            case 3 << 3 | 0: span.status = Int32(truncatingIfNeeded: try fields.varint())
            default: try fields.skip(tag, known: 2...3)          // field 1 was a code long ago
            }
        }
    }

    @inline(__always)
    private mutating func readAttribute(_ pair: ProtobufCursor) throws(ProtobufError) {
        if let record = pair.plainAttribute() {
            batch.attributes.append(record)
        } else {
            try readAnyAttribute(pair)
        }
    }

    @inline(never)
    private mutating func readAnyAttribute(_ pair: ProtobufCursor) throws(ProtobufError) {
        var fields = pair
        var record = AttributeRecord(key: .empty, type: .empty, bits: 0)
        var valueCount = 0
        while !fields.isAtEnd {
            let tag = try fields.tag()
            switch tag {
            case 1 << 3 | 2: record.key = try fields.lengthDelimited()
            case 2 << 3 | 2:
                var value = try fields.message()
                try AttributeReader.readAnyValue(&value, into: &record)
                valueCount += 1
            case 3 << 3 | 0: _ = try fields.varint()             // key_strindex: meaningless on traces
            default: try fields.skip(tag, known: 1...3)
            }
        }
        if valueCount > 1, record.type == .other {
            record = AttributeRecord(key: record.key, type: .other, range: merged(field: 2, of: pair))
        }
        batch.attributes.append(record)
    }
}

extension ProtobufCursor {
    /// Reads a `KeyValue` of the form nearly all have: a key below 128 bytes, then one string, bool, int or double.
    /// Nil for any other, well-formed or not: `readAnyAttribute` decides.
    @inline(__always)
    fileprivate func plainAttribute() -> AttributeRecord? {
        let count = end - position
        guard count >= 6, byte(0) == 1 << 3 | 2 else { return nil }
        let keyCount = byte(1)
        guard keyCount < 0x80, count >= keyCount + 6, byte(keyCount + 2) == 2 << 3 | 2 else { return nil }
        let valueCount = count - keyCount - 4
        guard byte(keyCount + 3) == valueCount, valueCount < 0x80 else { return nil }
        let value = keyCount + 4
        let key = ByteRange(start: offset + 2, count: keyCount)
        switch byte(value) {
        case 1 << 3 | 2:
            guard byte(value + 1) == valueCount - 2 else { return nil }
            return AttributeRecord(key: key, type: .string, range: ByteRange(start: offset + value + 2, count: valueCount - 2))
        case 2 << 3 | 0 where valueCount == 2 && byte(value + 1) < 0x80:
            return AttributeRecord(key: key, type: .bool, bits: byte(value + 1) == 0 ? 0 : 1)
        case 3 << 3 | 0 where valueCount == 2 && byte(value + 1) < 0x80:
            return AttributeRecord(key: key, type: .int, bits: UInt64(byte(value + 1)))
        case 3 << 3 | 0 where valueCount == 3 && byte(value + 1) >= 0x80 && byte(value + 2) < 0x80:
            return AttributeRecord(key: key, type: .int, bits: UInt64(byte(value + 1) & 0x7f | byte(value + 2) << 7))
        case 4 << 3 | 1 where valueCount == 9:
            let bits = position.loadUnaligned(fromByteOffset: value + 1, as: UInt64.self)
            return AttributeRecord(key: key, type: .double, bits: UInt64(littleEndian: bits))
        default: return nil
        }
    }

    @inline(__always)
    private func byte(_ index: Int) -> Int { Int(position.load(fromByteOffset: index, as: UInt8.self)) }

    @inline(__always)
    fileprivate mutating func traceID() throws(ProtobufError) -> TraceID {
        let range = try lengthDelimited()
        if range.count == 16 { return TraceID(wire: base + range.start) }
        guard range.isEmpty else { throw ProtobufError(.badLength(field: "trace_id", count: range.count), at: range.start) }
        return TraceID(high: 0, low: 0)
    }

    @inline(__always)
    fileprivate mutating func spanID(_ field: StaticString) throws(ProtobufError) -> SpanID {
        let range = try lengthDelimited()
        if range.count == 8 { return SpanID(wire: base + range.start) }
        guard range.isEmpty else { throw ProtobufError(.badLength(field: "\(field)", count: range.count), at: range.start) }
        return SpanID.none
    }
}
