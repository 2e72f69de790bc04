internal import Trace

extension BlockAccess {
    /// Where a trace's rows stand: the group it begins in, its number among those that begin there, its rows and its start.
    struct TracePlace {
        var group: Int
        var rows: Range<Int>
        var startNanos: UInt64
    }

    /// Finds `id`; nil when the block has no such trace.
    func find(_ id: TraceID) throws(BlockDamage) -> TracePlace? {
        let groups = directory.groups
        // The first group whose first row's trace is `id` or greater; the trace begins there or in the one before.
        var low = 0, high = groups.count
        while low < high {
            let middle = (low + high) / 2
            if groups[middle].firstTraceID < id { low = middle + 1 } else { high = middle }
        }
        if low < groups.count, groups[low].firstTraceID == id, groups[low].carried == 0 { return try find(id, in: low) }
        // The group before may consist of a carried trace alone: then the trace begins further up.
        var group = low - 1
        while group >= 0 {
            if directory.traces(of: group).count > 0 { return try find(id, in: group) }
            group -= 1
        }
        return nil
    }

    private func find(_ id: TraceID, in group: Int) throws(BlockDamage) -> TracePlace? {
        let count = directory.traces(of: group).count
        let ids = try ids(.traceID, group: group, count: count, width: 16)
        let index: Int? = ids.withUnsafeBytes { ids in
            var low = 0, high = count
            while low < high {
                let middle = (low + high) / 2
                if TraceID(wire: ids.baseAddress! + middle * 16) < id { low = middle + 1 } else { high = middle }
            }
            return low < count && TraceID(wire: ids.baseAddress! + low * 16) == id ? low : nil
        }
        guard let index else { return nil }
        let rowCounts = try numbers(.traceRows, group: group, count: count)
        let starts = try numbers(.traceStart, group: group, count: count)
        var first = directory.groups[group].firstRow + directory.groups[group].carried
        for earlier in 0..<index { first += Int(truncatingIfNeeded: rowCounts[earlier]) }
        let rows = first..<first + Int(truncatingIfNeeded: rowCounts[index])
        guard rows.upperBound <= directory.spans else { throw .malformed(part: "traceRows") }
        return TracePlace(group: group, rows: rows, startNanos: starts[index] &+ directory.base)
    }

    /// Span ids and kinds of a trace's rows, by which repeated spans are known.
    func keys(of place: TracePlace) throws(BlockDamage) -> [SpanKey] {
        var kinds: [UInt8] = []
        try forEachGroup(of: place.rows, from: place.group) { (group, rows) throws(BlockDamage) in
            for kind in try numbers(.kindStatus, group: group, first: rows.upperBound)[rows] { kinds.append(UInt8(truncatingIfNeeded: kind) & 7) }
        }
        return zip(try spanIDs(of: place), kinds).map { SpanKey(id: $0, kind: $1) }
    }

    private func spanIDs(of place: TracePlace) throws(BlockDamage) -> [UInt64] {
        var found: [UInt64] = []
        try forEachGroup(of: place.rows, from: place.group) { (group, rows) throws(BlockDamage) in
            let ids = try ids(.spanID, group: group, count: directory.rows(of: group).count, width: 8)
            ids.withUnsafeBytes { ids in
                for row in rows { found.append(UInt64(bigEndian: ids.loadUnaligned(fromByteOffset: row * 8, as: UInt64.self))) }
            }
        }
        return found
    }

    /// Hands each group that holds some of `rows` to `body`, with the rows counted from the group's start.
    private func forEachGroup(
        of rows: Range<Int>, from group: Int, _ body: (Int, Range<Int>) throws(BlockDamage) -> Void
    ) throws(BlockDamage) {
        var group = group
        while group < directory.groups.count {
            let all = directory.rows(of: group)
            let wanted = rows.clamped(to: all)
            if wanted.isEmpty { return }
            try body(group, wanted.lowerBound - all.lowerBound..<wanted.upperBound - all.lowerBound)
            group += 1
        }
    }

    /// Appends all rows of `id` to `assembler`; false when the block has none.
    func collect(_ id: TraceID, into assembler: inout TraceAssembler) throws(BlockDamage) -> Bool {
        guard let place = try find(id) else { return false }
        assembler.beginBlock(directory)
        let reader = TraceRowReader(self, id: id, ids: try spanIDs(of: place))
        try forEachGroup(of: place.rows, from: place.group) { (group, rows) throws(BlockDamage) in
            try reader.collect(group, rows, startNanos: place.startNanos, into: &assembler)
        }
        return true
    }
}

