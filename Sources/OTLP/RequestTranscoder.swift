/// Writes a request given as JSON as the protobuf it stands for, so that one reader builds batches from both.
///
/// Lenient where the Collector is: names in snake_case, enums by name, integers as strings, unknown keys. Also: `null` is an
/// absent value anywhere, and of a key that occurs twice the last one counts.
struct RequestTranscoder: ~Copyable {
    private var scanner: JSONScanner
    private var out: OutputBuffer
    /// Text freed of its escapes, until the next value is read.
    private var scratch = OutputBuffer(capacity: 256)
    /// For each field that occurred again in a message not yet ended: its number, and where in `out` its last occurrence begins.
    private var repeated: [(number: Int, start: Int)] = []

    init(_ text: UnsafeRawBufferPointer) {
        scanner = JSONScanner(text)
        out = OutputBuffer(capacity: text.count / 2 + 256)
    }

    /// Transcodes the one value that the text consists of.
    consuming func request() throws(JSONFailure) -> OwnedBytes {
        try fields(of: .request, depth: 0)
        guard scanner.peek() == 0, scanner.position == scanner.end else { throw scanner.unexpected("nothing after the request") }
        return out.intoOwner()
    }

    /// Transcodes an object into the fields of `message`. `depth` counts the lists around a value.
    private mutating func fields(of message: JSONSchema.Message, depth: Int) throws(JSONFailure) {
        guard scanner.take(UInt8(ascii: "{")) else { throw scanner.unexpected("an object") }
        let schema = JSONSchema[message]
        let start = out.count
        let outerRepeated = repeated.count
        var seen: UInt32 = 0
        var hint = 0
        if !scanner.take(UInt8(ascii: "}")) {
            repeat {
                let key = try plain(try scanner.string("a key"))
                let field = schema.field(key, &hint)
                guard scanner.take(UInt8(ascii: ":")) else { throw scanner.unexpected("':'") }
                if let field {
                    if seen & 1 << UInt32(field.number) != 0 { repeated.append((field.number, out.count)) }
                    seen |= 1 << UInt32(field.number)
                    try value(of: field, keepsDefault: schema.isOneof, depth: depth)
                } else {
                    try scanner.skipValue()
                }
            } while scanner.take(UInt8(ascii: ","))
            guard scanner.take(UInt8(ascii: "}")) else { throw scanner.unexpected("',' or '}'") }
        }
        if repeated.count > outerRepeated { dropEarlierOccurrences(from: start, outerRepeated) }
    }

    @inline(__always)
    private mutating func value(of field: JSONSchema.Field, keepsDefault: Bool, depth: Int) throws(JSONFailure) {
        if try scanner.takeNull() { return }
        switch field.type {
        case .message(let message): try self.message(field.number, message, depth: depth)
        case .messages(let message):
            try elements { transcoder throws(JSONFailure) in
                if try !transcoder.scanner.takeNull() {
                    try transcoder.message(field.number, message, depth: depth)
                } else if message == .anyValue {
                    transcoder.out.field(field.number, bytes: UnsafeRawBufferPointer(start: nil, count: 0))
                }
            }
        case .strings:
            try elements { transcoder throws(JSONFailure) in
                if try !transcoder.scanner.takeNull() { try transcoder.string(field.number, keepsDefault: true) }
            }
        case .string: try string(field.number, keepsDefault: keepsDefault)
        case .id(let count): try id(field.number, count)
        case .fixed64:
            let number = try unsigned(limit: .max)
            if number != 0 { out.field(field.number, fixed64: number) }
        case .fixed32:
            let number = try unsigned(limit: UInt64(UInt32.max))
            if number != 0 { out.field(field.number, fixed32: UInt32(truncatingIfNeeded: number)) }
        case .uint32:
            let number = try unsigned(limit: UInt64(UInt32.max))
            if number != 0 { out.field(field.number, varint: number) }
        case .enumeration(let enumeration):
            let number = try number(of: enumeration)
            if number != 0 { out.field(field.number, varint: UInt64(bitPattern: number)) }
        case .int64: out.field(field.number, varint: UInt64(bitPattern: try signed()))
        case .double: out.field(field.number, fixed64: try double().bitPattern)
        case .bool: out.field(field.number, varint: try scanner.bool() ? 1 : 0)
        case .bytes: try base64(field.number)
        }
    }

    private mutating func message(_ number: Int, _ message: JSONSchema.Message, depth: Int) throws(JSONFailure) {
        let isList = message == .arrayValue || message == .keyValueList
        if isList, depth + 1 >= JSONScanner.depthLimit {
            throw scanner.failure("values are nested deeper than \(JSONScanner.depthLimit) levels")
        }
        let start = out.beginMessage(number)
        try fields(of: message, depth: isList ? depth + 1 : depth)
        out.endMessage(start)
    }

