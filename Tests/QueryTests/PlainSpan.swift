import Query
import Trace

/// A span with everything spelled out: what tests load, and what the plain evaluator looks at.
struct PlainSpan: Equatable {
    struct Event: Equatable {
        var timeNanos: UInt64
        var name: String
        var attributes: [NamedValue] = []
    }

    struct Link: Equatable {
        var traceID: TraceID
        var spanID: SpanID
        var attributes: [NamedValue] = []
    }

    /// What produced it, and what recorded it.
    struct Envelope: Hashable {
        var resource: [NamedValue] = []
        var scopeName = ""
        var scopeVersion = ""
        var scope: [NamedValue] = []
    }

    var traceID: TraceID
    var id: SpanID
    var parent = SpanID.none
    var start: UInt64 = 0
    var end: UInt64 = 0
    var name = ""
    var kind: Int32 = 0
    var status: Int32 = 0
    var statusMessage = ""
    var traceState = ""
    var envelope = Envelope()
    var attributes: [NamedValue] = []
    var events: [Event] = []
    var links: [Link] = []
}

/// Encodes spans as an `ExportTraceServiceRequest`.
struct RequestWriter {
    private(set) var bytes: [UInt8] = []

    static func request(_ spans: [PlainSpan]) -> [UInt8] {
        var request = RequestWriter()
        var envelopes: [PlainSpan.Envelope] = []
        for span in spans where !envelopes.contains(span.envelope) { envelopes.append(span.envelope) }
        for envelope in envelopes {
            request.message(1) { group in
                group.message(1) { $0.attributes(1, envelope.resource) }
                group.message(2) { scoped in
                    scoped.message(1) { scope in
                        scope.text(1, envelope.scopeName)
                        scope.text(2, envelope.scopeVersion)
                        scope.attributes(3, envelope.scope)
                    }
                    for span in spans where span.envelope == envelope { scoped.message(2) { $0.span(span) } }
                }
            }
        }
        return request.bytes
    }

    private mutating func span(_ span: PlainSpan) {
        identifier(1, span.traceID.hex)
        identifier(2, span.id.hex)
        text(3, span.traceState)
        if !span.parent.isZero { identifier(4, span.parent.hex) }
        text(5, span.name)
        number(6, UInt64(bitPattern: Int64(span.kind)))
        fixed(7, span.start)
        fixed(8, span.end)
        attributes(9, span.attributes)
        for event in span.events {
            message(11) { message in
                message.fixed(1, event.timeNanos)
                message.text(2, event.name)
                message.attributes(3, event.attributes)
            }
        }
        for link in span.links {
            message(13) { message in
                message.identifier(1, link.traceID.hex)
                message.identifier(2, link.spanID.hex)
                message.attributes(4, link.attributes)
            }
        }
        if span.status != 0 || !span.statusMessage.isEmpty {
            message(15) { message in
                message.text(2, span.statusMessage)
                message.number(3, UInt64(bitPattern: Int64(span.status)))
            }
        }
    }

    private mutating func attributes(_ field: UInt64, _ attributes: [NamedValue]) {
        for attribute in attributes {
            message(field) { pair in
                pair.text(1, attribute.name)
                pair.message(2) { $0.value(attribute.value) }
            }
        }
    }

    private mutating func value(_ value: Value) {
        switch value {
        case .string(let text): blob(1, Array(text.utf8))
        case .bool(let flag): varint(2 << 3); varint(flag ? 1 : 0)
        case .int(let int): varint(3 << 3); varint(UInt64(bitPattern: int))
        case .float(let double): fixed(4, double.bitPattern)
        case .array(let elements): message(5) { list in for element in elements { list.message(1) { $0.value(element) } } }
        // Of maps and bytes tests need one of a kind.
        case .other(let text): message(6) { $0.attributes(1, [NamedValue("k", .string(text))]) }
        case .none, .duration, .status, .kind: break
        }
    }

    // MARK: Protobuf

    private mutating func varint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    private mutating func blob(_ field: UInt64, _ content: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(content.count))
        bytes += content
    }

    private mutating func text(_ field: UInt64, _ text: String) { if !text.isEmpty { blob(field, Array(text.utf8)) } }

    private mutating func number(_ field: UInt64, _ value: UInt64) {
        varint(field << 3)
        varint(value)
    }

    private mutating func fixed(_ field: UInt64, _ value: UInt64) {
        varint(field << 3 | 1)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    private mutating func identifier(_ field: UInt64, _ hex: String) {
        let digits = Array(hex)
        blob(field, stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0..<$0 + 2]), radix: 16)! })
    }

    private mutating func message(_ field: UInt64, _ fill: (inout RequestWriter) -> Void) {
        var inner = RequestWriter()
        fill(&inner)
        blob(field, inner.bytes)
    }
}
