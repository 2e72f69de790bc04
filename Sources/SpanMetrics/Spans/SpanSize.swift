internal import Trace

/// How many bytes a span takes as a protobuf message, in the form an encoder gives it: fields that have their default left out.
/// Source: opentelemetry-proto v1.11.0, trace/v1/trace.proto.
enum SpanSize {
    @inline(__always) static func bytes(
        of span: SpanRecord, attributes: UnsafeBufferPointer<AttributeRecord>, events: UnsafeBufferPointer<EventRecord>,
        links: UnsafeBufferPointer<LinkRecord>
    ) -> Int {
        var size = (span.traceID.isZero ? 0 : 18) + (span.spanID.isZero ? 0 : 10) + (span.parentID.isZero ? 0 : 10)
        size &+= text(span.traceState.count) &+ text(span.name.count)
        if span.kind != 0 { size &+= 1 &+ varint(UInt64(bitPattern: Int64(span.kind))) }
        size &+= (span.startNanos == 0 ? 0 : 9) &+ (span.endNanos == 0 ? 0 : 9)
        size &+= sum(attributes, span.attributes)
        size &+= number(span.droppedAttributes) &+ number(span.droppedEvents) &+ number(span.droppedLinks)
        if span.events.length != 0 { size &+= self.events(span.events, events, attributes) }
        if span.links.length != 0 { size &+= self.links(span.links, links, attributes) }
        let status = text(span.statusMessage.count) &+ (span.status == 0 ? 0 : 1 &+ varint(UInt64(bitPattern: Int64(span.status))))
        if status > 0 { size &+= 1 &+ framed(status) }
        if span.flags != 0 { size &+= 6 }                        // two bytes of tag: the field's number is 16
        return size
    }

    private static func events(
        _ rows: RowRange, _ events: UnsafeBufferPointer<EventRecord>, _ attributes: UnsafeBufferPointer<AttributeRecord>
    ) -> Int {
        rows.indices.reduce(0) { size, row in
            let event = events[row]
            let inner = (event.timeNanos == 0 ? 0 : 9) + text(event.name.count) + sum(attributes, event.attributes)
                + number(event.droppedAttributes)
            return size + 1 + framed(inner)
        }
    }

    private static func links(
        _ rows: RowRange, _ links: UnsafeBufferPointer<LinkRecord>, _ attributes: UnsafeBufferPointer<AttributeRecord>
    ) -> Int {
        rows.indices.reduce(0) { size, row in
            let link = links[row]
            let inner = (link.traceID.isZero ? 0 : 18) + (link.spanID.isZero ? 0 : 10) + text(link.traceState.count)
                + sum(attributes, link.attributes) + number(link.droppedAttributes) + (link.flags == 0 ? 0 : 5)
            return size + 1 + framed(inner)
        }
    }

    @inline(__always) private static func sum(_ attributes: UnsafeBufferPointer<AttributeRecord>, _ rows: RowRange) -> Int {
        var size = 0
        for row in rows.indices {
            let attribute = attributes[row]
            let value = switch attribute.type {
            case .empty: 0
            case .string: 1 &+ framed(Int(attribute.bits >> 32))     // set, and so written even when it has no characters
            case .bool: 2
            case .int: 1 &+ varint(attribute.bits)
            case .double: 9
            case .other: Int(attribute.bits >> 32)
            }
            size &+= 1 &+ framed(text(attribute.key.count) &+ 1 &+ framed(value))
        }
        return size
    }

    @inline(__always) private static func varint(_ value: UInt64) -> Int { value < 128 ? 1 : (70 &- value.leadingZeroBitCount) / 7 }
    /// A length and that many bytes.
    @inline(__always) private static func framed(_ count: Int) -> Int { count &+ varint(UInt64(truncatingIfNeeded: count)) }
    @inline(__always) private static func text(_ count: Int) -> Int { count == 0 ? 0 : 1 &+ framed(count) }
    @inline(__always) private static func number(_ value: UInt32) -> Int { value == 0 ? 0 : 1 &+ varint(UInt64(value)) }
}
