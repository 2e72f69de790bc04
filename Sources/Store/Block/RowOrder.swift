internal import Trace

/// The rows of a head in the order of a block: traces by id, the spans of a trace by start, then arrival; repeated spans left out.
struct RowOrder {
    /// Staged row of each block row.
    private(set) var rows: [UInt32] = []
    /// Staged trace and first block row of each block trace; `firstRows` has one more entry, the number of rows.
    private(set) var traces: [UInt32] = []
    private(set) var firstRows: [UInt32] = []
    /// For each block row: 0 root, 1 no such span here, else zigzag(row - parent's row) + 2.
    private(set) var parents: [UInt64] = []
    /// The start of each block trace's first row.
    private(set) var startNanos: [UInt64] = []
    private(set) var duplicates = 0

    private struct Item: BitwiseCopyable {
        var startNanos: UInt64
        var spanID: UInt64
        var parentID: UInt64
        var row: UInt32
        var kind: UInt8

        @inline(__always) init(_ span: StagedSpan, row: UInt32) {
            startNanos = span.startNanos
            spanID = span.spanID
            parentID = span.parentID
            self.row = row
            kind = span.kindAndStatus & 7
        }
    }

    /// Orders the staged rows `range` of `head`.
    init(_ head: HeadView, _ range: Range<Int>) {
        let counts = Self.count(head, range)
        var named = counts.indices.filter { counts[$0] > 0 }.map { (id: head.traces[$0], number: UInt32($0)) }
        named.sort { $0.id < $1.id }
        traces = named.map(\.number)

        var next = [UInt32](repeating: 0, count: counts.count)
        var starts: [UInt32] = []
        starts.reserveCapacity(traces.count + 1)
        var total: UInt32 = 0
        for trace in traces {
            next[Int(trace)] = total
            starts.append(total)
            total += counts[Int(trace)]
        }
        starts.append(total)
        // What ordering needs is copied while the rows are read in the order they lie in; fetching it later would be a wait per row.
        var bucketed = GrowBuffer<Item>(capacity: Int(total))       // its memory is at hand: the head before this one used it
        let items = bucketed.extend(by: Int(total))
        for row in range {
            let span = head.spans[row]
            let place = Int(next[Int(span.trace)])
            next[Int(span.trace)] &+= 1
            (items + place).initialize(to: Item(span, row: UInt32(truncatingIfNeeded: row)))
        }

        rows.reserveCapacity(Int(total))
        parents.reserveCapacity(Int(total))
        firstRows.reserveCapacity(starts.count)
        var index = SpanIndex()
        for trace in traces.indices {
            let bucket = UnsafeMutableBufferPointer(start: items + Int(starts[trace]), count: Int(starts[trace + 1] - starts[trace]))
            Self.sort(bucket)
            firstRows.append(UInt32(rows.count))
            startNanos.append(bucket[0].startNanos)
            appendTrace(bucket, index: &index)
        }
        withExtendedLifetime(bucketed) {}
        firstRows.append(UInt32(rows.count))
    }

    private init() {}

    /// The same order without the staged rows `left`, which count as duplicates.
    func leavingOut(_ left: Set<UInt32>, of head: HeadView) -> RowOrder {
        var result = RowOrder()
        var index = SpanIndex()
        for trace in traces.indices {
            var bucket = rows[Int(firstRows[trace])..<Int(firstRows[trace + 1])].filter { !left.contains($0) }.map { Item(head.spans[Int($0)], row: $0) }
            guard let first = bucket.first else { continue }
            result.traces.append(traces[trace])
            result.firstRows.append(UInt32(result.rows.count))
            result.startNanos.append(first.startNanos)
            bucket.withUnsafeMutableBufferPointer { result.appendTrace($0, index: &index) }
        }
        result.firstRows.append(UInt32(result.rows.count))
        result.duplicates = duplicates + left.count
        return result
    }

    private static func count(_ head: HeadView, _ range: Range<Int>) -> [UInt32] {
        var counts = [UInt32](repeating: 0, count: head.traces.count)
        counts.withUnsafeMutableBufferPointer { counts in
            for row in range { counts[Int(head.spans[row].trace)] &+= 1 }
        }
        return counts
    }

    /// By start, then arrival. Insertion for the common short, nearly sorted case.
    private static func sort(_ bucket: UnsafeMutableBufferPointer<Item>) {
        var bucket = bucket
        if bucket.count > 64 {
            bucket.sort { $0.startNanos != $1.startNanos ? $0.startNanos < $1.startNanos : $0.row < $1.row }
            return
        }
        for index in bucket.indices.dropFirst() {
            let item = bucket[index]
            var place = index
            while place > 0, bucket[place - 1].startNanos > item.startNanos {
                bucket[place] = bucket[place - 1]
                place -= 1
            }
            bucket[place] = item
        }
    }

    private mutating func appendTrace(_ bucket: UnsafeMutableBufferPointer<Item>, index: inout SpanIndex) {
        index.clear(expecting: bucket.count)
        let first = rows.count
        var kept = 0
        for item in bucket {
            if index.insert(item.spanID, row: rows.count) != nil {
                // The same id again: an exporter's retry, unless the kinds differ (a client and a server may share one).
                if bucket[..<kept].contains(where: { $0.spanID == item.spanID && $0.kind == item.kind }) {
                    duplicates += 1
                    continue
                }
                // Of a client and a server with one id, the server is the one that has children.
                if item.kind == UInt8(SpanKind.server.rawValue) { index.replace(item.spanID, row: rows.count) }
            }
            rows.append(item.row)
            bucket[kept] = item
            kept += 1
        }
        for place in 0..<kept {
            let parent = bucket[place].parentID
            guard parent != 0 else {
                parents.append(0)
                continue
            }
            parents.append(index.row(parent).map { zigzag(Int64(first + place - $0)) + 2 } ?? 1)
        }
    }
}

/// Row by span id within one trace: open addressing whose slots carry the trace they were filled for, so clearing is free.
struct SpanIndex {
    private struct Slot {
        var id: UInt64 = 0
        var row: UInt32 = 0
        var epoch: UInt32 = 0
    }
    private var slots = [Slot](repeating: Slot(), count: 1024)
    private var epoch: UInt32 = 0

    mutating func clear(expecting count: Int) {
        epoch += 1
        if count * 2 > slots.count { slots = [Slot](repeating: Slot(), count: (count * 2).nextPowerOfTwo) }
    }

    /// Enters `row` under `id`, or returns the row that has it already.
    @inline(__always) mutating func insert(_ id: UInt64, row: Int) -> Int? {
        var slot = place(id)
        while slots[slot].epoch == epoch {
            if slots[slot].id == id { return Int(slots[slot].row) }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Slot(id: id, row: UInt32(truncatingIfNeeded: row), epoch: epoch)
        return nil
    }

    /// Gives `id`, which is there, another row.
    mutating func replace(_ id: UInt64, row: Int) {
        var slot = place(id)
        while slots[slot].id != id || slots[slot].epoch != epoch { slot = (slot + 1) & (slots.count - 1) }
        slots[slot].row = UInt32(truncatingIfNeeded: row)
    }

    @inline(__always) func row(_ id: UInt64) -> Int? {
        var slot = place(id)
        while slots[slot].epoch == epoch {
            if slots[slot].id == id { return Int(slots[slot].row) }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    @inline(__always) private func place(_ id: UInt64) -> Int {
        Int(truncatingIfNeeded: (id &* 0x9E37_79B9_7F4A_7C15) >> 32) & (slots.count - 1)
    }
}

extension Int {
    var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
