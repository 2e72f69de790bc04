internal import OTLP
internal import Trace

/// Attribute values as text.
enum ValueText {
    /// As the Collector writes it: arrays and maps as JSON, bytes as base64, numbers in decimal; empty for no value.
    static func bytes(_ value: AttributeRecord, _ batch: borrowing SpanBatch) -> [UInt8] {
        switch value.type {
        case .empty: []
        case .string: batch.withBytes(value.range) { [UInt8]($0) }
        case .bool: [UInt8]((value.bits == 0 ? "false" : "true").utf8)
        case .int: [UInt8]("\(Int64(bitPattern: value.bits))".utf8)
        case .double: [UInt8](number(Double(bitPattern: value.bits)).utf8)
        case .other:
            batch.withBytes(value.range) { encoded in
                var text: [UInt8] = []
                write(encoded, isInner: false, &text)
                return text
            }
        }
    }

    /// Whole numbers without a fraction, as Go's JSON has them.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), value.magnitude < 1e15 { return "\(Int64(value))" }
        return "\(value)"
    }

    private static func write(_ encoded: UnsafeRawBufferPointer, isInner: Bool, _ text: inout [UInt8]) {
        var cursor = ProtobufCursor(encoded)
        var last: (number: UInt64, content: ByteRange)?
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            if tag & 7 == 2 {
                guard let range = try? cursor.lengthDelimited() else { break }
                last = (tag >> 3, range)
            } else {
                guard (try? cursor.skip(tag)) != nil else { break }
                last = (tag >> 3, .empty)
            }
        }
        guard let last else { return isInner ? text.append(contentsOf: Array("null".utf8)) : () }
        let content = UnsafeRawBufferPointer(rebasing: encoded[last.content.start..<last.content.end])
        switch last.number {
        case 5: list(content, isMap: false, &text)
        case 6: list(content, isMap: true, &text)
        case 7:
            var out = OutputBuffer()
            out.json(base64: content)
            text.append(contentsOf: isInner ? out.array() : Array(out.array().dropFirst().dropLast()))
        default:
            var value = AttributeRecord(key: .empty, type: .empty, bits: 0)
            var cursor = ProtobufCursor(encoded)
            try? AttributeReader.readAnyValue(&cursor, into: &value)
            if value.type == .string {
                quote(content, &text)
            } else {
                let written = bytes(value, SpanBatch())
                text.append(contentsOf: written.isEmpty ? Array("null".utf8) : written)
            }
        }
    }

    private static func list(_ content: UnsafeRawBufferPointer, isMap: Bool, _ text: inout [UInt8]) {
        text.append(UInt8(ascii: isMap ? "{" : "["))
        var isFirst = true
        var cursor = ProtobufCursor(content)
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            guard tag == 1 << 3 | 2, let entry = try? cursor.lengthDelimited() else {
                if (try? cursor.skip(tag)) == nil { break }
                continue
            }
            if !isFirst { text.append(UInt8(ascii: ",")) }
            isFirst = false
            let bytes = UnsafeRawBufferPointer(rebasing: content[entry.start..<entry.end])
            if isMap { pair(bytes, &text) } else { write(bytes, isInner: true, &text) }
        }
        text.append(UInt8(ascii: isMap ? "}" : "]"))
    }

    private static func pair(_ bytes: UnsafeRawBufferPointer, _ text: inout [UInt8]) {
        var key = ByteRange.empty, value = ByteRange.empty
        var cursor = ProtobufCursor(bytes)
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            guard tag & 7 == 2, let range = try? cursor.lengthDelimited() else {
                if (try? cursor.skip(tag)) == nil { break }
                continue
            }
            if tag >> 3 == 1 { key = range }
            if tag >> 3 == 2 { value = range }
        }
        quote(UnsafeRawBufferPointer(rebasing: bytes[key.start..<key.end]), &text)
        text.append(UInt8(ascii: ":"))
        write(UnsafeRawBufferPointer(rebasing: bytes[value.start..<value.end]), isInner: true, &text)
    }

    private static func quote(_ string: UnsafeRawBufferPointer, _ text: inout [UInt8]) {
        var out = OutputBuffer()
        out.json(string: string)
        text.append(contentsOf: out.array())
    }
}
