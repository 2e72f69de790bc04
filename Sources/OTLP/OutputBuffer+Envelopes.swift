internal import Trace

/// Encoded envelopes as JSON: the members of `Resource`, `EntityRef` and `InstrumentationScope`.
extension OutputBuffer {
    /// The members of an encoded `Resource`.
    mutating func resource(_ message: UnsafeRawBufferPointer) {
        json(attributesIn: message, field: 1)
        var dropped: UInt64 = 0
        var hasEntities = false
        forEachField(of: message) { tag, value, _ in
            if tag == 2 << 3 | 0 { dropped = value }
            if tag == 3 << 3 | 2 { hasEntities = true }
        }
        json(count: UInt32(truncatingIfNeeded: dropped), "droppedAttributesCount")
        guard hasEntities else { return }
        key("entityRefs")
        append("[")
        forEachField(of: message) { tag, _, content in
            guard tag == 3 << 3 | 2 else { return }
            separate()
            entity(content)
        }
        append("]")
    }

    private mutating func entity(_ message: UnsafeRawBufferPointer) {
        append("{")
        strings(of: message, 1, "schemaUrl", isList: false)
        strings(of: message, 2, "type", isList: false)
        strings(of: message, 3, "idKeys", isList: true)
        strings(of: message, 4, "descriptionKeys", isList: true)
        append("}")
    }

    /// The members of an encoded `InstrumentationScope`.
    mutating func scope(_ message: UnsafeRawBufferPointer) {
        strings(of: message, 1, "name", isList: false)
        strings(of: message, 2, "version", isList: false)
        json(attributesIn: message, field: 3)
        var dropped: UInt64 = 0
        forEachField(of: message) { tag, value, _ in if tag == 4 << 3 | 0 { dropped = value } }
        json(count: UInt32(truncatingIfNeeded: dropped), "droppedAttributesCount")
    }

    /// A string field of an encoded message: the last one, or all of them as an array.
    private mutating func strings(of message: UnsafeRawBufferPointer, _ number: UInt64, _ name: StaticString, isList: Bool) {
        var found: [UnsafeRawBufferPointer] = []
        forEachField(of: message) { tag, _, content in if tag == number << 3 | 2 { found.append(content) } }
        if isList, !found.isEmpty {
            key(name)
            append("[")
            for text in found {
                separate()
                json(string: text)
            }
            append("]")
        } else if let last = found.last {
            guard !last.isEmpty else { return }
            key(name)
            json(string: last)
        }
    }
}

/// Calls `visit` with each varint and each length-delimited field of an encoded message.
private func forEachField(of message: UnsafeRawBufferPointer, _ visit: (_ tag: UInt64, _ value: UInt64, _ content: UnsafeRawBufferPointer) -> Void) {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    var cursor = ProtobufCursor(message)
    while !cursor.isAtEnd, let tag = try? cursor.tag() {
        switch tag & 7 {
        case 0:
            guard let value = try? cursor.varint() else { return }
            visit(tag, value, nothing)
        case 2:
            guard let range = try? cursor.lengthDelimited() else { return }
            visit(tag, 0, UnsafeRawBufferPointer(rebasing: message[range.start..<range.end]))
        default: if (try? cursor.skip(tag)) == nil { return }
        }
    }
}
