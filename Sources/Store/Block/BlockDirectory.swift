package import Trace
internal import Zlib

/// What a block holds and where: read first, kept in memory while the block is in use.
package struct BlockDirectory: Sendable {
    package struct Group: Equatable, Sendable {
        package var firstRow = 0
        /// Rows at its start that belong to a trace which began in an earlier group.
        package var carried = 0
        /// Traces that began before it.
        package var firstTrace = 0
        package var firstEvent = 0
        package var firstLink = 0
        /// Of its first row.
        package var firstTraceID = TraceID(high: 0, low: 0)
    }

    package struct AttributeColumn: Equatable, Sendable {
        package var key: ColumnKey
        /// Values in the block; distinct ones for text and bytes; smallest and largest for ints (as value + 2^63).
        package var values = 0
        package var distinct = 0
        package var low: UInt64 = .max
        package var high: UInt64 = 0
    }

    package struct Attributes: Equatable, Sendable {
        package var columns: [AttributeColumn] = []
        package var shapes: [[UInt32]] = []
    }

    /// Where a column's bytes stand: segments follow each other from `offset` of `chunk` on. Text columns have their dictionary
    /// segments first, then as many code segments.
    package struct Place: Equatable, Sendable {
        package var chunk: UInt16 = 0
        package var offset = 0
        package var lengths: [Int] = []
        /// Text columns: how many dictionary entries each group adds.
        package var entries: [Int] = []
        /// Text columns: what the dictionary segments consist of.
        var pages: [Page] = []

        /// The page that has entry `code`, which exists.
        func page(of code: Int) -> Int {
            var low = 0, high = pages.count
            while high - low > 1 {
                let middle = (low + high) / 2
                if pages[middle].firstCode <= code { low = middle } else { high = middle }
            }
            return low
        }

        func entryCount(of page: Int) -> Int {
            (page + 1 < pages.count ? pages[page + 1].firstCode : entries.reduce(0, +)) - pages[page].firstCode
        }
    }

    /// A part of a dictionary that is read alone.
    struct Page: Equatable, Sendable {
        /// The number of its first entry.
        var firstCode: Int
        /// Counted from the column's start.
        var offset: Int
        var end: Int
    }

    package var base: UInt64 = 0
    package var spans = 0
    package var traces = 0
    package var times = TimeRange()
    package var groups: [Group] = []
    package var events = 0
    package var links = 0
    package var resources: [[UInt8]] = []
    package var scopes: [[UInt8]] = []
    package var envelopes: [Envelope] = []
    package var attributes: [Attributes] = [Attributes(), Attributes(), Attributes()]
    /// Fixed columns, then those of `attributes` in order.
    package var places: [Place] = []

    /// The index into `places` of a column of `owner`'s attributes.
    package func placeIndex(_ owner: AttributeOwner, _ column: Int) -> Int {
        var index = FixedColumn.allCases.count + column
        for earlier in 0..<owner.rawValue { index += attributes[earlier].columns.count }
        return index
    }

    package func rows(of group: Int) -> Range<Int> { groups[group].firstRow..<(group + 1 < groups.count ? groups[group + 1].firstRow : spans) }
    package func traces(of group: Int) -> Range<Int> { groups[group].firstTrace..<(group + 1 < groups.count ? groups[group + 1].firstTrace : traces) }
    package func events(of group: Int) -> Range<Int> { groups[group].firstEvent..<(group + 1 < groups.count ? groups[group + 1].firstEvent : events) }
    package func links(of group: Int) -> Range<Int> { groups[group].firstLink..<(group + 1 < groups.count ? groups[group + 1].firstLink : links) }

    // MARK: Bytes

    func encoded(with writer: inout PieceWriter) -> [UInt8] {
        var body: [UInt8] = []
        for value in [UInt64(BlockFormat.current), base, UInt64(spans), UInt64(traces), times.minNanos, times.maxNanos, times.keepNanos, UInt64(events), UInt64(links)] {
            body.appendVarint(value)
        }
        body.appendVarint(UInt64(groups.count))
        for group in groups {
            for value in [group.firstRow, group.carried, group.firstTrace, group.firstEvent, group.firstLink] { body.appendVarint(UInt64(value)) }
            body.append(contentsOf: group.firstTraceID.wireBytes)
        }
        for list in [resources, scopes] {
            body.appendVarint(UInt64(list.count))
            for entry in list { body.appendBlob(entry) }
        }
        body.appendVarint(UInt64(envelopes.count))
        for envelope in envelopes {
            body.appendVarint(UInt64(envelope.resource))
            body.appendVarint(UInt64(envelope.scope))
        }
        for owner in attributes {
            body.appendVarint(UInt64(owner.columns.count))
            for column in owner.columns {
                body.appendBlob(column.key.name)
                body.append(column.key.kind.code)
                for value in [UInt64(column.key.occurrence), UInt64(column.values), UInt64(column.distinct), column.low, column.high] { body.appendVarint(value) }
            }
            body.appendVarint(UInt64(owner.shapes.count))
            for shape in owner.shapes {
                body.appendVarint(UInt64(shape.count))
                for column in shape { body.appendVarint(UInt64(column)) }
            }
        }
        body.appendVarint(UInt64(places.count))
        for place in places {
            body.appendVarint(UInt64(place.chunk))
            body.appendVarint(UInt64(place.offset))
            body.appendVarint(UInt64(place.lengths.count))
            for length in place.lengths { body.appendVarint(UInt64(length)) }
            body.appendVarint(UInt64(place.entries.count))
            for count in place.entries { body.appendVarint(UInt64(count)) }
            place.appendPages(to: &body)
        }
        var out: [UInt8] = []
        _ = writer.segment(into: &out) { writer, out in body.withUnsafeBytes { writer.piece($0, into: &out) } }
        return out
    }

    init() {}

    init(decoding segment: UnsafeRawBufferPointer, inflater: Inflater) throws(BlockDamage) {
        let part = "directory"
        var outer = try PieceReader(segment, part: part, inflater: inflater)
        let body = try outer.piece()
        var reader = PlainReader(body, part: part)
        let format = try reader.count()
        guard format == BlockFormat.current else { throw format > BlockFormat.current ? .newerFormat(format) : .malformed(part: part) }
        base = try reader.varint()
        spans = try reader.count()
        traces = try reader.count()
        times = TimeRange(minNanos: try reader.varint(), maxNanos: try reader.varint(), keepNanos: try reader.varint())
        events = try reader.count()
        links = try reader.count()
        groups = try reader.list { (reader) throws(BlockDamage) in
            Group(firstRow: try reader.count(), carried: try reader.count(), firstTrace: try reader.count(), firstEvent: try reader.count(), firstLink: try reader.count(),
                  firstTraceID: try reader.traceID())
        }
        resources = try reader.list { (reader) throws(BlockDamage) in try reader.blob() }
        scopes = try reader.list { (reader) throws(BlockDamage) in try reader.blob() }
        envelopes = try reader.list { (reader) throws(BlockDamage) in
            Envelope(resource: UInt32(try reader.count(atMost: 1 << 31)), scope: UInt32(try reader.count(atMost: 1 << 31)))
        }
        for owner in attributes.indices {
            attributes[owner].columns = try reader.list { (reader) throws(BlockDamage) in
                let name = try reader.blob()
                guard let kind = ColumnKind(code: try reader.byte()) else { throw .malformed(part: part) }
                return AttributeColumn(
                    key: ColumnKey(name: name, kind: kind, occurrence: try reader.count()), values: try reader.count(), distinct: try reader.count(),
                    low: try reader.varint(), high: try reader.varint())
            }
            let columns = attributes[owner].columns.count
            attributes[owner].shapes = try reader.list { (reader) throws(BlockDamage) in
                try reader.list { (reader) throws(BlockDamage) in UInt32(try reader.count(atMost: columns - 1)) }
            }
        }
        places = try reader.list { (reader) throws(BlockDamage) in
            var place = Place(
                chunk: UInt16(try reader.count(atMost: 4095)), offset: try reader.count(),
                lengths: try reader.list { (reader) throws(BlockDamage) in try reader.count() },
                entries: try reader.list { (reader) throws(BlockDamage) in try reader.count() })
            try place.readPages(from: &reader)
            return place
        }
        try check(part)
    }

    /// What readers rely on without asking again.
    private func check(_ part: String) throws(BlockDamage) {
        let columns = FixedColumn.allCases.count + attributes.reduce(0) { $0 + $1.columns.count }
        var sane = places.count == columns && (spans == 0) == groups.isEmpty
            && envelopes.allSatisfy { Int($0.resource) < resources.count && Int($0.scope) < scopes.count }
        var previous = Group()
        for (index, group) in groups.enumerated() {
            let next = index + 1 < groups.count ? groups[index + 1].firstRow : spans
            sane = sane && group.firstRow >= previous.firstRow && next >= group.firstRow && group.carried <= next - group.firstRow && group.firstTrace >= previous.firstTrace && group.firstEvent >= previous.firstEvent
                && group.firstLink >= previous.firstLink && group.firstTrace <= traces && group.firstEvent <= events
                && group.firstLink <= links
            previous = group
        }
        for (index, place) in places.enumerated() {
            let isText = isTextColumn(index)
            sane = sane && place.lengths.count == groups.count * (isText ? 2 : 1) && place.entries.count == (isText ? groups.count : 0)
        }
        guard sane else { throw .malformed(part: part) }
    }

    /// Whether the column at `places[index]` has dictionary segments.
    private func isTextColumn(_ index: Int) -> Bool {
        if let fixed = FixedColumn(rawValue: index) { return fixed.storage == .text }
        var column = index - FixedColumn.allCases.count
        for owner in attributes {
            if column < owner.columns.count {
                let storage = owner.columns[column].key.kind.storage
                return storage == .text || storage == .bytes
            }
            column -= owner.columns.count
        }
        return false
    }
}

