public import Trace

/// Attributes and their values as JSON: `{"key":"k","value":{"stringValue":"v"}}`.
extension OutputBuffer {
    /// The member `attributes` with those of `rows`, and `droppedAttributesCount`; neither when it is empty.
    public mutating func json(attributes rows: RowRange, dropped: UInt32, of batch: borrowing SpanBatch, _ arena: Arena) {
        if !rows.isEmpty {
            key("attributes")
            append(UInt8(ascii: "["))
            for index in rows.indices {
                separate()
                json(attribute: batch.attributes[index], arena)
            }
            append(UInt8(ascii: "]"))
        }
        json(count: dropped, "droppedAttributesCount")
    }

    /// The member `attributes` with those of an encoded message, whose field `field` they are.
    public mutating func json(attributesIn message: UnsafeRawBufferPointer, field: UInt64) {
        let arena = Arena(body: message)
        var isEmpty = true
        AttributeReader.forEach(in: message, field: field) { name, type, bits in
            if isEmpty {
                key("attributes")
                append(UInt8(ascii: "["))
                isEmpty = false
            }
            separate()
            json(attribute: AttributeRecord(key: name, type: type, bits: bits), arena)
            return true
        }
        if !isEmpty { append(UInt8(ascii: "]")) }
    }

    public mutating func json(attribute: AttributeRecord, _ arena: Arena) {
        append("{")
        if !attribute.key.isEmpty {
            append("\"key\":")
            json(string: arena[attribute.key])
        }
        key("value")
        json(value: attribute, arena)
        append("}")
    }

    /// An attribute's value as the JSON form of `AnyValue`: `{"intValue":"1"}`; `{}` when nothing is set.
    public mutating func json(value: AttributeRecord, _ arena: Arena) {
        switch value.type {
        case .empty: append("{}")
        case .string:
            append("{\"stringValue\":")
            json(string: arena[value.range])
            append("}")
        case .bool: append(value.bits == 0 ? "{\"boolValue\":false}" : "{\"boolValue\":true}")
        case .int:
            append("{\"intValue\":")
            json(quoted: Int64(bitPattern: value.bits))
            append("}")
        case .double:
            append("{\"doubleValue\":")
            json(double: Double(bitPattern: value.bits))
            append("}")
        case .other: json(anyValue: arena[value.range])
        }
    }

    /// An encoded `AnyValue`.
    public mutating func json(anyValue bytes: UnsafeRawBufferPointer) { json(anyValue: bytes, depth: 0) }

    private mutating func json(anyValue bytes: UnsafeRawBufferPointer, depth: Int) {
        guard depth <= AttributeReader.depthLimit, let member = AnyValueMember(lastOf: bytes) else { return append("{}") }
        switch member.number {
        case 5:
            append("{\"arrayValue\":{")
            json(entriesOf: member.run(in: bytes), member: 5) { $0.json(anyValue: $1, depth: depth + 1) }
            append("}}")
        case 6:
            append("{\"kvlistValue\":{")
            json(entriesOf: member.run(in: bytes), member: 6) { $0.json(keyValue: $1, depth: depth + 1) }
            append("}}")
        case 7:
            append("{\"bytesValue\":")
            json(base64: UnsafeRawBufferPointer(rebasing: bytes[member.content.start..<member.content.end]))
            append("}")
        default:
            var value = AttributeRecord(key: .empty, type: .empty, bits: 0)
            var cursor = ProtobufCursor(bytes)
            try? AttributeReader.readAnyValue(&cursor, into: &value)
            json(value: value, Arena(body: bytes))
        }
    }

    private mutating func json(keyValue bytes: UnsafeRawBufferPointer, depth: Int) {
        var name = UnsafeRawBufferPointer(start: nil, count: 0)
        var value = name
        var cursor = ProtobufCursor(bytes)
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            if tag & 7 == 2, let range = try? cursor.lengthDelimited() {
                if tag >> 3 == 1 { name = UnsafeRawBufferPointer(rebasing: bytes[range.start..<range.end]) }
                if tag >> 3 == 2 { value = UnsafeRawBufferPointer(rebasing: bytes[range.start..<range.end]) }
            } else if (try? cursor.skip(tag)) == nil { break }
        }
        append("{")
        if !name.isEmpty {
            append("\"key\":")
            json(string: name)
        }
        key("value")
        json(anyValue: value, depth: depth)
        append("}")
    }

    /// The member `values` of a list, whose entries `write` is given one by one; nothing when there are none. The list may
    /// have come in several pieces: `run` holds all of them, as fields with the number `member`.
    private mutating func json(
        entriesOf run: UnsafeRawBufferPointer, member: UInt64, _ write: (inout OutputBuffer, UnsafeRawBufferPointer) -> Void
    ) {
        var isEmpty = true
        var pieces = ProtobufCursor(run)
        while !pieces.isAtEnd, let tag = try? pieces.tag() {
            guard tag == member << 3 | 2, var entries = try? pieces.message() else {
                if (try? pieces.skip(tag)) == nil { break }
                continue
            }
            while !entries.isAtEnd, let tag = try? entries.tag() {
                guard tag == 1 << 3 | 2, let entry = try? entries.lengthDelimited() else {
                    if (try? entries.skip(tag)) == nil { break }
                    continue
                }
                if isEmpty { append("\"values\":[") }
                isEmpty = false
                separate()
                write(&self, UnsafeRawBufferPointer(rebasing: run[entry.start..<entry.end]))
            }
        }
        if !isEmpty { append(UInt8(ascii: "]")) }
    }

    /// A count, left out when it is 0.
    @inline(__always)
    mutating func json(count: UInt32, _ name: StaticString) {
        guard count != 0 else { return }
        key(name)
        json(decimal: UInt64(count))
    }
}

/// The member of an encoded `AnyValue` that counts: the last one on the wire. Occurrences of one list that follow each other
/// are one list.
private struct AnyValueMember {
    var number: UInt64
    /// The last occurrence's content, and where the run of occurrences begins.
    var content: ByteRange
    var runStart: Int

    init?(lastOf bytes: UnsafeRawBufferPointer) {
        number = 0
        content = .empty
        runStart = 0
        var cursor = ProtobufCursor(bytes)
        while !cursor.isAtEnd {
            let start = cursor.offset
            guard let tag = try? cursor.tag() else { break }
            let range: ByteRange
            if tag & 7 == 2 {
                guard let found = try? cursor.lengthDelimited() else { break }
                range = found
            } else {
                guard (try? cursor.skip(tag)) != nil else { break }
                range = .empty
            }
            guard (1...8).contains(tag >> 3) else { continue }
            if number != tag >> 3 { runStart = start }
            number = tag >> 3
            content = range
        }
        if number == 0 { return nil }
    }

    func run(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[runStart...]) }
}
