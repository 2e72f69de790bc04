internal import Store
internal import Trace

/// A trace as LPT1, chunk by chunk: the skeleton from which the viewer draws its waterfall. (viewer.md §4.10)
///
///     0    "LPT1"
///     4    u32 H, bytes of the header
///     8    JSON header, space-padded so that 8 + H is a multiple of 8
///     8+H  columns, little-endian, each from a multiple of 8; the last one zero-padded to it
///
/// Whole-trace facts stand in the first header only. Strings, missing parents and duplicates are those new in the chunk.
struct TraceStream {
    /// Rows of a chunk at most.
    static let chunkRows = 65_536

    private let trace: OpenedTrace
    private let services: TraceServices
    private let chunkRows: Int
    private var groups: SpanGroups
    private var strings = StringTable()
    private var writtenMissing = 0
    private var nextDuplicate = 0
    private var nextRow = 0
    private var isFinished = false

    /// - Parameter slots: colour slots by service name.
    init(_ trace: OpenedTrace, slots: [String: Int], chunkRows: Int = chunkRows) {
        self.trace = trace
        self.chunkRows = chunkRows
        services = TraceServices(trace, slots: slots)
        groups = SpanGroups(trace.stored.batch)
    }

    var isLargerThanOneChunk: Bool { trace.count > chunkRows }

    /// The next chunk; nil after the last one.
    mutating func next() -> [UInt8]? {
        if isFinished { return nil }
        let rows = nextRow..<min(nextRow + chunkRows, trace.count)
        let knownStrings = strings.count
        let columns = ChunkColumns(trace, rows: rows, missingBefore: writtenMissing, services: services, strings: &strings, groups: &groups)
        let area = columns.area()
        var header = JSONAnswer(reserving: 4_096)
        header.object { header in
            if rows.lowerBound == 0 { writeFacts(&header) }
            header.member("rev", trace.revision)
            header.object("chunk") {
                $0.member("first", rows.lowerBound)
                $0.member("count", rows.count)
                $0.member("last", rows.upperBound == trace.count)
            }
            header.array("strings") { list in
                for number in knownStrings..<strings.count { strings.withBytes(number) { list.string($0) } }
            }
            header.array("missing") { for id in trace.missing[writtenMissing..<columns.missingCount] { $0.string(id.hex) } }
            writeDuplicates(before: rows.upperBound, &header)
            header.array("cols") { list in for entry in area.entries { write(entry, &list) } }
        }
        writtenMissing = columns.missingCount
        nextRow = rows.upperBound
        isFinished = nextRow >= trace.count
        return Self.frame(header.array(), area.bytes)
    }

    private func writeFacts(_ header: inout JSONAnswer) {
        header.member("trace", trace.stored.id.hex)
        header.member("t0", quoted: trace.startNanos)
        header.member("dur", Int(clamping: trace.durationNanos))
        header.member("spans", trace.count)
        header.array("services") { list in
            for service in services.entries {
                list.object {
                    $0.member("name", service.name)
                    $0.member("slot", service.slot)
                    $0.member("spans", service.spans)
                    $0.member("ns", Int(clamping: service.nanos))
                    $0.member("errors", service.errors)
                }
            }
        }
        header.member("root", trace.rootRow)
        header.member("errors", trace.spans.reduce(0) { $0 + ($1.status == SpanStatus.error.rawValue ? 1 : 0) })
        header.member("lastReceived", trace.stored.lastReceivedNanos.map { String($0) })
        header.member("complete", trace.stored.partial == nil)
        header.array("hist") { list in for active in TraceHistogram.of(trace) { list.number(active) } }
    }

    private mutating func writeDuplicates(before end: Int, _ header: inout JSONAnswer) {
        let first = nextDuplicate
        while nextDuplicate < trace.duplicates.count, trace.duplicates[nextDuplicate] < end { nextDuplicate += 1 }
        if nextDuplicate == first { return }
        header.array("duplicates") { for row in trace.duplicates[first..<nextDuplicate] { $0.number(row) } }
    }

    private func write(_ entry: ColumnArea.Entry, _ list: inout JSONAnswer) {
        list.object {
            $0.member("k", "\(entry.key)")
            $0.member("type", "\(entry.type)")
            $0.member("off", entry.offset)
            $0.member("bytes", entry.count)
        }
    }

    private static func frame(_ header: [UInt8], _ columns: [UInt8]) -> [UInt8] {
        let headerBytes = (header.count + 7) & ~7
        var chunk: [UInt8] = []
        chunk.reserveCapacity(8 + headerBytes + columns.count)
        chunk.append(contentsOf: "LPT1".utf8)
        withUnsafeBytes(of: UInt32(headerBytes).littleEndian) { chunk.append(contentsOf: $0) }
        chunk.append(contentsOf: header)
        chunk.append(contentsOf: repeatElement(32, count: headerBytes - header.count))
        chunk.append(contentsOf: columns)
        return chunk
    }
}
