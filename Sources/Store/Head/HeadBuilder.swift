internal import Trace

/// The newest spans, staged row by row until they become a block.
///
/// One thread appends (under the store's head lock); `view()` gives what is there to readers on any thread, who then encode it
/// without a lock: see `GrowBuffer`.
struct HeadBuilder: ~Copyable {
    private var traceIndex = TraceIndex()
    private var traces = GrowBuffer<TraceID>(capacity: 1024)
    private var lastReceived = GrowBuffer<UInt64>(capacity: 1024)     // of each trace
    private var spans = GrowBuffer<StagedSpan>(capacity: 8192)
    private var events = GrowBuffer<StagedEvent>(capacity: 256)
    private var links = GrowBuffer<StagedLink>(capacity: 64)
    private var names = ByteDictionary(isText: true)
    private var eventNames = ByteDictionary(isText: true)
    private var envelopes = EnvelopeTable()
    private var spanAttributes = AttributeTable()
    private var eventAttributes = AttributeTable()
    private var linkAttributes = AttributeTable()
    private(set) var times = TimeRange()
    /// Services of resources that appeared since it was last emptied.
    var newServices: [String] {
        get { envelopes.newServices }
        set { envelopes.newServices = newValue }
    }

    /// Nanoseconds since 1970 of the first append; 0 while empty.
    private(set) var firstReceivedNanos: UInt64 = 0
    private(set) var lastReceivedNanos: UInt64 = 0

    var spanCount: Int { spans.count }
    var traceCount: Int { traces.count }
    var allocatedBytes: Int {
        traces.allocatedBytes + lastReceived.allocatedBytes + traceIndex.allocatedBytes + spans.allocatedBytes + events.allocatedBytes + links.allocatedBytes + names.allocatedBytes
            + eventNames.allocatedBytes + spanAttributes.allocatedBytes + eventAttributes.allocatedBytes + linkAttributes.allocatedBytes
    }
    /// Whether a limit of the block format is near, so that this head has to be cut.
    var isFull: Bool {
        spanAttributes.isFull || eventAttributes.isFull || linkAttributes.isFull || envelopes.isFull || spans.count > 4_000_000
    }

    /// Appends all spans of `batch`. Spans without a start count as of `receivedNanos` for the block's time range.
    mutating func append(_ batch: SpanBatch, receivedNanos: UInt64) {
        if firstReceivedNanos == 0 { firstReceivedNanos = receivedNanos }
        lastReceivedNanos = receivedNanos
        batch.extra.withUnsafeBytes { extra in
            let bytes = BatchBytes(
                body: batch.body.baseAddress ?? extra.baseAddress ?? UnsafeRawPointer(bitPattern: 16)!, bodyCount: batch.body.count,
                extra: extra.baseAddress ?? UnsafeRawPointer(bitPattern: 16)!)
            let scopes = batch.scopes.map { envelopes.number(of: $0, in: batch, bytes: bytes) }
            batch.spans.withUnsafeBufferPointer { spans in
                batch.attributes.withUnsafeBufferPointer { attributes in
                    for index in spans.indices {
                        if index &+ 8 < spans.count { traceIndex.prepare(spans[index &+ 8].traceID) }
                        appendSpan(spans[index], batch: batch, attributes: attributes, bytes: bytes, scopes: scopes, receivedNanos: receivedNanos)
                    }
                }
            }
            spanAttributes.settle()
            eventAttributes.settle()
            linkAttributes.settle()
        }
    }

