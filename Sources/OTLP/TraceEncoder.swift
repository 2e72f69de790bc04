public import Trace

/// Writes a batch as OpenTelemetry defines it: a `ResourceSpans` per resource record, within it a `ScopeSpans` per scope record,
/// all in the order of the batch. `resource`, `scope` and `status` are always there, empty if need be: Grafana's trace view
/// fails without them.
///
/// What was canonical protobuf when it was decoded comes out byte for byte, but for those three.
public enum TraceEncoder {
    /// Appends the fields of `TracesData`, which are those of an `ExportTraceServiceRequest` and of Tempo's `Trace`.
    public static func encode(_ batch: SpanBatch, protobuf out: inout OutputBuffer) {
        let layout = BatchLayout(batch)
        out.reserve(batch.body.count + batch.extra.count)
        batch.withArena { arena in
            for (resource, record) in batch.resources.enumerated() {
                out.message(1) { out in
                    out.field(1, bytes: arena[record.message])
                    for scope in layout.scopes(ofResource: resource) {
                        out.message(2) { out in
                            out.field(1, bytes: arena[batch.scopes[scope].message])
                            for span in layout.spans(ofScope: scope) {
                                out.message(2) { out in write(batch.spans[span], of: batch, arena, &out) }
                            }
                            out.text(3, arena[batch.scopes[scope].schemaURL])
                        }
                    }
                    out.text(3, arena[record.schemaURL])
                }
            }
        }
    }

    /// The fields of one `Span`, in the order of their numbers.
    private static func write(_ span: SpanRecord, of batch: borrowing SpanBatch, _ arena: Arena, _ out: inout OutputBuffer) {
        out.ids(1, span.traceID, 2, span.spanID)
        out.text(3, arena[span.traceState])
        out.id(4, span.parentID)
        out.text(5, arena[span.name])
        out.number(6, UInt64(bitPattern: Int64(span.kind)))
        if span.startNanos != 0 { out.field(7, fixed64: span.startNanos) }
        if span.endNanos != 0 { out.field(8, fixed64: span.endNanos) }
        out.attributes(9, span.attributes, of: batch, arena)
        out.number(10, UInt64(span.droppedAttributes))
        for index in span.events.indices {
            let event = batch.events[index]
            out.message(11) { out in
                if event.timeNanos != 0 { out.field(1, fixed64: event.timeNanos) }
                out.text(2, arena[event.name])
                out.attributes(3, event.attributes, of: batch, arena)
                out.number(4, UInt64(event.droppedAttributes))
            }
        }
        out.number(12, UInt64(span.droppedEvents))
        for index in span.links.indices {
            let link = batch.links[index]
            out.message(13) { out in
                out.ids(1, link.traceID, 2, link.spanID)
                out.text(3, arena[link.traceState])
                out.attributes(4, link.attributes, of: batch, arena)
                out.number(5, UInt64(link.droppedAttributes))
                if link.flags != 0 { out.field(6, fixed32: link.flags) }
            }
        }
        out.number(14, UInt64(span.droppedLinks))
        out.message(15) { out in
            out.text(2, arena[span.statusMessage])
            out.number(3, UInt64(bitPattern: Int64(span.status)))
        }
        if span.flags != 0 { out.field(16, fixed32: span.flags) }
    }
}

extension OutputBuffer {
    @inline(__always)
    fileprivate mutating func text(_ number: Int, _ bytes: UnsafeRawBufferPointer) {
        if !bytes.isEmpty { field(number, bytes: bytes) }
    }

    @inline(__always)
    fileprivate mutating func number(_ number: Int, _ value: UInt64) {
        if value != 0 { field(number, varint: value) }
    }

    @inline(__always)
    fileprivate mutating func id(_ number: Int, _ id: SpanID) {
        guard !id.isZero else { return }
        varint(UInt64(number) << 3 | 2)
        append(8)
        append(raw: id.bits.bigEndian)
    }

    @inline(__always)
    fileprivate mutating func ids(_ traceNumber: Int, _ traceID: TraceID, _ spanNumber: Int, _ spanID: SpanID) {
        if !traceID.isZero {
            varint(UInt64(traceNumber) << 3 | 2)
            append(16)
            append(raw: traceID.high.bigEndian)
            append(raw: traceID.low.bigEndian)
        }
        id(spanNumber, spanID)
    }

    @inline(__always)
    fileprivate mutating func attributes(_ number: Int, _ rows: RowRange, of batch: borrowing SpanBatch, _ arena: Arena) {
        for index in rows.indices { attribute(number, batch.attributes[index], arena) }
    }
}

extension OutputBuffer {
    /// An attribute as a `KeyValue`, in the field `number`.
    @inline(__always)
    public mutating func attribute(_ number: Int, _ attribute: AttributeRecord, _ arena: Arena) {
        message(number) { out in
            out.text(1, arena[attribute.key])
            guard attribute.type != .other else { return out.field(2, bytes: arena[attribute.range]) }
            out.message(2) { out in
                switch attribute.type {
                case .string: out.field(1, bytes: arena[attribute.range])
                case .bool: out.field(2, varint: attribute.bits)
                case .int: out.field(3, varint: attribute.bits)
                case .double: out.field(4, fixed64: attribute.bits)
                case .empty, .other: break
                }
            }
        }
    }
}
