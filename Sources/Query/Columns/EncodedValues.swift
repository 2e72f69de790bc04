internal import Store
internal import Trace

/// Reads values that stay encoded in blocks: resources, scopes, and attributes that are arrays, maps or bytes.
enum EncodedValues {
    /// The attributes of an envelope table's entry, first of each name, by name. `field` is where the message has them.
    static func attributes(ofEntry entry: [UInt8], field: UInt64) -> [NamedValue] {
        let message = EnvelopeTable.split(entry).message
        return entry.withUnsafeBytes { entry in attributes(in: UnsafeRawBufferPointer(rebasing: entry[message]), field: field) }
    }

    static func attributes(in message: UnsafeRawBufferPointer, field: UInt64) -> [NamedValue] {
        var values: [NamedValue] = []
        var names: Set<String> = []
        AttributeReader.forEach(in: message, field: field) { key, type, bits in
            let name = String(decoding: message[key.start..<key.end], as: UTF8.self)
            let value = value(type, bits, message)
            if value != .none, names.insert(name).inserted { values.append(NamedValue(name, value)) }
            return true
        }
        return values.sorted { $0.name < $1.name }
    }

    /// Field 1 (name) or 2 (version) of an encoded InstrumentationScope.
    static func scopeText(ofEntry entry: [UInt8], version: Bool) -> String {
        let message = EnvelopeTable.split(entry).message
        return entry.withUnsafeBytes { entry in
            let bytes = UnsafeRawBufferPointer(rebasing: entry[message])
            var cursor = ProtobufCursor(bytes)
            var text = ""
            while !cursor.isAtEnd, let tag = try? cursor.tag() {
                if tag == (version ? 2 : 1) << 3 | 2, let range = try? cursor.lengthDelimited() {
                    text = String(decoding: bytes[range.start..<range.end], as: UTF8.self)
                } else if (try? cursor.skip(tag)) == nil { break }
            }
            return text
        }
    }

    /// An attribute whose ranges count from the start of `bytes`.
    static func value(_ type: AttributeType, _ bits: UInt64, _ bytes: UnsafeRawBufferPointer) -> Value {
        let record = AttributeRecord(key: .empty, type: type, bits: bits)
        switch type {
        case .empty: return .none
        case .string: return .string(String(decoding: bytes[record.range.start..<record.range.end], as: UTF8.self))
        case .bool: return .bool(bits != 0)
        case .int: return .int(Int64(bitPattern: bits))
        case .double: return .float(Double(bitPattern: bits))
        case .other: return other(UnsafeRawBufferPointer(rebasing: bytes[record.range.start..<record.range.end]))
        }
    }

    /// An encoded AnyValue that holds an array, a key-value list or bytes.
    static func other(_ bytes: UnsafeRawBufferPointer) -> Value {
        var cursor = ProtobufCursor(bytes)
        var result = Value.none
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            switch tag {
            case 5 << 3 | 2:
                guard let list = try? cursor.lengthDelimited() else { return result }
                result = .array(elements(UnsafeRawBufferPointer(rebasing: bytes[list.start..<list.end])))
            case 6 << 3 | 2, 7 << 3 | 2:
                guard (try? cursor.lengthDelimited()) != nil else { return result }
                result = .other(ValueText.json(bytes))
            default: if (try? cursor.skip(tag)) == nil { return result }
            }
        }
        return result
    }

    private static func elements(_ list: UnsafeRawBufferPointer) -> [Value] {
        var cursor = ProtobufCursor(list)
        var values: [Value] = []
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            guard tag == 1 << 3 | 2 else {
                if (try? cursor.skip(tag)) == nil { break }
                continue
            }
            guard let range = try? cursor.lengthDelimited() else { break }
            let bytes = UnsafeRawBufferPointer(rebasing: list[range.start..<range.end])
            var inner = ProtobufCursor(bytes)
            var record = AttributeRecord(key: .empty, type: .empty, bits: 0)
            guard (try? AttributeReader.readAnyValue(&inner, into: &record)) != nil else { break }
            values.append(value(record.type, record.bits, bytes))
        }
        return values
    }
}

/// Values of types that the language does not know, as text.
enum ValueText {
    /// An encoded AnyValue as compact JSON; bytes in hexadecimal digits.
    static func json(_ bytes: UnsafeRawBufferPointer) -> String {
        var text = ""
        append(bytes, to: &text)
        return text
    }

    private static func append(_ bytes: UnsafeRawBufferPointer, to text: inout String) {
        var cursor = ProtobufCursor(bytes)
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            switch tag {
            case 5 << 3 | 2, 6 << 3 | 2:
                guard let range = try? cursor.lengthDelimited() else { return }
                let isMap = tag >> 3 == 6
                text += isMap ? "{" : "["
                appendList(UnsafeRawBufferPointer(rebasing: bytes[range.start..<range.end]), isMap: isMap, to: &text)
                text += isMap ? "}" : "]"
            case 7 << 3 | 2:
                guard let range = try? cursor.lengthDelimited() else { return }
                text += "\"" + bytes[range.start..<range.end].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\""
            default:
                var scalar = ProtobufCursor(bytes)
                var record = AttributeRecord(key: .empty, type: .empty, bits: 0)
                guard (try? AttributeReader.readAnyValue(&scalar, into: &record)) != nil else { return }
                switch EncodedValues.value(record.type, record.bits, bytes) {
                case .string(let string): appendQuoted(string, to: &text)
                case .int(let value): text += "\(value)"
                case .float(let value): text += "\(value)"
                case .bool(let value): text += "\(value)"
                default: text += "null"
                }
                return
            }
        }
    }

    private static func appendList(_ list: UnsafeRawBufferPointer, isMap: Bool, to text: inout String) {
        var cursor = ProtobufCursor(list)
        var isFirst = true
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            guard tag == 1 << 3 | 2, let range = try? cursor.lengthDelimited() else { return }
            if !isFirst { text += "," }
            isFirst = false
            let bytes = UnsafeRawBufferPointer(rebasing: list[range.start..<range.end])
            guard isMap else {
                append(bytes, to: &text)
                continue
            }
            var pair = ProtobufCursor(bytes)
            var key = "", value: UnsafeRawBufferPointer?
            while !pair.isAtEnd, let tag = try? pair.tag() {
                guard tag & 7 == 2, let range = try? pair.lengthDelimited() else { break }
                let field = UnsafeRawBufferPointer(rebasing: bytes[range.start..<range.end])
                if tag >> 3 == 1 { key = String(decoding: field, as: UTF8.self) } else if tag >> 3 == 2 { value = field }
            }
            appendQuoted(key, to: &text)
            text += ":"
            if let value { append(value, to: &text) } else { text += "null" }
        }
    }

    private static func appendQuoted(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case let control where control.value < 0x20: text += "\\u00" + (control.value < 16 ? "0" : "") + String(control.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