/// What a span is known by within its trace: a client and a server may share an id, as Zipkin's do.
struct SpanKey: Hashable {
    var id: UInt64
    var kind: UInt8
}

/// Turns rows of one trace back into records.
final class TraceRowReader {
    private let access: BlockAccess
    private let directory: BlockDirectory
    private let id: TraceID
    private var names = TextLookup(FixedColumn.name.rawValue)
    private var eventNames = TextLookup(FixedColumn.eventName.rawValue)
    private var attributes: [AttributeRowReader]
    /// The span ids of all of the trace's rows: a parent may stand in a later group than its child.
    private let ids: [UInt64]
    private var collected = 0

    init(_ access: BlockAccess, id: TraceID, ids: [UInt64]) {
        self.access = access
        self.ids = ids
        directory = access.directory
        self.id = id
        attributes = AttributeOwner.allCases.map { AttributeRowReader(access, $0) }
    }

    /// The events or links of `rows`, counted from the start of their group, which has `all`.
    private func part(of counts: [UInt64], _ rows: Range<Int>, all: Int) throws(BlockDamage) -> Range<Int> {
        let first = counts[..<rows.lowerBound].reduce(0, &+), count = counts[rows].reduce(0, &+)
        guard first <= UInt64(all), count <= UInt64(all) - first else { throw .malformed(part: "event or link counts") }
        return Int(first)..<Int(first + count)
    }

    /// Appends `rows` of `group`; groups come in order.
    func collect(_ group: Int, _ rows: Range<Int>, startNanos: UInt64, into assembler: inout TraceAssembler) throws(BlockDamage) {
        // Of each column only what comes before the trace's last row, since it has to be decoded from its start.
        let end = rows.upperBound
        let parents = try access.numbers(.parent, group: group, first: end)
        let foreign = try access.ids(.foreignParent, group: group)
        let starts = try access.numbers(.start, group: group, first: end)
        let durations = try access.numbers(.duration, group: group, first: end)
        let nameCodes = try access.codes(FixedColumn.name.rawValue, group: group, first: end)
        let kinds = try access.numbers(.kindStatus, group: group, first: end)
        let envelopes = try access.numbers(.envelope, group: group, first: end)
        let shapes = try access.numbers(.shape, group: group, first: end)
        let eventCounts = try access.numbers(.eventCount, group: group, first: end)
        let linkCounts = try access.numbers(.linkCount, group: group, first: end)

        try attributes[0].begin(group, rows: shapes, at: rows.lowerBound)
        // Most traces have neither: then their columns are not read.
        let eventRows = try part(of: eventCounts, rows, all: directory.events(of: group).count)
        let linkRows = try part(of: linkCounts, rows, all: directory.links(of: group).count)
        var events = eventRows.isEmpty ? nil : try EventRows(access, group, eventRows, attributes: attributes[1])
        var links = linkRows.isEmpty ? nil : try LinkRows(access, group, linkRows, attributes: attributes[2])
        var foreignIndex = parents[..<rows.lowerBound].reduce(0) { $0 + ($1 == 1 ? 1 : 0) }
        let firstRow = collected - rows.lowerBound            // where the group's row 0 would stand in `ids`
        collected += rows.count
        var start = startNanos
        for row in rows {
            var span = SpanRecord()
            span.traceID = id
            span.spanID = SpanID(bits: ids[firstRow + row])
            switch parents[row] {
            case 0: break
            case 1:
                guard foreign.count >= foreignIndex * 8 + 8 else { throw .malformed(part: "foreignParent") }
                span.parentID = SpanID(bits: foreign.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: foreignIndex * 8, as: UInt64.self)) })
                foreignIndex += 1
            default:
                let parent = firstRow + row - Int(unzigzag(parents[row] - 2))
                if parent >= 0, parent < ids.count {
                    span.parentID = SpanID(bits: ids[parent])
                } else {
                    throw .malformed(part: "parent")
                }
            }
            start &+= starts[row]
            span.startNanos = start
            span.endNanos = start &+ durations[row]
            span.kind = Int32(kinds[row] & 7)
            span.status = Int32(kinds[row] >> 3 & 3)
            guard envelopes[row] < UInt64(directory.envelopes.count) else { throw .malformed(part: "envelope") }
            span.scope = assembler.scope(Int(envelopes[row]))
            span.name = try names.withBytes(Int(truncatingIfNeeded: nameCodes[row]), in: access) { assembler.append($0) }
            span.attributes = try attributes[0].read(shapes[row], into: &assembler) { field, bits, range in
                switch field {
                case .traceState: span.traceState = range
                case .statusMessage: span.statusMessage = range
                case .flags: span.flags = UInt32(truncatingIfNeeded: bits)
                case .droppedAttributes: span.droppedAttributes = UInt32(truncatingIfNeeded: bits)
                case .droppedEvents: span.droppedEvents = UInt32(truncatingIfNeeded: bits)
                case .droppedLinks: span.droppedLinks = UInt32(truncatingIfNeeded: bits)
                case .kindNumber: span.kind = Int32(truncatingIfNeeded: bits)
                case .statusNumber: span.status = Int32(truncatingIfNeeded: bits)
                case .endNanos: span.endNanos = bits
                case .moreAttributes: break              // the reader has made attributes of it
                }
            }
            span.events = try events?.read(Int(truncatingIfNeeded: eventCounts[row]), spanStart: start, names: &eventNames, into: &assembler) ?? .empty
            span.links = try links?.read(Int(truncatingIfNeeded: linkCounts[row]), into: &assembler) ?? .empty
            assembler.append(span)
        }
    }
}