    @inline(__always)
    private mutating func elements(_ element: (inout RequestTranscoder) throws(JSONFailure) -> Void) throws(JSONFailure) {
        guard scanner.take(UInt8(ascii: "[")) else { throw scanner.unexpected("an array") }
        if scanner.take(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while scanner.take(UInt8(ascii: ","))
        guard scanner.take(UInt8(ascii: "]")) else { throw scanner.unexpected("',' or ']'") }
    }

    /// Drops what a message holds of a field before the last occurrence of its key. One pass, whatever the number of repeats.
    private mutating func dropEarlierOccurrences(from start: Int, _ outerRepeated: Int) {
        var keepFrom = [Int](repeating: 0, count: 32)
        for entry in repeated[outerRepeated...] { keepFrom[entry.number] = entry.start }
        repeated.removeLast(repeated.count - outerRepeated)
        out.keepFields(from: start) { number, offset in offset >= keepFrom[number] }
    }
}

/// The values of single fields.
extension RequestTranscoder {
    /// A string's bytes without escapes; valid until the next call.
    @inline(__always)
    private mutating func plain(_ text: JSONScanner.Text) throws(JSONFailure) -> UnsafeRawBufferPointer {
        if !text.isEscaped { return text.bytes }
        scratch.removeAll()
        scratch.append(unescaping: text.bytes)
        return scratch.bytes
    }

    @inline(__always)
    private mutating func string(_ number: Int, keepsDefault: Bool) throws(JSONFailure) {
        let text = try scanner.string()
        if text.bytes.isEmpty, !keepsDefault { return }
        if !text.isEscaped {
            out.field(number, bytes: text.bytes)
        } else {
            let start = out.beginMessage(number)
            out.append(unescaping: text.bytes)
            out.endMessage(start)
        }
    }

    /// A number's text, bare or out of a string.
    private mutating func numeral() throws(JSONFailure) -> UnsafeRawBufferPointer {
        if scanner.peek() == UInt8(ascii: "\"") { return try plain(try scanner.string()) }
        return try scanner.number()
    }

    private mutating func unsigned(limit: UInt64) throws(JSONFailure) -> UInt64 {
        _ = scanner.peek()
        let start = scanner.position
        if let number = JSONNumber.unsigned(try numeral(), limit: limit) { return number }
        throw scanner.failure("expected an integer from 0 to \(limit)", at: start)
    }

    private mutating func signed() throws(JSONFailure) -> Int64 {
        _ = scanner.peek()
        let start = scanner.position
        if let number = JSONNumber.signed(try numeral()) { return number }
        throw scanner.failure("expected an integer of 64 bits", at: start)
    }

    private mutating func double() throws(JSONFailure) -> Double {
        let isQuoted = scanner.peek() == UInt8(ascii: "\"")
        let start = scanner.position
        let text = try numeral()
        if let number = JSONNumber.double(text) { return number }
        if isQuoted {
            if text.elementsEqual("NaN".utf8) { return .nan }
            if text.elementsEqual("Infinity".utf8) { return .infinity }
            if text.elementsEqual("-Infinity".utf8) { return -.infinity }
        }
        throw scanner.failure("expected a number", at: start)
    }

    private mutating func number(of enumeration: JSONSchema.Enumeration) throws(JSONFailure) -> Int64 {
        let isQuoted = scanner.peek() == UInt8(ascii: "\"")
        let start = scanner.position
        let text = try numeral()
        if !isQuoted {
            if let number = JSONNumber.signed(text), Int32(exactly: number) != nil { return number }
            throw scanner.failure("expected an enum's number", at: start)
        }
        let (prefix, names) = (enumeration.prefix, enumeration.names)
        let full = "\(prefix)".utf8
        if text.starts(with: full) {
            let rest = text.dropFirst(full.count)
            for (number, name) in names.enumerated() where rest.elementsEqual("\(name)".utf8) { return Int64(number) }
        }
        throw scanner.failure("expected an enum's number, or a name from \(prefix)\(names[0]) to \(prefix)\(names.last!)", at: start)
    }

    /// `""` is no id.
    private mutating func id(_ number: Int, _ count: Int) throws(JSONFailure) {
        _ = scanner.peek()
        let start = scanner.position
        let text = try plain(try scanner.string())
        if text.isEmpty { return }
        guard text.count == 2 * count else {
            throw scanner.failure("expected \(2 * count) hexadecimal digits, found \(text.count)", at: start)
        }
        out.varint(UInt64(number) << 3 | 2)
        out.varint(UInt64(count))
        for half in stride(from: 0, to: text.count, by: 16) {
            guard let bits = hexValue(UnsafeRawBufferPointer(rebasing: text[half..<half + 16])) else {
                throw scanner.failure("expected \(2 * count) hexadecimal digits", at: start)
            }
            out.append(raw: bits.bigEndian)
        }
    }

    private mutating func base64(_ number: Int) throws(JSONFailure) {
        _ = scanner.peek()
        let start = scanner.position
        let text = try plain(try scanner.string())
        let content = out.beginMessage(number)
        guard out.append(decodingBase64: text) else { throw scanner.failure("expected base64 with padding", at: start) }
        out.endMessage(content)
    }
}
