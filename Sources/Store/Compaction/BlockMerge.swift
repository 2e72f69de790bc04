internal import Trace

/// The rows of several blocks, staged as a head stages them, so that `BlockEncoder` makes one block of them.
///
/// A block is read group by group, each column once; rows are staged as they come, and `RowOrder` brings a trace's together.
/// So a merge holds the staged rows (about 200 bytes a span) and one group's columns.
struct BlockMerge {
    private var index = TraceIndex()
    private var traces: GrowBuffer<TraceID>
    private var spans: GrowBuffer<StagedSpan>
    private var events: GrowBuffer<StagedEvent>
    private var links: GrowBuffer<StagedLink>
    private var names = ByteDictionary(isText: false)
    private var eventNames = ByteDictionary(isText: false)
    private var resources = ByteDictionary(isText: false)
    private var scopes = ByteDictionary(isText: false)
    private var envelopes: [Envelope] = []
    private var envelopeNumbers: [Envelope: UInt32] = [:]
    private var attributes: [MergedAttributes]
    private var times = TimeRange()

    /// - Parameter directories: of the blocks to come.
    init(_ directories: [BlockDirectory]) {
        func total(_ count: (BlockDirectory) -> Int) -> Int { directories.reduce(0) { $0 + count($1) } }
        traces = GrowBuffer(capacity: total(\.traces))
        spans = GrowBuffer(capacity: total(\.spans))
        events = GrowBuffer(capacity: total(\.events))
        links = GrowBuffer(capacity: total(\.links))
        attributes = AttributeOwner.allCases.map { owner in
            MergedAttributes(values: total { $0.attributes[owner.rawValue].columns.reduce(0) { $0 + $1.values } })
        }
    }

    /// Whether it is beyond what one block may hold.
    var isTooWide: Bool { attributes.contains { $0.isTooWide } || envelopes.count > 200_000 || traces.count > 4_000_000 }

    /// Stages all rows of a block. Calls `pause` between groups: a throw ends the merge, which is then of no use.
    mutating func append(_ access: BlockAccess, pause: () throws -> Void) throws {
        let directory = access.directory
        times.minNanos = min(times.minNanos, directory.times.minNanos)
        times.maxNanos = max(times.maxNanos, directory.times.maxNanos)
        times.keepNanos = max(times.keepNanos, directory.times.keepNanos)
        let numbers = directory.envelopes.map { envelope in
            envelopeNumber(directory.resources[Int(envelope.resource)], directory.scopes[Int(envelope.scope)])
        }
        var source = BlockRows(access, envelopes: numbers, spanIDs: try spanIDs(access), attributes: &attributes)
        for group in directory.groups.indices {
            try pause()
            try append(group, of: &source)
        }
    }

    /// All of the block's: a parent may stand in another group than its child.
    private func spanIDs(_ access: BlockAccess) throws(BlockDamage) -> [UInt64] {
        var all: [UInt64] = []
        all.reserveCapacity(access.directory.spans)
        for group in access.directory.groups.indices {
            let count = access.directory.rows(of: group).count
            let bytes = try access.ids(.spanID, group: group, count: count, width: 8)
            bytes.withUnsafeBytes { bytes in
                for row in 0..<count { all.append(UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: row * 8, as: UInt64.self))) }
            }
        }
        return all
    }

    private mutating func envelopeNumber(_ resource: [UInt8], _ scope: [UInt8]) -> UInt32 {
        let pair = Envelope(
            resource: resource.withUnsafeBytes { resources.code(for: $0) }, scope: scope.withUnsafeBytes { scopes.code(for: $0) })
        if let known = envelopeNumbers[pair] { return known }
        envelopeNumbers[pair] = UInt32(envelopes.count)
        envelopes.append(pair)
        return UInt32(envelopes.count - 1)
    }

    private mutating func append(_ group: Int, of source: inout BlockRows) throws(BlockDamage) {
        try source.begin(group, names: &names, eventNames: &eventNames, attributes: &attributes)
        let rows = source.access.directory.rows(of: group).count
        for row in 0..<rows {
            if let id = try source.traceBeginning(at: row) {
                let number = index.number(of: id, orInsert: traces.count)
                if number == traces.count { traces.append(id) }
                source.trace = UInt32(truncatingIfNeeded: number)
            }
            var span = try source.span(row)
            (span.shape, span.firstValue) = source.spanAttributes.append(source.shapes[row], into: &attributes[0])
            span.firstEvent = UInt32(truncatingIfNeeded: events.count)
            span.firstLink = UInt32(truncatingIfNeeded: links.count)
            span.eventCount = UInt16(clamping: source.eventCounts[row])
            span.linkCount = UInt16(clamping: source.linkCounts[row])
            for _ in 0..<Int(truncatingIfNeeded: source.eventCounts[row]) { events.append(try source.event(of: span, into: &attributes[1])) }
            for _ in 0..<Int(truncatingIfNeeded: source.linkCounts[row]) { links.append(try source.link(into: &attributes[2])) }
            spans.append(span)
        }
    }

    /// All rows so far.
    func view() -> HeadView {
        HeadView(
            traces: traces.frozen, spans: spans.frozen, events: events.frozen, links: links.frozen, names: names.frozen,
            eventNames: eventNames.frozen, resources: resources.frozen, scopes: scopes.frozen, envelopes: envelopes,
            spanAttributes: attributes[0].frozen, eventAttributes: attributes[1].frozen, linkAttributes: attributes[2].frozen, times: times)
    }
}
