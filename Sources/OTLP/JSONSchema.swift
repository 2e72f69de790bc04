internal import Glibc

/// The messages of a trace request as JSON names them: for each field its names, its number and its type on the wire.
/// Source: opentelemetry-proto v1.11.0; JSON names per https://protobuf.dev/programming-guides/json/.
///
/// Everything here is plain bytes, so that a look-up in the inner loop counts no references.
struct JSONSchema: @unchecked Sendable {   // `fields` is made once and never written or freed
    enum Message: Int, CaseIterable {
        case request, resourceSpans, resource, entityRef, scopeSpans, scope, span, event, link, status, keyValue, anyValue,
            arrayValue, keyValueList
    }

    enum Enumeration: Sendable {
        case spanKind, statusCode

        var prefix: StaticString { self == .spanKind ? "SPAN_KIND_" : "STATUS_CODE_" }
        /// In the order of their numbers, from 0.
        var names: [StaticString] {
            self == .spanKind ? ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"] : ["UNSET", "OK", "ERROR"]
        }
    }

    enum FieldType: Sendable {
        case string, bytes, bool, double, int64, uint32, fixed32, fixed64
        /// Hexadecimal in JSON, this many bytes on the wire.
        case id(bytes: Int)
        case enumeration(Enumeration)
        case message(Message)
        case messages(Message)
        case strings
    }

    struct Field: Sendable {
        var name: StaticString
        var number: Int
        var type: FieldType

        init(_ name: StaticString, _ number: Int, _ type: FieldType) {
            self.name = name
            self.number = number
            self.type = type
        }
    }

    private let fields: UnsafeBufferPointer<Field>
    /// Members of a oneof: written even when they equal the default.
    let isOneof: Bool

    private init(_ fields: [Field], isOneof: Bool) {
        let memory = UnsafeMutableBufferPointer<Field>.allocate(capacity: fields.count)
        _ = memory.initialize(from: fields)
        self.fields = UnsafeBufferPointer(memory)
        self.isOneof = isOneof
    }

    /// The field that `key` names, lowerCamelCase or snake_case. `hint` is where the search begins, and becomes the field after
    /// the one found: senders write the keys of a message in the same order each time.
    @inline(__always)
    func field(_ key: UnsafeRawBufferPointer, _ hint: inout Int) -> Field? {
        for step in 0..<fields.count {
            let index = hint + step < fields.count ? hint + step : hint + step - fields.count
            if Self.matches(key, fields[index].name) {
                hint = index + 1 < fields.count ? index + 1 : 0
                return fields[index]
            }
        }
        return nil
    }

    @inline(__always)
    private static func matches(_ key: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        let count = name.utf8CodeUnitCount
        if key.count == count { return count == 0 || memcmp(key.baseAddress!, name.utf8Start, count) == 0 }
        return key.count > count && matchesInSnakeCase(key, name)
    }

    @inline(never)
    private static func matchesInSnakeCase(_ key: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        var index = 0
        for place in 0..<name.utf8CodeUnitCount {
            let letter = name.utf8Start[place]
            if letter < 0x60 {                                   // a capital: an underscore and the small letter
                guard index < key.count, key[index] == UInt8(ascii: "_") else { return false }
                index += 1
            }
            guard index < key.count, key[index] == letter | 0x20 else { return false }
            index += 1
        }
        return index == key.count
    }
}

extension JSONSchema {
    static subscript(_ message: Message) -> JSONSchema { all[message.rawValue] }

    private static let all = Message.allCases.map { JSONSchema(fields(of: $0), isOneof: $0 == .anyValue) }

    private static func fields(of message: Message) -> [Field] {
        switch message {
        case .request: [Field("resourceSpans", 1, .messages(.resourceSpans))]
        case .resourceSpans:
            [Field("resource", 1, .message(.resource)), Field("scopeSpans", 2, .messages(.scopeSpans)), Field("schemaUrl", 3, .string)]
        case .resource:
            [Field("attributes", 1, .messages(.keyValue)), Field("droppedAttributesCount", 2, .uint32),
             Field("entityRefs", 3, .messages(.entityRef))]
        case .entityRef:
            [Field("schemaUrl", 1, .string), Field("type", 2, .string), Field("idKeys", 3, .strings), Field("descriptionKeys", 4, .strings)]
        case .scopeSpans:
            [Field("scope", 1, .message(.scope)), Field("spans", 2, .messages(.span)), Field("schemaUrl", 3, .string)]
        case .scope:
            [Field("name", 1, .string), Field("version", 2, .string), Field("attributes", 3, .messages(.keyValue)),
             Field("droppedAttributesCount", 4, .uint32)]
        case .span:
            [Field("traceId", 1, .id(bytes: 16)), Field("spanId", 2, .id(bytes: 8)), Field("traceState", 3, .string),
             Field("parentSpanId", 4, .id(bytes: 8)), Field("name", 5, .string),
             Field("kind", 6, .enumeration(.spanKind)),
             Field("startTimeUnixNano", 7, .fixed64), Field("endTimeUnixNano", 8, .fixed64), Field("attributes", 9, .messages(.keyValue)),
             Field("droppedAttributesCount", 10, .uint32), Field("events", 11, .messages(.event)), Field("droppedEventsCount", 12, .uint32),
             Field("links", 13, .messages(.link)), Field("droppedLinksCount", 14, .uint32), Field("status", 15, .message(.status)),
             Field("flags", 16, .fixed32)]
        case .event:
            [Field("timeUnixNano", 1, .fixed64), Field("name", 2, .string), Field("attributes", 3, .messages(.keyValue)),
             Field("droppedAttributesCount", 4, .uint32)]
        case .link:
            [Field("traceId", 1, .id(bytes: 16)), Field("spanId", 2, .id(bytes: 8)), Field("traceState", 3, .string),
             Field("attributes", 4, .messages(.keyValue)), Field("droppedAttributesCount", 5, .uint32), Field("flags", 6, .fixed32)]
        case .status:
            [Field("message", 2, .string), Field("code", 3, .enumeration(.statusCode))]
        case .keyValue: [Field("key", 1, .string), Field("value", 2, .message(.anyValue))]
        case .anyValue:
            [Field("stringValue", 1, .string), Field("boolValue", 2, .bool), Field("intValue", 3, .int64), Field("doubleValue", 4, .double),
             Field("arrayValue", 5, .message(.arrayValue)), Field("kvlistValue", 6, .message(.keyValueList)), Field("bytesValue", 7, .bytes)]
        case .arrayValue: [Field("values", 1, .messages(.anyValue))]
        case .keyValueList: [Field("values", 1, .messages(.keyValue))]
        }
    }
}