extension BlockDirectory.Place {
    /// Of each group that adds entries: its number of pages, and of each but the last its entries and its length.
    fileprivate func appendPages(to body: inout [UInt8]) {
        var first = 0, next = 0
        for count in entries where count > 0 {
            let last = page(of: first + count - 1)
            body.appendVarint(UInt64(last + 1 - next))
            for page in next..<last {
                body.appendVarint(UInt64(entryCount(of: page)))
                body.appendVarint(UInt64(pages[page].end - pages[page].offset))
            }
            next = last + 1
            first += count
        }
    }

    fileprivate mutating func readPages(from reader: inout PlainReader) throws(BlockDamage) {
        guard entries.count <= lengths.count else { throw reader.malformed }
        var code = 0, offset = 0
        for (group, count) in entries.enumerated() {
            let end = offset + lengths[group]
            guard count > 0 else {
                offset = end
                continue
            }
            let endCode = code + count
            for _ in 1..<max(1, try reader.count(atMost: count)) {
                let entries = try reader.count(atMost: endCode - code - 1), length = try reader.count(atMost: end - offset)
                guard entries > 0 else { throw reader.malformed }
                pages.append(.init(firstCode: code, offset: offset, end: offset + length))
                code += entries
                offset += length
            }
            pages.append(.init(firstCode: code, offset: offset, end: end))
            (code, offset) = (endCode, end)
        }
    }
}

/// Reads varints, blobs and lists from plain bytes.
struct PlainReader: ByteReading {
    private let bytes: [UInt8]
    private var offset = 0
    private let part: String

    init(_ bytes: [UInt8], part: String) {
        self.bytes = bytes
        self.part = part
    }

    var malformed: BlockDamage { .malformed(part: part) }

    mutating func byte() throws(BlockDamage) -> UInt8 {
        guard offset < bytes.count else { throw .malformed(part: part) }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func blob() throws(BlockDamage) -> [UInt8] {
        let count = try count()
        guard count <= bytes.count - offset else { throw .malformed(part: part) }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    mutating func traceID() throws(BlockDamage) -> TraceID {
        guard bytes.count - offset >= 16 else { throw .malformed(part: part) }
        defer { offset += 16 }
        return bytes.withUnsafeBytes { TraceID(wire: $0.baseAddress! + offset) }
    }

    mutating func list<Element>(_ read: (inout PlainReader) throws(BlockDamage) -> Element) throws(BlockDamage) -> [Element] {
        let count = try count(atMost: bytes.count)
        var list: [Element] = []
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try read(&self)) }
        return list
    }
}