    @inline(__always) private mutating func appendSpan(
        _ span: SpanRecord, batch: SpanBatch, attributes: UnsafeBufferPointer<AttributeRecord>, bytes: borrowing BatchBytes,
        scopes: [UInt32], receivedNanos: UInt64
    ) {
        var staged = StagedSpan()
        staged.trace = number(of: span.traceID, receivedNanos: receivedNanos)
        staged.spanID = span.spanID.bits
        staged.parentID = span.parentID.bits
        staged.startNanos = span.startNanos
        let runsBackwards = span.endNanos < span.startNanos
        staged.durationNanos = runsBackwards ? 0 : span.endNanos &- span.startNanos
        staged.name = names.code(for: bytes[span.name])
        staged.set(
            envelope: scopes[Int(span.scope)],
            kindAndStatus: UInt8(truncatingIfNeeded: span.kind & 7) | UInt8(truncatingIfNeeded: span.status & 3) << 3)
        times.include(start: span.startNanos, end: runsBackwards ? span.startNanos : span.endNanos, received: receivedNanos)

        var row = spanAttributes.begin()
        staged.firstValue = row.firstValue
        if span.flags != 0 { spanAttributes.add(.flags, UInt64(span.flags), to: &row) }
        if !span.statusMessage.isEmpty { spanAttributes.add(.statusMessage, text: bytes[span.statusMessage], to: &row) }
        if !span.traceState.isEmpty { spanAttributes.add(.traceState, text: bytes[span.traceState], to: &row) }
        if runsBackwards { spanAttributes.add(.endNanos, span.endNanos, to: &row) }
        if span.droppedAttributes | span.droppedEvents | span.droppedLinks != 0 || !(0...7).contains(span.kind) || !(0...3).contains(span.status) {
            addRareNumbers(of: span, to: &row)
        }
        for index in span.attributes.indices { spanAttributes.add(attributes[index], to: &row, batch: bytes) }
        staged.shape = spanAttributes.end(row)

        staged.firstEvent = UInt32(truncatingIfNeeded: events.count)
        staged.eventCount = UInt16(clamping: span.events.length)
        for index in span.events.indices { append(batch.events[index], attributes: attributes, bytes: bytes) }
        staged.firstLink = UInt32(truncatingIfNeeded: links.count)
        staged.linkCount = UInt16(clamping: span.links.length)
        for index in span.links.indices { append(batch.links[index], attributes: attributes, bytes: bytes) }
        spans.append(staged)
    }

    private mutating func addRareNumbers(of span: SpanRecord, to row: inout AttributeTable.Row) {
        if span.droppedAttributes != 0 { spanAttributes.add(.droppedAttributes, UInt64(span.droppedAttributes), to: &row) }
        if span.droppedEvents != 0 { spanAttributes.add(.droppedEvents, UInt64(span.droppedEvents), to: &row) }
        if span.droppedLinks != 0 { spanAttributes.add(.droppedLinks, UInt64(span.droppedLinks), to: &row) }
        if !(0...7).contains(span.kind) { spanAttributes.add(.kindNumber, UInt64(bitPattern: Int64(span.kind)), to: &row) }
        if !(0...3).contains(span.status) { spanAttributes.add(.statusNumber, UInt64(bitPattern: Int64(span.status)), to: &row) }
    }

    private mutating func append(_ event: EventRecord, attributes: UnsafeBufferPointer<AttributeRecord>, bytes: borrowing BatchBytes) {
        var row = eventAttributes.begin()
        var staged = StagedEvent(timeNanos: event.timeNanos, name: eventNames.code(for: bytes[event.name]), firstValue: row.firstValue)
        if event.droppedAttributes != 0 { eventAttributes.add(.droppedAttributes, UInt64(event.droppedAttributes), to: &row) }
        for index in event.attributes.indices { eventAttributes.add(attributes[index], to: &row, batch: bytes) }
        staged.shape = eventAttributes.end(row)
        events.append(staged)
    }

    private mutating func append(_ link: LinkRecord, attributes: UnsafeBufferPointer<AttributeRecord>, bytes: borrowing BatchBytes) {
        var row = linkAttributes.begin()
        var staged = StagedLink(traceID: link.traceID, spanID: link.spanID.bits, firstValue: row.firstValue)
        if !link.traceState.isEmpty { linkAttributes.add(.traceState, text: bytes[link.traceState], to: &row) }
        if link.flags != 0 { linkAttributes.add(.flags, UInt64(link.flags), to: &row) }
        if link.droppedAttributes != 0 { linkAttributes.add(.droppedAttributes, UInt64(link.droppedAttributes), to: &row) }
        for index in link.attributes.indices { linkAttributes.add(attributes[index], to: &row, batch: bytes) }
        staged.shape = linkAttributes.end(row)
        links.append(staged)
    }

    /// When the last span of `id` arrived here; nil when none did.
    func receipt(of id: TraceID) -> UInt64? { traceIndex.number(of: id).map { lastReceived[$0] } }

    @inline(__always) private mutating func number(of id: TraceID, receivedNanos: UInt64) -> UInt32 {
        let number = traceIndex.number(of: id, orInsert: traces.count)
        if number == traces.count {
            traces.append(id)
            lastReceived.append(receivedNanos)
        } else {
            lastReceived.base[number] = receivedNanos
        }
        return UInt32(truncatingIfNeeded: number)
    }

    /// All rows so far.
    func view() -> HeadView {
        HeadView(
            traces: traces.frozen, spans: spans.frozen, events: events.frozen, links: links.frozen,
            names: names.frozen, eventNames: eventNames.frozen, resources: envelopes.frozenResources, scopes: envelopes.frozenScopes,
            envelopes: envelopes.pairs, spanAttributes: spanAttributes.frozen, eventAttributes: eventAttributes.frozen,
            linkAttributes: linkAttributes.frozen, times: times)
    }
}
