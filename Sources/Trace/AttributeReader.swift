/// Walks the attributes of an encoded message in place: `Resource` and `KeyValueList` (field 1), `InstrumentationScope` (field 3).
///
/// Our own tables hold attributes as `AttributeRecord`; only envelopes and nested values stay encoded, in the form that
/// opentelemetry/proto/common/v1/common.proto gives them. The decoders have proved the message before it got here.
public enum AttributeReader {
    /// The depth of nested values beyond which a message is refused.
    public static let depthLimit = 64

    /// Calls `visit` with each key and value of `message`'s field `field`; ranges count from the start of `message`.
    /// `visit` returns false to stop.
    public static func forEach(
        in message: UnsafeRawBufferPointer, field: UInt64 = 1,
        _ visit: (_ key: ByteRange, _ type: AttributeType, _ bits: UInt64) -> Bool
    ) {
        var cursor = ProtobufCursor(message)
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            if tag == field << 3 | 2 {
                guard var pair = try? cursor.message(), let record = try? readKeyValue(&pair) else { return }
                if !visit(record.key, record.type, record.bits) { return }
            } else if (try? cursor.skip(tag)) == nil { return }
        }
    }

    /// Reads one encoded `KeyValue`; ranges count from the cursor's base.
    @inlinable @inline(__always)
    public static func readKeyValue(_ pair: inout ProtobufCursor) throws(ProtobufError) -> AttributeRecord {
        var record = AttributeRecord(key: .empty, type: .empty, bits: 0)
        while !pair.isAtEnd {
            let tag = try pair.tag()
            switch tag {
            case 1 << 3 | 2: record.key = try pair.lengthDelimited()
            case 2 << 3 | 2:
                var value = try pair.message()
                try readAnyValue(&value, into: &record)
            case 3 << 3 | 0: _ = try pair.varint()               // key_strindex: meaningless on traces
            default: try pair.skip(tag, known: 1...3)
            }
        }
        return record
    }

    /// Reads one encoded `AnyValue`: the last member on the wire wins.
    @inlinable @inline(__always)
    public static func readAnyValue(_ value: inout ProtobufCursor, into record: inout AttributeRecord) throws(ProtobufError) {
        let whole = ByteRange(start: value.offset, count: value.end - value.position)
        while !value.isAtEnd {
            let tag = try value.tag()
            switch tag {
            case 1 << 3 | 2: record = AttributeRecord(key: record.key, type: .string, range: try value.lengthDelimited())
            case 2 << 3 | 0: record = AttributeRecord(key: record.key, type: .bool, bits: try value.varint() == 0 ? 0 : 1)
            case 3 << 3 | 0: record = AttributeRecord(key: record.key, type: .int, bits: try value.varint())
            case 4 << 3 | 1: record = AttributeRecord(key: record.key, type: .double, bits: try value.fixed64())
            case 5 << 3 | 2, 6 << 3 | 2:
                let list = try value.message()
                try check(list, isMap: tag >> 3 == 6, depth: 1)
                record = AttributeRecord(key: record.key, type: .other, range: whole)
            case 7 << 3 | 2:
                _ = try value.lengthDelimited()
                record = AttributeRecord(key: record.key, type: .other, range: whole)
            case 8 << 3 | 0:                                     // string_value_strindex: meaningless on traces
                _ = try value.varint()
                record = AttributeRecord(key: record.key, type: .empty, bits: 0)
            default: try value.skip(tag, known: 1...8)
            }
        }
    }

    /// Proves the well-formedness of an `ArrayValue` or a `KeyValueList`.
    @usableFromInline @inline(never)
    static func check(_ list: ProtobufCursor, isMap: Bool, depth: Int) throws(ProtobufError) {
        var list = list
        if depth >= depthLimit { throw list.error(.tooDeep(limit: depthLimit)) }
        while !list.isAtEnd {
            let tag = try list.tag()
            guard tag == 1 << 3 | 2 else {
                try list.skip(tag, known: 1...1)
                continue
            }
            var entry = try list.message()
            guard isMap else {
                try checkValue(&entry, depth: depth)
                continue
            }
            while !entry.isAtEnd {
                let tag = try entry.tag()
                switch tag {
                case 1 << 3 | 2: _ = try entry.lengthDelimited()
                case 2 << 3 | 2:
                    var value = try entry.message()
                    try checkValue(&value, depth: depth)
                case 3 << 3 | 0: _ = try entry.varint()
                default: try entry.skip(tag, known: 1...3)
                }
            }
        }
    }

    private static func checkValue(_ value: inout ProtobufCursor, depth: Int) throws(ProtobufError) {
        while !value.isAtEnd {
            let tag = try value.tag()
            switch tag {
            case 1 << 3 | 2, 7 << 3 | 2: _ = try value.lengthDelimited()
            case 2 << 3 | 0, 3 << 3 | 0, 8 << 3 | 0: _ = try value.varint()
            case 4 << 3 | 1: _ = try value.fixed64()
            case 5 << 3 | 2, 6 << 3 | 2: try check(try value.message(), isMap: tag >> 3 == 6, depth: depth + 1)
            default: try value.skip(tag, known: 1...8)
            }
        }
    }
}
