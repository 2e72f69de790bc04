internal import Trace

/// One block's rows, decoded a group at a time, in the numbers of a `BlockMerge`.
struct BlockRows {
    let access: BlockAccess
    private let envelopes: [UInt32]
    private let spanIDs: [UInt64]
    private var nameCodes = MergedCodes(FixedColumn.name.rawValue)
    private var eventNameCodes = MergedCodes(FixedColumn.eventName.rawValue)
    private(set) var eventAttributes: AttributeSource, linkAttributes: AttributeSource
    var spanAttributes: AttributeSource
    /// The merged number of the trace whose rows are being read.
    var trace: UInt32 = 0

    // The group.
    private var firstRow = 0
    private var traceIDs: [UInt8] = []
    private var traceRows: [UInt64] = [], traceStarts: [UInt64] = []
    private var nextTrace = 0, nextTraceRow = 0
    private var traceStart: UInt64 = 0, start: UInt64 = 0
    private var parents: [UInt64] = [], starts: [UInt64] = [], durations: [UInt64] = [], names: [UInt64] = [], kinds: [UInt64] = []
    private var envelopeCodes: [UInt64] = []
    private(set) var shapes: [UInt64] = [], eventCounts: [UInt64] = [], linkCounts: [UInt64] = []
    private var foreignParents: [UInt8] = [], nextForeign = 0
    private var eventTimes: [UInt64] = [], eventNames: [UInt64] = [], eventShapes: [UInt64] = [], nextEvent = 0
    private var linkTraceIDs: [UInt8] = [], linkSpanIDs: [UInt8] = [], linkShapes: [UInt64] = [], nextLink = 0

    /// - Parameters:
    ///   - envelopes: the merged numbers of the block's.
    ///   - spanIDs: of all of its rows.
    init(_ access: BlockAccess, envelopes: [UInt32], spanIDs: [UInt64], attributes: inout [MergedAttributes]) {
        self.access = access
        self.envelopes = envelopes
        self.spanIDs = spanIDs
        spanAttributes = AttributeSource(access, .span, into: &attributes[0])
        eventAttributes = AttributeSource(access, .event, into: &attributes[1])
        linkAttributes = AttributeSource(access, .link, into: &attributes[2])
    }

    /// Decodes `group`; groups come in order.
    mutating func begin(
        _ group: Int, names nameDictionary: inout ByteDictionary, eventNames eventDictionary: inout ByteDictionary,
        attributes: inout [MergedAttributes]
    ) throws(BlockDamage) {
        let directory = access.directory
        let rows = directory.rows(of: group).count, traces = directory.traces(of: group).count
        let eventRows = directory.events(of: group).count, linkRows = directory.links(of: group).count
        firstRow = directory.groups[group].firstRow
        traceIDs = try access.ids(.traceID, group: group, count: traces, width: 16)
        traceRows = try access.numbers(.traceRows, group: group, count: traces)
        traceStarts = try access.numbers(.traceStart, group: group, count: traces)
        (nextTrace, nextTraceRow) = (0, directory.groups[group].carried)
        start = traceStart                        // a trace carried over: its first start here counts from the trace's
        parents = try access.numbers(.parent, group: group, count: rows)
        (foreignParents, nextForeign) = (try access.ids(.foreignParent, group: group), 0)
        starts = try access.numbers(.start, group: group, count: rows)
        durations = try access.numbers(.duration, group: group, count: rows)
        names = try nameCodes.read(group, count: rows, in: access) { UInt64(nameDictionary.code(for: $0)) }
        kinds = try access.numbers(.kindStatus, group: group, count: rows)
        envelopeCodes = try access.numbers(.envelope, group: group, count: rows)
        shapes = try access.numbers(.shape, group: group, count: rows)
        try spanAttributes.begin(group, rows: shapes, into: &attributes[0])

        eventCounts = try access.numbers(.eventCount, group: group, count: rows)
        eventTimes = try access.numbers(.eventTime, group: group, count: eventRows)
        eventNames = try eventNameCodes.read(group, count: eventRows, in: access) { UInt64(eventDictionary.code(for: $0)) }
        eventShapes = try access.numbers(.eventShape, group: group, count: eventRows)
        nextEvent = 0
        try eventAttributes.begin(group, rows: eventShapes, into: &attributes[1])

        linkCounts = try access.numbers(.linkCount, group: group, count: rows)
        linkTraceIDs = try access.ids(.linkTraceID, group: group, count: linkRows, width: 16)
        linkSpanIDs = try access.ids(.linkSpanID, group: group, count: linkRows, width: 8)
        linkShapes = try access.numbers(.linkShape, group: group, count: linkRows)
        nextLink = 0
        try linkAttributes.begin(group, rows: linkShapes, into: &attributes[2])
    }

