internal import CShims
internal import Trace

/// A block's chunks, ready for the database or for readers in memory.
struct EncodedBlock: Sendable {
    var directory: BlockDirectory
    var chunks: [(number: UInt16, bytes: [UInt8])]
    var bytes: Int { chunks.reduce(0) { $0 + $1.bytes.count } }
    /// Rows left out because an earlier one, here or in an older source, had the same trace, id and kind.
    var duplicates: Int
    /// In order.
    var traceIDs: [TraceID]
}

/// Encodes staged rows as a block. Reads nothing but its arguments, so it runs on any thread, next to the appending one.
struct BlockEncoder {
    private let head: HeadView
    private var writer: PieceWriter
    private let order: RowOrder
    private var directory = BlockDirectory()

    /// The group's values of each fixed column.
    private let rows = ColumnRows(columns: FixedColumn.allCases.count)
    private var numbers: [FixedColumn: NumberColumn] = [:]
    private var ids: [FixedColumn: RawColumn] = [:]
    private var name: TextColumn, eventName: TextColumn
    private let spanAttributes: AttributeEncoder, eventAttributes: AttributeEncoder, linkAttributes: AttributeEncoder
    private var envelopeNumbers: [UInt32]
    private var resourceNumbers: [UInt32: UInt32] = [:], scopeNumbers: [UInt32: UInt32] = [:]

    /// Encodes the rows `range` of `head`; compressed for disk, plain for memory.
    /// - Parameter repeated: which staged rows to leave out, given their order: those that an older source has.
    static func encode(
        _ head: HeadView, rows range: Range<Int>, compress: Bool, leavingOut repeated: (RowOrder) -> Set<UInt32> = { _ in [] }
    ) -> EncodedBlock {
        var order = RowOrder(head, range)
        let left = repeated(order)
        if !left.isEmpty { order = order.leavingOut(left, of: head) }
        var encoder = BlockEncoder(head, order, compress: compress)
        encoder.encodeGroups()
        return encoder.finish()
    }

    private init(_ head: HeadView, _ order: RowOrder, compress: Bool) {
        self.head = head
        self.order = order
        writer = PieceWriter(compress: compress)
        name = TextColumn(head.names)
        eventName = TextColumn(head.eventNames)
        spanAttributes = AttributeEncoder(head.spanAttributes)
        eventAttributes = AttributeEncoder(head.eventAttributes)
        linkAttributes = AttributeEncoder(head.linkAttributes)
        envelopeNumbers = [UInt32](repeating: .max, count: head.envelopes.count)
        directory.times = head.times
        directory.base = order.startNanos.min() ?? 0
        directory.spans = order.rows.count
        directory.traces = order.traces.count
    }

    private mutating func encodeGroups() {
        var row = 0, trace = 0
        while row < order.rows.count {
            let groupStart = row
            var group = BlockDirectory.Group(
                firstRow: row, firstTrace: trace, firstEvent: directory.events, firstLink: directory.links,
                firstTraceID: head.traces[Int(order.traces[trace])])
            while row < order.rows.count, row - groupStart < BlockFormat.rowsPerGroup {
                let first = Int(order.firstRows[trace]), end = Int(order.firstRows[trace + 1])
                let stop = min(end, groupStart + BlockFormat.rowsPerGroupLimit)
                let traceStartNanos = order.startNanos[trace]
                if row == first {
                    encodeTrace(trace, rows: end - first, startNanos: traceStartNanos)
                } else {
                    group.carried = stop - row
                    group.firstTrace += 1
                }
                var previous = traceStartNanos
                while row < stop {
                    prefetch(after: row)
                    encodeRow(row, after: &previous)
                    row += 1
                }
                guard row == end else { break }          // the limit cut this trace: it goes on in the next group
                trace += 1
            }
            directory.groups.append(group)
            endGroup()
        }
    }

    private mutating func encodeTrace(_ trace: Int, rows count: Int, startNanos: UInt64) {
        let id = head.traces[Int(order.traces[trace])]
        rows[.traceID].append(id.high)
        rows[.traceID].append(id.low)
        rows[.traceRows].append(UInt64(count))
        rows[.traceStart].append(startNanos - directory.base)
    }

    /// Rows of a trace lie wherever they arrived: without asking ahead for them, three quarters of the time goes by waiting for memory.
    @inline(__always) private func prefetch(after row: Int) {
        let far = row &+ 24, near = row &+ 10
        guard far < order.rows.count else { return }
        shims_prefetch(head.spans.base + Int(order.rows[far]))        // a StagedSpan is one cache line
        let values = head.spanAttributes.values.base + Int(head.spans[Int(order.rows[near])].firstValue)
        shims_prefetch(values)
        shims_prefetch(values + 8)
    }

