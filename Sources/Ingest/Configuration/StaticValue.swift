internal import OTLP
internal import Settings
internal import Trace

/// A value written in the configuration, with the type it has there.
enum StaticValue: Sendable {
    case empty
    case string([UInt8])
    case bool(Bool)
    case int(Int64)
    case double(Double)
    /// An encoded AnyValue.
    case other([UInt8])

    init(_ node: YAMLNode) {
        switch node.content {
        case .scalar(let text, let isPlain):
            if node.isNull {
                self = .empty
            } else if isPlain, let flag = PlainScalar.bool(text) {
                self = .bool(flag)
            } else if isPlain, let int = PlainScalar.int(text) {
                self = .int(int)
            } else if isPlain, let double = PlainScalar.double(text) {
                self = .double(double)
            } else {
                self = .string([UInt8](text.utf8))
            }
        case .list, .map:
            var out = OutputBuffer()
            Self.write(node, &out)
            self = .other(out.array())
        }
    }

    /// The fields of an AnyValue. The YAML parser bounds the depth.
    private static func write(_ node: YAMLNode, _ out: inout OutputBuffer) {
        switch node.content {
        case .scalar:
            switch StaticValue(node) {
            case .string(let bytes): bytes.withUnsafeBytes { out.field(1, bytes: $0) }
            case .bool(let flag): out.field(2, varint: flag ? 1 : 0)
            case .int(let int): out.field(3, varint: UInt64(bitPattern: int))
            case .double(let double): out.field(4, fixed64: double.bitPattern)
            case .empty, .other: break
            }
        case .list(let items): out.message(5) { out in for item in items { out.message(1) { write(item, &$0) } } }
        case .map(let entries):
            out.message(6) { out in
                for entry in entries {
                    out.message(1) { pair in
                        pair.field(1, string: entry.key)
                        pair.message(2) { write(entry.value, &$0) }
                    }
                }
            }
        }
    }

    /// As an attribute's value, without a key.
    func record(in batch: inout SpanBatch) -> AttributeRecord {
        switch self {
        case .empty: AttributeRecord(key: .empty, type: .empty, bits: 0)
        case .string(let bytes): AttributeRecord(key: .empty, type: .string, range: batch.append(bytes))
        case .bool(let flag): AttributeRecord(key: .empty, type: .bool, bits: flag ? 1 : 0)
        case .int(let int): AttributeRecord(key: .empty, type: .int, bits: UInt64(bitPattern: int))
        case .double(let double): AttributeRecord(key: .empty, type: .double, bits: double.bitPattern)
        case .other(let bytes): AttributeRecord(key: .empty, type: .other, range: batch.append(bytes))
        }
    }
}