    /// The id of the trace whose first row is `row`; nil within a trace.
    @inline(__always) mutating func traceBeginning(at row: Int) throws(BlockDamage) -> TraceID? {
        guard row == nextTraceRow else { return nil }
        guard nextTrace < traceRows.count, traceRows[nextTrace] > 0, traceRows[nextTrace] <= UInt64(access.directory.spans) else {
            throw .malformed(part: "traceRows")
        }
        let id = traceIDs.withUnsafeBytes { TraceID(wire: $0.baseAddress! + nextTrace * 16) }
        traceStart = traceStarts[nextTrace] &+ access.directory.base
        start = traceStart
        nextTraceRow += Int(traceRows[nextTrace])
        nextTrace += 1
        return id
    }

    /// A row's span without its attributes, events and links. Rows come in order.
    @inline(__always) mutating func span(_ row: Int) throws(BlockDamage) -> StagedSpan {
        var span = StagedSpan()
        span.trace = trace
        span.spanID = spanIDs[firstRow + row]
        switch parents[row] {
        case 0: break
        case 1:
            guard foreignParents.count >= nextForeign * 8 + 8 else { throw .malformed(part: "foreignParent") }
            span.parentID = Self.number(foreignParents, nextForeign)
            nextForeign += 1
        default:
            let parent = Int64(firstRow + row).subtractingReportingOverflow(unzigzag(parents[row] - 2)).partialValue
            guard parent >= 0, parent < spanIDs.count else { throw .malformed(part: "parent") }
            span.parentID = spanIDs[Int(parent)]
        }
        start &+= starts[row]
        span.startNanos = start
        span.durationNanos = durations[row]
        span.name = UInt32(truncatingIfNeeded: names[row])
        guard envelopeCodes[row] < UInt64(envelopes.count) else { throw .malformed(part: "envelope") }
        span.set(envelope: envelopes[Int(envelopeCodes[row])], kindAndStatus: UInt8(truncatingIfNeeded: kinds[row]))
        return span
    }

    /// The next event, which is one of `span`.
    mutating func event(of span: StagedSpan, into attributes: inout MergedAttributes) throws(BlockDamage) -> StagedEvent {
        guard nextEvent < eventTimes.count else { throw .malformed(part: "eventCount") }
        defer { nextEvent += 1 }
        let (shape, firstValue) = eventAttributes.append(eventShapes[nextEvent], into: &attributes)
        return StagedEvent(
            timeNanos: span.startNanos &+ UInt64(bitPattern: unzigzag(eventTimes[nextEvent])), name: UInt32(truncatingIfNeeded: eventNames[nextEvent]),
            firstValue: firstValue, shape: shape)
    }

    /// The next link.
    mutating func link(into attributes: inout MergedAttributes) throws(BlockDamage) -> StagedLink {
        guard nextLink < linkShapes.count else { throw .malformed(part: "linkCount") }
        defer { nextLink += 1 }
        let (shape, firstValue) = linkAttributes.append(linkShapes[nextLink], into: &attributes)
        let traceID = linkTraceIDs.withUnsafeBytes { TraceID(wire: $0.baseAddress! + nextLink * 16) }
        return StagedLink(traceID: traceID, spanID: Self.number(linkSpanIDs, nextLink), firstValue: firstValue, shape: shape)
    }

    private static func number(_ ids: [UInt8], _ index: Int) -> UInt64 {
        ids.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)) }
    }
}