    @inline(__always) private mutating func encodeRow(_ row: Int, after previous: inout UInt64) {
        let staged = Int(order.rows[row])
        let span = head.spans[staged]
        rows[.spanID].append(span.spanID)
        let parentReference = order.parents[row]
        rows[.parent].append(parentReference)
        if parentReference == 1 { rows[.foreignParent].append(span.parentID) }
        rows[.start].append(span.startNanos - previous)
        previous = span.startNanos
        rows[.duration].append(span.durationNanos)
        rows[.name].append(UInt64(span.name))
        rows[.kindStatus].append(UInt64(span.kindAndStatus))
        if envelopeNumbers[Int(span.envelope)] == .max { enterEnvelope(Int(span.envelope)) }
        rows[.envelope].append(UInt64(envelopeNumbers[Int(span.envelope)]))
        rows[.shape].append(spanAttributes.append(shape: span.shape, firstValue: span.firstValue))
        let events = head.events(of: span, row: staged), links = head.links(of: span, row: staged)
        rows[.eventCount].append(UInt64(events.count))
        rows[.linkCount].append(UInt64(links.count))
        if !events.isEmpty { encode(events: events, of: span) }
        if !links.isEmpty { encode(links: links) }
    }

    private mutating func encode(events: Range<Int>, of span: StagedSpan) {
        for index in events {
            let event = head.events[index]
            rows[.eventTime].append(zigzag(Int64(bitPattern: event.timeNanos &- span.startNanos)))
            rows[.eventName].append(UInt64(event.name))
            rows[.eventShape].append(eventAttributes.append(shape: event.shape, firstValue: event.firstValue))
        }
        directory.events += events.count
    }

    private mutating func encode(links: Range<Int>) {
        for index in links {
            let link = head.links[index]
            rows[.linkTraceID].append(link.traceID.high)
            rows[.linkTraceID].append(link.traceID.low)
            rows[.linkSpanID].append(link.spanID)
            rows[.linkShape].append(linkAttributes.append(shape: link.shape, firstValue: link.firstValue))
        }
        directory.links += links.count
    }

    private mutating func enterEnvelope(_ number: Int) {
        func entered(_ code: UInt32, _ numbers: inout [UInt32: UInt32], _ list: inout [[UInt8]], _ dictionary: FrozenDictionary) -> UInt32 {
            if let known = numbers[code] { return known }
            numbers[code] = UInt32(list.count)
            list.append(Array(dictionary[Int(code)]))
            return UInt32(list.count - 1)
        }
        let pair = head.envelopes[number]
        envelopeNumbers[number] = UInt32(directory.envelopes.count)
        directory.envelopes.append(Envelope(
            resource: entered(pair.resource, &resourceNumbers, &directory.resources, head.resources),
            scope: entered(pair.scope, &scopeNumbers, &directory.scopes, head.scopes)))
    }

    private mutating func endGroup() {
        for column in FixedColumn.allCases {
            switch column.storage {
            case .text where column == .name: name.endGroup(&rows[column], &writer)
            case .text: eventName.endGroup(&rows[column], &writer)
            case .ids: ids[column, default: RawColumn()].endGroup(&rows[column], &writer)
            case .numbers: numbers[column, default: NumberColumn()].endGroup(&rows[column], &writer)
            }
        }
        spanAttributes.endGroup(&writer)
        eventAttributes.endGroup(&writer)
        linkAttributes.endGroup(&writer)
    }

    private mutating func finish() -> EncodedBlock {
        var columns: [EncodedColumn] = FixedColumn.allCases.map { column in
            switch column.storage {
            case .text: column == .name ? name.encoded : eventName.encoded
            case .ids: (ids[column] ?? RawColumn()).encoded
            case .numbers: (numbers[column] ?? NumberColumn()).encoded
            }
        }
        for (owner, encoder) in [spanAttributes, eventAttributes, linkAttributes].enumerated() {
            directory.attributes[owner].shapes = encoder.shapes
            for column in encoder.finish(groups: directory.groups.count) {
                directory.attributes[owner].columns.append(column.column)
                columns.append(column.encoded)
            }
        }

        var small: [UInt8] = []
        var chunks: [(number: UInt16, bytes: [UInt8])] = []
        var next = BlockFormat.smallChunk + 1
        for column in columns {
            var place = BlockDirectory.Place(chunk: BlockFormat.smallChunk, offset: small.count, lengths: column.lengths, entries: column.entries, pages: column.pages)
            // A sender with thousands of keys leaves no chunk numbers over: then large columns stand with the small ones.
            if column.bytes.count < BlockFormat.smallColumnBytes || next >= chunkColumnLimit {
                small += column.bytes
            } else {
                place.chunk = next
                place.offset = 0
                chunks.append((next, column.bytes))
                next += 1
            }
            directory.places.append(place)
        }
        chunks.append((BlockFormat.smallChunk, small))
        chunks.append((BlockFormat.directoryChunk, directory.encoded(with: &writer)))
        return EncodedBlock(directory: directory, chunks: chunks, duplicates: order.duplicates, traceIDs: order.traces.map { head.traces[Int($0)] })
    }
}
