internal import Store
internal import Trace

/// The rows `first..<end` of a trace as LPT1 columns.
struct ChunkColumns {
    /// In `start` and `duration`: the value is the next one of the f64 column beside it.
    private static let escape = UInt32.max
    private static let noService = UInt16.max

    private var start = ContiguousArray<UInt32>(), startEscapes = ContiguousArray<Double>()
    private var duration = ContiguousArray<UInt32>(), durationEscapes = ContiguousArray<Double>()
    private var parent = ContiguousArray<UInt32>(), missing = ContiguousArray<UInt32>()
    private var service = ContiguousArray<UInt16>()
    private var name = ContiguousArray<UInt32>(), group = ContiguousArray<UInt32>()
    private var bits = ContiguousArray<UInt8>()

    /// Parents absent from the trace that no row before `end` names stay out of the chunk: this many are known after it.
    private(set) var missingCount: Int

    init(
        _ trace: OpenedTrace, rows: Range<Int>, missingBefore: Int, services: TraceServices,
        strings: inout StringTable, groups: inout SpanGroups
    ) {
        missingCount = missingBefore
        reserve(rows.count)
        let batch = trace.stored.batch
        var previous = rows.lowerBound == 0 ? 0 : trace.offset(of: trace.span(rows.lowerBound - 1))
        batch.spans.withUnsafeBufferPointer { spans in
            for row in rows {
                let span = spans[Int(trace.order[row])]
                let offset = trace.offset(of: span)
                Self.append(offset - previous, to: &start, &startEscapes)
                previous = offset
                Self.append(span.durationNanos, to: &duration, &durationEscapes)
                appendParent(trace.parents[row], of: row)
                service.append(services.index(of: span).map { UInt16($0) } ?? Self.noService)
                name.append(batch.withBytes(span.name) { strings.number(of: $0) })
                group.append(groups.number(for: span.attributes, in: &strings))
                bits.append(Self.bits(of: span))
            }
        }
    }

    func area() -> ColumnArea {
        var area = ColumnArea()
        area.append(planes: start, "start")
        area.append(startEscapes, "startx")
        area.append(planes: duration, "duration")
        area.append(durationEscapes, "durationx")
        area.append(planes: parent, "parent")
        area.append(missing, "missingx")
        area.append(service, "service")
        area.append(planes: name, "name")
        area.append(planes: group, "group")
        area.append(bits, "bits")
        return area
    }

    private mutating func reserve(_ count: Int) {
        start.reserveCapacity(count)
        duration.reserveCapacity(count)
        parent.reserveCapacity(count)
        service.reserveCapacity(count)
        name.reserveCapacity(count)
        group.reserveCapacity(count)
        bits.reserveCapacity(count)
    }

    private static func append(_ nanos: UInt64, to column: inout ContiguousArray<UInt32>, _ escapes: inout ContiguousArray<Double>) {
        if nanos < UInt64(escape) { return column.append(UInt32(nanos)) }
        column.append(escape)
        escapes.append(Double(nanos))
    }

    /// 0 a root, 1 missing, else zigzag of the distance to the parent's row, plus 2.
    private mutating func appendParent(_ place: Int32, of row: Int) {
        switch place {
        case -1: parent.append(0)
        case ..<(-1):
            let number = Int(-2 - place)
            parent.append(1)
            missing.append(UInt32(number))
            missingCount = max(missingCount, number + 1)
        default:
            let distance = row - Int(place)
            parent.append(UInt32(truncatingIfNeeded: (distance < 0 ? -2 * distance - 1 : 2 * distance) + 2))
        }
    }

    /// Bits 0–2 kind, 3–4 status, 5 has events, 6 has links, 7 ended before it started. Unknown numbers count as unspecified, unset.
    static func bits(of span: SpanRecord) -> UInt8 {
        let kind = SpanKind(rawValue: span.kind) ?? .unspecified
        let status = SpanStatus(rawValue: span.status) ?? .unset
        return UInt8(kind.rawValue) | UInt8(status.rawValue) << 3 | (span.events.isEmpty ? 0 : 32) | (span.links.isEmpty ? 0 : 64)
            | (span.endsBeforeStart ? 128 : 0)
    }
}
