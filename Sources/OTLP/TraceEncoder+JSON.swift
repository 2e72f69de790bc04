public import Trace

/// The two ways in which traces are written as JSON.
public enum JSONDialect: Sendable {
    /// OTLP's: ids in hexadecimal, enums by number.
    case otlp
    /// Tempo's, which is the protobuf mapping: ids in base64, enums by name.
    case tempo
}

/// Defaults are left out, but for `resource`, `scope`, `status` and each attribute's `value`; 64-bit integers are strings.
extension TraceEncoder {
    /// Appends `{"resourceSpans":[…]}`; `{}` when the batch is empty.
    public static func encode(_ batch: SpanBatch, json dialect: JSONDialect, _ out: inout OutputBuffer) {
        out.append("{")
        if !batch.resources.isEmpty {
            out.key("resourceSpans")
            encode(resourceSpansOf: batch, json: dialect, &out)
        }
        out.append("}")
    }

    /// Appends the array of `ResourceSpans` alone, for answers that name it otherwise.
    public static func encode(resourceSpansOf batch: SpanBatch, json dialect: JSONDialect, _ out: inout OutputBuffer) {
        let layout = BatchLayout(batch)
        out.reserve(2 * (batch.body.count + batch.extra.count))
        out.append("[")
        batch.withArena { arena in
            for (resource, record) in batch.resources.enumerated() {
                out.separate()
                out.append("{\"resource\":{")
                out.resource(arena[record.message])
                out.append("}")
                out.list("scopeSpans", layout.scopes(ofResource: resource)) { out, scope in
                    out.append("{\"scope\":{")
                    out.scope(arena[batch.scopes[scope].message])
                    out.append("}")
                    out.list("spans", layout.spans(ofScope: scope)) { out, span in
                        write(batch.spans[span], of: batch, arena, dialect, &out)
                    }
                    out.text("schemaUrl", arena[batch.scopes[scope].schemaURL])
                    out.append("}")
                }
                out.text("schemaUrl", arena[record.schemaURL])
                out.append("}")
            }
        }
        out.append("]")
    }

    private static func write(
        _ span: SpanRecord, of batch: borrowing SpanBatch, _ arena: Arena, _ dialect: JSONDialect, _ out: inout OutputBuffer
    ) {
        out.append("{")
        out.id("traceId", span.traceID, dialect)
        out.id("spanId", span.spanID, dialect)
        out.text("traceState", arena[span.traceState])
        out.id("parentSpanId", span.parentID, dialect)
        out.text("name", arena[span.name])
        out.enumeration("kind", span.kind, kindNames, dialect)
        out.time("startTimeUnixNano", span.startNanos)
        out.time("endTimeUnixNano", span.endNanos)
        out.json(attributes: span.attributes, dropped: span.droppedAttributes, of: batch, arena)
        out.list("events", span.events.indices) { out, index in
            let event = batch.events[index]
            out.append("{")
            out.time("timeUnixNano", event.timeNanos)
            out.text("name", arena[event.name])
            out.json(attributes: event.attributes, dropped: event.droppedAttributes, of: batch, arena)
            out.append("}")
        }
        out.json(count: span.droppedEvents, "droppedEventsCount")
        out.list("links", span.links.indices) { out, index in
            let link = batch.links[index]
            out.append("{")
            out.id("traceId", link.traceID, dialect)
            out.id("spanId", link.spanID, dialect)
            out.text("traceState", arena[link.traceState])
            out.json(attributes: link.attributes, dropped: link.droppedAttributes, of: batch, arena)
            out.json(count: link.flags, "flags")
            out.append("}")
        }
        out.json(count: span.droppedLinks, "droppedLinksCount")
        out.key("status")
        out.append("{")
        out.text("message", arena[span.statusMessage])
        out.enumeration("code", span.status, statusNames, dialect)
        out.append("}")
        out.json(count: span.flags, "flags")
        out.append("}")
    }

    private static let kindNames: [StaticString] = [
        "\"SPAN_KIND_UNSPECIFIED\"", "\"SPAN_KIND_INTERNAL\"", "\"SPAN_KIND_SERVER\"", "\"SPAN_KIND_CLIENT\"",
        "\"SPAN_KIND_PRODUCER\"", "\"SPAN_KIND_CONSUMER\"",
    ]
    private static let statusNames: [StaticString] = ["\"STATUS_CODE_UNSET\"", "\"STATUS_CODE_OK\"", "\"STATUS_CODE_ERROR\""]
}

extension OutputBuffer {
    @inline(__always)
    fileprivate mutating func text(_ name: StaticString, _ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        key(name)
        json(string: bytes)
    }

    @inline(__always)
    fileprivate mutating func list(_ name: StaticString, _ items: some Collection<Int>, _ write: (inout OutputBuffer, Int) -> Void) {
        guard !items.isEmpty else { return }
        key(name)
        append("[")
        for item in items {
            separate()
            write(&self, item)
        }
        append("]")
    }

    fileprivate mutating func time(_ name: StaticString, _ nanos: UInt64) {
        guard nanos != 0 else { return }
        key(name)
        json(quoted: nanos)
    }

    fileprivate mutating func enumeration(_ name: StaticString, _ value: Int32, _ names: [StaticString], _ dialect: JSONDialect) {
        guard value != 0 else { return }
        key(name)
        if dialect == .tempo, names.indices.contains(Int(value)) {
            append(names[Int(value)])
        } else {
            json(decimal: Int64(value))
        }
    }

    fileprivate mutating func id(_ name: StaticString, _ id: TraceID, _ dialect: JSONDialect) {
        guard !id.isZero else { return }
        key(name)
        switch dialect {
        case .otlp:
            append("\"")
            hex(id.high)
            hex(id.low)
            append("\"")
        case .tempo: withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { json(base64: $0) }
        }
    }

    fileprivate mutating func id(_ name: StaticString, _ id: SpanID, _ dialect: JSONDialect) {
        guard !id.isZero else { return }
        key(name)
        switch dialect {
        case .otlp:
            append("\"")
            hex(id.bits)
            append("\"")
        case .tempo: withUnsafeBytes(of: id.bits.bigEndian) { json(base64: $0) }
        }
    }
}
