import OTLP
import Trace

/// Fields of a message as `number:value`; text when it is ASCII without control characters, else `m`.
func fields(_ message: [UInt8]) -> [String] {
    visit(message).map { number, varint, content in
        guard let content else { return "\(number):\(varint)" }
        let isText = !content.isEmpty && content.allSatisfy { (32..<127).contains($0) }
        return isText ? "\(number):\(String(decoding: content, as: UTF8.self))" : "\(number):m"
    }
}

func submessage(_ message: [UInt8], _ number: Int) -> [UInt8] { submessages(message, number).first ?? [] }
func submessages(_ message: [UInt8], _ number: Int) -> [[UInt8]] { visit(message).filter { $0.0 == number }.compactMap(\.2) }

private func visit(_ message: [UInt8]) -> [(Int, UInt64, [UInt8]?)] {
    message.withUnsafeBytes { bytes in
        var cursor = ProtobufCursor(bytes)
        var found: [(Int, UInt64, [UInt8]?)] = []
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            if tag & 7 == 0, let value = try? cursor.varint() { found.append((Int(tag >> 3), value, nil)) }
            if tag & 7 == 1, let value = try? cursor.fixed64() { found.append((Int(tag >> 3), value, nil)) }
            if tag & 7 == 2, let range = try? cursor.lengthDelimited() { found.append((Int(tag >> 3), 0, Array(bytes[range.start..<range.end]))) }
        }
        return found
    }
}

/// A message that `write` appends.
func protobuf(_ write: (inout OutputBuffer) -> Void) -> [UInt8] {
    var output = OutputBuffer()
    write(&output)
    return output.array()
}
