internal import Trace

/// An attribute's value in place. Valid as long as the bytes it came from.
struct AttributeView {
    var type: AttributeType
    var bits: UInt64
    /// Of strings and of encoded values.
    var bytes: UnsafeRawBufferPointer
}

extension AttributeView {
    /// The value as a label shows it: plain decimals, arrays as `[…]` and maps as `{key:value…}` without separators, nothing for bytes.
    var text: [UInt8] {
        var text: [UInt8] = []
        appendText(to: &text)
        return text
    }

    private func appendText(to text: inout [UInt8]) {
        switch type {
        case .empty: break
        case .string: text += bytes
        case .bool: text += Array((bits == 0 ? "false" : "true").utf8)
        case .int: text += Array("\(Int64(bitPattern: bits))".utf8)
        case .double: text += Array(PlainNumber.text(Double(bitPattern: bits)).utf8)
        case .other: Self.appendNested(bytes, to: &text)
        }
    }

    /// Writes an encoded `AnyValue` that the decoder has proved, nested at most `AttributeReader.depthLimit` deep.
    private static func appendNested(_ value: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        var cursor = ProtobufCursor(value)
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            switch tag {
            case 5 << 3 | 2, 6 << 3 | 2:
                guard let list = try? cursor.message() else { return }
                let isMap = tag >> 3 == 6
                text.append(UInt8(ascii: isMap ? "{" : "["))
                appendEntries(list, isMap: isMap, to: &text)
                text.append(UInt8(ascii: isMap ? "}" : "]"))
            default: if (try? cursor.skip(tag)) == nil { return }
            }
        }
    }

    private static func appendEntries(_ list: ProtobufCursor, isMap: Bool, to text: inout [UInt8]) {
        var list = list
        while !list.isAtEnd, let tag = try? list.tag() {
            guard tag == 1 << 3 | 2, let entry = try? list.message() else {
                if (try? list.skip(tag)) == nil { return }
                continue
            }
            let bytes = UnsafeRawBufferPointer(start: entry.position, count: entry.end - entry.position)
            var inner = ProtobufCursor(bytes)
            var record = AttributeRecord(key: .empty, type: .empty, bits: 0)
            if isMap {
                guard let pair = try? AttributeReader.readKeyValue(&inner) else { return }
                record = pair
                text += bytes[pair.key.start..<pair.key.end]
                text.append(UInt8(ascii: ":"))
            } else if (try? AttributeReader.readAnyValue(&inner, into: &record)) == nil { return }
            let isText = record.type == .string || record.type == .other
            AttributeView(
                type: record.type, bits: record.bits,
                bytes: UnsafeRawBufferPointer(rebasing: isText ? bytes[record.range.start..<record.range.end] : bytes[0..<0])
            ).appendText(to: &text)
        }
    }
}

/// Numbers in the shortest decimal form that reads back, without an exponent: `0.5`, `100000000`, `+Inf`.
enum PlainNumber {
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 0x1p53 { return value.sign == .minus && value == 0 ? "-0" : "\(Int64(value))" }
        let shortest = "\(abs(value))"
        let parts = shortest.split(separator: "e")
        let sign = value < 0 ? "-" : ""
        guard parts.count == 2, let exponent = Int(parts[1]) else {
            return sign + (shortest.hasSuffix(".0") ? String(shortest.dropLast(2)) : shortest)
        }
        let mantissa = parts[0].split(separator: ".")
        let whole = String(mantissa[0])
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + whole + fraction }
        return sign + whole + fraction + String(repeating: "0", count: max(0, exponent - fraction.count))
    }
}
