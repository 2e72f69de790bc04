internal import Trace

/// Looks traces up in one block in the order of their ids, decoding what a group holds once: several traces of a group cost
/// little more than one. Lives within one call of `BlockReader.read`.
struct TraceWalk {
    private let access: BlockAccess
    private var group = -1
    private var ids: [UInt8] = []
    /// Of `group`, once a trace of it was found: the rows of its traces, how many of them are summed up, and to what.
    private var rowCounts: [UInt64]?
    private var summed = (traces: 0, rows: 0)
    private var spanIDs: (group: Int, bytes: [UInt8])?
    private var kinds: (group: Int, values: [UInt64])?

    /// A trace that the block holds.
    struct Found {
        /// Its number in the block's order of traces.
        var ordinal: Int
        var group: Int
    }

    init(_ access: BlockAccess) { self.access = access }

    /// Finds `id`, which is greater than those asked for before; nil when the block has no such trace.
    mutating func find(_ id: TraceID) throws(BlockDamage) -> Found? {
        let groups = access.directory.groups
        var target = max(0, group)
        var next = target + 1
        while next < groups.count {
            // Rows carried over belong to a trace that began further up, and that all traces beginning here follow.
            let isAhead = groups[next].carried == 0 ? id < groups[next].firstTraceID : id <= groups[next].firstTraceID
            if isAhead { break }
            if !access.directory.traces(of: next).isEmpty { target = next }
            next += 1
        }
        guard target < groups.count else { return nil }
        let count = access.directory.traces(of: target).count
        if target != group {
            ids = try access.ids(.traceID, group: target, count: count, width: 16)
            group = target
            rowCounts = nil
            summed = (0, 0)
        }
        let index = ids.withUnsafeBytes { ids in
            var low = 0, high = count
            while low < high {
                let middle = (low + high) / 2
                if TraceID(wire: ids.baseAddress! + middle * 16) < id { low = middle + 1 } else { high = middle }
            }
            return low < count && TraceID(wire: ids.baseAddress! + low * 16) == id ? low : nil
        }
        return index.map { Found(ordinal: groups[target].firstTrace + $0, group: target) }
    }

    /// The span ids of a trace just found, a number each.
    mutating func spanIDs(of found: Found) throws(BlockDamage) -> [UInt64] {
        var result: [UInt64] = []
        for (group, rows) in try rows(of: found) {
            if spanIDs?.group != group {
                spanIDs = (group, try access.ids(.spanID, group: group, count: access.directory.rows(of: group).count, width: 8))
            }
            spanIDs?.bytes.withUnsafeBytes { bytes in
                for row in rows { result.append(UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: row * 8, as: UInt64.self))) }
            }
        }
        return result
    }

    /// The kinds that go with `spanIDs(of:)`.
    mutating func kinds(of found: Found) throws(BlockDamage) -> [UInt8] {
        var result: [UInt8] = []
        for (group, rows) in try rows(of: found) {
            if kinds?.group != group {
                kinds = (group, try access.numbers(.kindStatus, group: group, count: access.directory.rows(of: group).count))
            }
            if let values = kinds?.values { result += values[rows].map { UInt8(truncatingIfNeeded: $0) & 7 } }
        }
        return result
    }

    /// The trace's rows, counted from the start of each group that holds some.
    private mutating func rows(of found: Found) throws(BlockDamage) -> [(group: Int, rows: Range<Int>)] {
        let directory = access.directory
        precondition(found.group == group, "traces are looked up in the order of their ids")
        if rowCounts == nil { rowCounts = try access.numbers(.traceRows, group: group, count: directory.traces(of: group).count) }
        guard let rowCounts else { return [] }
        let index = found.ordinal - directory.groups[group].firstTrace
        if summed.traces > index { summed = (0, 0) }
        while summed.traces < index {
            summed.rows += Int(truncatingIfNeeded: rowCounts[summed.traces])
            summed.traces += 1
        }
        let first = directory.groups[group].firstRow + directory.groups[group].carried + summed.rows
        let (end, overflow) = first.addingReportingOverflow(Int(truncatingIfNeeded: rowCounts[index]))
        guard !overflow, first >= 0, end >= first, end <= directory.spans else { throw .malformed(part: "traceRows") }
        var parts: [(Int, Range<Int>)] = []
        var next = group
        while next < directory.groups.count {
            let all = directory.rows(of: next), wanted = (first..<end).clamped(to: all)
            if wanted.isEmpty { break }
            parts.append((next, wanted.lowerBound - all.lowerBound..<wanted.upperBound - all.lowerBound))
            next += 1
        }
        return parts
    }
}
