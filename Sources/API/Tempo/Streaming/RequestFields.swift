internal import Trace

/// A field of a request message, as far as requests have them: numbers without sign, and text.
struct RequestField {
    var number: Int
    /// Of a varint or a fixed number, else 0.
    var value: UInt64
    /// Of a length-delimited field, else empty.
    var content: UnsafeRawBufferPointer

    var value32: UInt64 { value & 0xffff_ffff }
    var text: String { String(decoding: content, as: UTF8.self) }
    /// Milliseconds as nanoseconds; nil for 0, which means that there is no bound.
    var millis: UInt64? { value32 > 0 ? value32 * 1_000_000 : nil }

    /// The entry of a map from text to text.
    func entry() throws -> (key: String, value: String)? {
        var entry = (key: "", value: "")
        try readFields(of: content) { field in
            if field.number == 1 { entry.key = field.text }
            if field.number == 2 { entry.value = field.text }
        }
        return entry.key.isEmpty ? nil : entry
    }
}

/// Calls `visit` with the fields of a message in the order of the wire; the last one of a number counts.
func readFields(of message: UnsafeRawBufferPointer, _ visit: (RequestField) throws -> Void) throws {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    var cursor = ProtobufCursor(message)
    while !cursor.isAtEnd {
        let tag = try cursor.tag()
        var field = RequestField(number: Int(clamping: tag >> 3), value: 0, content: nothing)
        switch tag & 7 {
        case 0: field.value = try cursor.varint()
        case 1: field.value = try cursor.fixed64()
        case 2:
            let range = try cursor.lengthDelimited()
            field.content = UnsafeRawBufferPointer(rebasing: message[range.start..<range.end])
        default:
            try cursor.skip(tag)
            continue
        }
        try visit(field)
    }
}
