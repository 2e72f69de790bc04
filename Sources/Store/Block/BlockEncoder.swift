internal import Trace

/// A block's chunks, ready for the database or for readers in memory.
struct EncodedBlock: Sendable {
    var directory: BlockDirectory
    var chunks: [(number: UInt16, bytes: [UInt8])]
    var bytes: Int { chunks.reduce(0) { $0 + $1.bytes.count } }
    /// Rows left out because an earlier one had the same trace, id and kind.
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

    private var traceID = RawColumn(), traceRows = NumberColumn(), traceStart = NumberColumn()
    private var spanID = RawColumn(), parent = NumberColumn(), foreignParent = RawColumn()
    private var start = NumberColumn(), duration = NumberColumn(), kindStatus = NumberColumn(), envelope = NumberColumn(), shape = NumberColumn()
    private var eventCount = NumberColumn(), linkCount = NumberColumn(), eventTime = NumberColumn(), eventShape = NumberColumn(), linkShape = NumberColumn()
    private var linkTraceID = RawColumn(), linkSpanID = RawColumn()
    private var name: TextColumn, eventName: TextColumn
    private var spanAttributes: AttributeEncoder, eventAttributes: AttributeEncoder, linkAttributes: AttributeEncoder
    private var envelopeNumbers: [UInt32]
    private var resourceNumbers: [UInt32: UInt32] = [:], scopeNumbers: [UInt32: UInt32] = [:]

    /// Encodes the rows `range` of `head`; compressed for disk, plain for memory.
    static func encode(_ head: HeadView, rows range: Range<Int>, compress: Bool) -> EncodedBlock {
        var encoder = BlockEncoder(head, range, compress: compress)
        encoder.encodeGroups()
        return encoder.finish()
    }

    private init(_ head: HeadView, _ range: Range<Int>, compress: Bool) {
        self.head = head
        writer = PieceWriter(compress: compress)
        order = RowOrder(head, range)
        name = TextColumn(head.names)
        eventName = TextColumn(head.eventNames)
        spanAttributes = AttributeEncoder(head.spanAttributes)
        eventAttributes = AttributeEncoder(head.eventAttributes)
        linkAttributes = AttributeEncoder(head.linkAttributes)
        envelopeNumbers = [UInt32](repeating: .max, count: head.envelopes.count)
        directory.times = head.times
        directory.base = order.rows.reduce(UInt64.max) { min($0, head.spans[Int($1)].startNanos) }
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
                let traceStartNanos = head.spans[Int(order.rows[first])].startNanos
                if row == first {
                    encodeTrace(trace, rows: end - first, startNanos: traceStartNanos)
                } else {
                    group.carried = stop - row
                    group.firstTrace += 1
                }
                var previous = traceStartNanos
                while row < stop {
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

    private mutating func encodeTrace(_ trace: Int, rows: Int, startNanos: UInt64) {
        let id = head.traces[Int(order.traces[trace])]
        traceID.append(id.high)
        traceID.append(id.low)
        traceRows.append(UInt64(rows))
        traceStart.append(startNanos - directory.base)
    }

    @inline(__always) private mutating func encodeRow(_ row: Int, after previous: inout UInt64) {
        let span = head.spans[Int(order.rows[row])]
        spanID.append(span.spanID)
        let parentReference = order.parents[row]
        parent.append(parentReference)
        if parentReference == 1 { foreignParent.append(span.parentID) }
        start.append(span.startNanos - previous)
        previous = span.startNanos
        duration.append(span.durationNanos)
        name.append(Int(span.name))
        kindStatus.append(UInt64(span.kindAndStatus))
        if envelopeNumbers[Int(span.envelope)] == .max { enterEnvelope(Int(span.envelope)) }
        envelope.append(UInt64(envelopeNumbers[Int(span.envelope)]))
        shape.append(spanAttributes.append(shape: span.shape, firstValue: span.firstValue))
        eventCount.append(UInt64(span.eventCount))
        linkCount.append(UInt64(span.linkCount))
        if span.eventCount > 0 { encodeEvents(of: span) }
        if span.linkCount > 0 { encodeLinks(of: span) }
    }

    private mutating func encodeEvents(of span: StagedSpan) {
        for index in 0..<Int(span.eventCount) {
            let event = head.events[Int(span.firstEvent) + index]
            eventTime.append(zigzag(Int64(bitPattern: event.timeNanos &- span.startNanos)))
            eventName.append(Int(event.name))
            eventShape.append(eventAttributes.append(shape: event.shape, firstValue: event.firstValue))
        }
        directory.events += Int(span.eventCount)
    }

    private mutating func encodeLinks(of span: StagedSpan) {
        for index in 0..<Int(span.linkCount) {
            let link = head.links[Int(span.firstLink) + index]
            linkTraceID.append(link.traceID.high)
            linkTraceID.append(link.traceID.low)
            linkSpanID.append(link.spanID)
            linkShape.append(linkAttributes.append(shape: link.shape, firstValue: link.firstValue))
        }
        directory.links += Int(span.linkCount)
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
        traceID.endGroup(&writer)
        traceRows.endGroup(&writer)
        traceStart.endGroup(&writer)
        spanID.endGroup(&writer)
        parent.endGroup(&writer)
        foreignParent.endGroup(&writer)
        start.endGroup(&writer)
        duration.endGroup(&writer)
        name.endGroup(&writer)
        kindStatus.endGroup(&writer)
        envelope.endGroup(&writer)
        shape.endGroup(&writer)
        eventCount.endGroup(&writer)
        linkCount.endGroup(&writer)
        eventTime.endGroup(&writer)
        eventName.endGroup(&writer)
        eventShape.endGroup(&writer)
        linkShape.endGroup(&writer)
        linkTraceID.endGroup(&writer)
        linkSpanID.endGroup(&writer)
        spanAttributes.endGroup(&writer)
        eventAttributes.endGroup(&writer)
        linkAttributes.endGroup(&writer)
    }

    private mutating func finish() -> EncodedBlock {
        var columns: [EncodedColumn] = FixedColumn.allCases.map { column in
            switch column {
            case .traceID: traceID.encoded
            case .traceRows: traceRows.encoded
            case .traceStart: traceStart.encoded
            case .spanID: spanID.encoded
            case .parent: parent.encoded
            case .foreignParent: foreignParent.encoded
            case .start: start.encoded
            case .duration: duration.encoded
            case .name: name.encoded
            case .kindStatus: kindStatus.encoded
            case .envelope: envelope.encoded
            case .shape: shape.encoded
            case .eventCount: eventCount.encoded
            case .linkCount: linkCount.encoded
            case .eventTime: eventTime.encoded
            case .eventName: eventName.encoded
            case .eventShape: eventShape.encoded
            case .linkShape: linkShape.encoded
            case .linkTraceID: linkTraceID.encoded
            case .linkSpanID: linkSpanID.encoded
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
            var place = BlockDirectory.Place(chunk: BlockFormat.smallChunk, offset: small.count, lengths: column.lengths, entries: column.entries)
            if column.bytes.count < BlockFormat.smallColumnBytes {
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