/// The events of a trace in a group, read in order.
private struct EventRows {
    private let access: BlockAccess
    private let attributes: AttributeRowReader
    private let times: [UInt64], names: [UInt64], shapes: [UInt64]
    private var next: Int

    init(_ access: BlockAccess, _ group: Int, _ events: Range<Int>, attributes: AttributeRowReader) throws(BlockDamage) {
        self.access = access
        self.attributes = attributes
        next = events.lowerBound
        times = try access.numbers(.eventTime, group: group, first: events.upperBound)
        names = try access.codes(FixedColumn.eventName.rawValue, group: group, first: events.upperBound)
        shapes = try access.numbers(.eventShape, group: group, first: events.upperBound)
        try attributes.begin(group, rows: shapes, at: next)
    }

    mutating func read(_ count: Int, spanStart: UInt64, names lookup: inout TextLookup, into assembler: inout TraceAssembler) throws(BlockDamage) -> RowRange {
        guard count > 0 else { return .empty }
        guard count <= times.count - next else { throw .malformed(part: "eventCount") }
        var events: [EventRecord] = []
        for row in next..<next + count {
            var event = EventRecord()
            event.timeNanos = spanStart &+ UInt64(bitPattern: unzigzag(times[row]))
            event.name = try lookup.withBytes(Int(truncatingIfNeeded: names[row]), in: access) { assembler.append($0) }
            event.attributes = try attributes.read(shapes[row], into: &assembler) { field, bits, _ in
                if field == .droppedAttributes { event.droppedAttributes = UInt32(truncatingIfNeeded: bits) }
            }
            events.append(event)
        }
        next += count
        return assembler.append(events)
    }
}

/// The links of a trace in a group, read in order.
private struct LinkRows {
    private let attributes: AttributeRowReader
    private let traceIDs: [UInt8], spanIDs: [UInt8], shapes: [UInt64]
    private var next: Int

    init(_ access: BlockAccess, _ group: Int, _ links: Range<Int>, attributes: AttributeRowReader) throws(BlockDamage) {
        self.attributes = attributes
        next = links.lowerBound
        let count = access.directory.links(of: group).count
        traceIDs = try access.ids(.linkTraceID, group: group, count: count, width: 16)
        spanIDs = try access.ids(.linkSpanID, group: group, count: count, width: 8)
        shapes = try access.numbers(.linkShape, group: group, first: links.upperBound)
        try attributes.begin(group, rows: shapes, at: next)
    }

    mutating func read(_ count: Int, into assembler: inout TraceAssembler) throws(BlockDamage) -> RowRange {
        guard count > 0 else { return .empty }
        guard count <= shapes.count - next else { throw .malformed(part: "linkCount") }
        var links: [LinkRecord] = []
        for row in next..<next + count {
            var link = LinkRecord()
            link.traceID = traceIDs.withUnsafeBytes { TraceID(wire: $0.baseAddress! + row * 16) }
            link.spanID = spanIDs.withUnsafeBytes { SpanID(wire: $0.baseAddress! + row * 8) }
            link.attributes = try attributes.read(shapes[row], into: &assembler) { field, bits, range in
                switch field {
                case .traceState: link.traceState = range
                case .flags: link.flags = UInt32(truncatingIfNeeded: bits)
                case .droppedAttributes: link.droppedAttributes = UInt32(truncatingIfNeeded: bits)
                default: break
                }
            }
            links.append(link)
        }
        next += count
        return assembler.append(links)
    }
}
