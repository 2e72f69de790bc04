import OTLP
import Trace

/// Writes protobuf by hand, so that the tests owe nothing to the encoder they check.
typealias Bytes = [UInt8]

func varint(_ value: UInt64) -> Bytes {
    var value = value
    var bytes: Bytes = []
    while value > 127 {
        bytes.append(UInt8(value & 127) | 128)
        value >>= 7
    }
    return bytes + [UInt8(value)]
}
func int(_ field: UInt64, _ value: UInt64) -> Bytes { varint(field << 3) + varint(value) }
func fixed64(_ field: UInt64, _ value: UInt64) -> Bytes {
    varint(field << 3 | 1) + withUnsafeBytes(of: value.littleEndian) { Bytes($0) }
}
func fixed32(_ field: UInt64, _ value: UInt32) -> Bytes {
    varint(field << 3 | 5) + withUnsafeBytes(of: value.littleEndian) { Bytes($0) }
}
func message(_ field: UInt64, _ parts: Bytes...) -> Bytes {
    let content = parts.flatMap { $0 }
    return varint(field << 3 | 2) + varint(UInt64(content.count)) + content
}
func text(_ field: UInt64, _ value: String) -> Bytes { message(field, Bytes(value.utf8)) }
func attribute(_ field: UInt64, _ key: String, _ value: Bytes) -> Bytes { message(field, text(1, key), message(2, value)) }

let traceID = Bytes(1...16)
let spanID = Bytes(1...8)
/// The ids that every good span has.
let ids = message(1, traceID) + message(2, spanID)
/// A request with one resource, one scope and the given fields in one span.
func request(span fields: Bytes...) -> Bytes { message(1, message(2, message(2, ids + fields.flatMap { $0 }))) }

func decode(_ bytes: Bytes) throws -> DecodedRequest {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 1)
    memory.copyBytes(from: bytes)
    return try RequestDecoder.decode(
        protobuf: UnsafeRawBufferPointer(rebasing: memory[..<bytes.count]), owner: Memory(memory))
}

final class Memory {
    let memory: UnsafeMutableRawBufferPointer
    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }
    deinit { memory.deallocate() }
}

extension SpanBatch {
    func bytes(_ range: ByteRange) -> Bytes { withBytes(range) { Bytes($0) } }

    /// The attributes of `rows`, in a form that is quick to compare: `key=value`, nested values in hex.
    func described(_ rows: RowRange) -> [String] {
        attributes[rows.indices].map { record in
            let value = switch record.type {
            case .empty: "null"
            case .string: "\"\(string(record.range))\""
            case .bool: record.bits == 0 ? "false" : "true"
            case .int: "\(Int64(bitPattern: record.bits))"
            case .double: "\(Double(bitPattern: record.bits))"
            case .other: bytes(record.range).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            }
            return "\(string(record.key))=\(value)"
        }
    }
}
