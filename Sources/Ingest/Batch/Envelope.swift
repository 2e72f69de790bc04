internal import OTLP
internal import Trace

/// An encoded `Resource` or `InstrumentationScope` whose attributes can be changed.
struct Envelope {
    enum Kind: UInt64 {
        /// The number of the field that has the attributes.
        case resource = 1, scope = 3
    }

    var kind: Kind
    var message: ByteRange
    var attributes: AttributeList

    /// Reads the attributes; their ranges are the batch's.
    init(_ kind: Kind, _ message: ByteRange, of batch: borrowing SpanBatch) {
        self.kind = kind
        self.message = message
        var found = AttributeList()
        batch.withBytes(message) { bytes in
            AttributeReader.forEach(in: bytes, field: kind.rawValue) { key, type, bits in
                var record = AttributeRecord(key: key.moved(message.start), type: type, bits: bits)
                if type == .string || type == .other {
                    record = AttributeRecord(key: record.key, type: type, range: record.range.moved(message.start))
                }
                found.append(record)
                return true
            }
        }
        attributes = found
    }

    /// Encodes the message with what the attributes are now. Keys that entities name and that are gone leave their entities, and an
    /// entity without an id key leaves the resource.
    func encoded(in batch: borrowing SpanBatch) -> [UInt8] {
        batch.withArena { arena in
            var out = OutputBuffer(capacity: message.count + 64)
            let bytes = arena[message]
            copy(bytes, arena, &out) { $0 < kind.rawValue }
            for attribute in attributes { out.attribute(Int(kind.rawValue), attribute, arena) }
            copy(bytes, arena, &out) { $0 > kind.rawValue }
            return out.array()
        }
    }

    private func copy(_ bytes: UnsafeRawBufferPointer, _ arena: Arena, _ out: inout OutputBuffer, _ includes: (UInt64) -> Bool) {
        var cursor = ProtobufCursor(bytes)
        while !cursor.isAtEnd {
            let start = cursor.offset
            guard let tag = try? cursor.tag(), (try? cursor.skip(tag)) != nil else { return }
            guard includes(tag >> 3) else { continue }
            let field = UnsafeRawBufferPointer(rebasing: bytes[start..<cursor.offset])
            if kind == .resource, tag == 3 << 3 | 2 {
                copyEntity(field, arena, &out)
            } else {
                out.append(field)
            }
        }
    }

    private func copyEntity(_ field: UnsafeRawBufferPointer, _ arena: Arena, _ out: inout OutputBuffer) {
        var outer = ProtobufCursor(field)
        guard (try? outer.tag()) != nil, let content = try? outer.lengthDelimited() else { return }
        let bytes = UnsafeRawBufferPointer(rebasing: field[content.start..<content.end])
        var kept = OutputBuffer(capacity: field.count)
        var idKeys = (before: 0, after: 0), isWhole = true
        var cursor = ProtobufCursor(bytes)
        while !cursor.isAtEnd {
            let start = cursor.offset
            guard let tag = try? cursor.tag() else { break }
            if tag == 3 << 3 | 2 || tag == 4 << 3 | 2, let key = try? cursor.lengthDelimited() {
                let key = UnsafeRawBufferPointer(rebasing: bytes[key.start..<key.end])
                let isThere = attributes.contains { arena[$0.key].elementsEqual(key) }
                if tag >> 3 == 3 { idKeys = (idKeys.before + 1, idKeys.after + (isThere ? 1 : 0)) }
                guard isThere else {
                    isWhole = false
                    continue
                }
            } else if (try? cursor.skip(tag)) == nil { break }
            kept.append(UnsafeRawBufferPointer(rebasing: bytes[start..<cursor.offset]))
        }
        if isWhole { return out.append(field) }
        if idKeys.before > 0, idKeys.after == 0 { return }
        out.field(3, bytes: kept.bytes)
    }
}

extension ByteRange {
    fileprivate func moved(_ offset: Int) -> ByteRange { ByteRange(start: start + offset, count: count) }
}
