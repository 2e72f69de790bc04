internal import Store
internal import Synchronization
internal import Trace

/// What is known of a trace over all its spans.
struct TraceFacts {
    /// Earliest start and latest end.
    var startNanos: UInt64
    var endNanos: UInt64
    var rootName: String?
    var rootService: String?
    /// Start and id of the span that gave the root: of several, the first counts.
    var rootStart: UInt64
}

extension Block {
    func traceID(_ trace: Int) throws -> TraceID {
        let group = group(ofTrace: trace)
        guard group < directory.groups.count else { throw BlockDamage.malformed(part: "traceID") }
        return try self.group(group).traceIDs()[trace - directory.groups[group].firstTrace]
    }

    /// The trace with everything that other blocks have of it.
    func whole(_ trace: Int) throws -> WholeTrace {
        let id = try traceID(trace)
        if isSplit(trace) { return try WholeTrace(id, try reading.parts(self, trace)) }
        let first = group(group(ofTrace: trace))
        if let piece = try first.piece(ofTrace: trace), piece.rows.upperBound < first.count || first.index + 1 == directory.groups.count
            || directory.groups[first.index + 1].carried == 0 {
            return WholeTrace(id, first, piece.rows)
        }
        return try WholeTrace(id, [(self, trace)])
    }

    /// Over all blocks.
    func facts(_ trace: Int) throws -> TraceFacts {
        if let known = knownFacts[trace] { return known }
        var facts = try ownFacts(trace)
        for part in try reading.parts(self, trace) where part.block !== self { facts.include(try part.block.ownFacts(part.trace)) }
        if knownFacts.count >= 4096 { knownFacts.removeAll(keepingCapacity: true) }      // who asks goes through the traces in order
        knownFacts[trace] = facts
        return facts
    }

    private func ownFacts(_ trace: Int) throws -> TraceFacts {
        let table = try table()
        guard trace < table.entries.count else { throw BlockDamage.malformed(part: "traceRows") }
        let entry = table.entries[trace]
        guard entry.rootName != TraceTable.none else {
            return TraceFacts(startNanos: entry.startNanos, endNanos: entry.endNanos, rootName: nil, rootService: nil, rootStart: .max)
        }
        return TraceFacts(
            startNanos: entry.startNanos, endNanos: entry.endNanos,
            rootName: try text(FixedColumn.name.rawValue).string(UInt64(entry.rootName), in: access),
            rootService: table.services[Int(entry.rootService)], rootStart: entry.rootStart)
    }
}

extension TraceFacts {
    mutating func include(_ other: TraceFacts) {
        startNanos = min(startNanos, other.startNanos)
        endNanos = max(endNanos, other.endNanos)
        if other.rootName != nil, rootName == nil || other.hasEarlierRoot(than: self) {
            rootName = other.rootName
            rootService = other.rootService
            rootStart = other.rootStart
        }
    }

    /// Of roots that start together the first by service and name counts, as in `TraceTable`.
    private func hasEarlierRoot(than other: TraceFacts) -> Bool {
        if rootStart != other.rootStart { return rootStart < other.rootStart }
        let service = rootService ?? "", otherService = other.rootService ?? ""
        if !service.utf8.elementsEqual(otherService.utf8) { return service.utf8.lexicographicallyPrecedes(otherService.utf8) }
        return (rootName ?? "").utf8.lexicographicallyPrecedes((other.rootName ?? "").utf8)
    }
}

extension Reading {
    /// Every block that has spans of `id`, oldest first, and the trace's number there.
    func parts(of id: TraceID) throws -> [(block: Block, trace: Int)] {
        var parts: [(block: Block, trace: Int)] = []
        for ordinal in sources.indices where sources[ordinal].mayContain(id) {
            guard let block = try openPart(ordinal) else { continue }
            if let trace = try block.find(id) { parts.append((block, trace)) }
        }
        return parts
    }
}

extension Block {
    /// The number of `id` among the block's traces.
    func find(_ id: TraceID) throws -> Int? {
        let groups = directory.groups
        var low = 0, high = groups.count
        while low < high {
            let middle = (low + high) / 2
            if groups[middle].firstTraceID < id || (groups[middle].firstTraceID == id && groups[middle].carried == 0) { low = middle + 1 } else { high = middle }
        }
        // The last group that begins at or before `id` with a trace of its own.
        var group = low - 1
        while group >= 0, directory.traces(of: group).isEmpty { group -= 1 }
        guard group >= 0 else { return nil }
        let ids = try self.group(group).traceIDs()
        var first = 0, end = ids.count
        while first < end {
            let middle = (first + end) / 2
            if ids[middle] < id { first = middle + 1 } else { end = middle }
        }
        return first < ids.count && ids[first] == id ? groups[group].firstTrace + first : nil
    }
}

/// Which traces have spans in more than one source. Shared by a query's threads.
final class TraceJoins: Sendable {
    private let lease: SourceLease
    private let index = Mutex<SplitIndex?>(nil)

    init(_ lease: SourceLease) { self.lease = lease }

    /// Asked for when first needed: many queries never do.
    var splits: SplitIndex {
        index.withLock { index in
            if let index { return index }
            let splits = lease.splits()
            index = splits
            return splits
        }
    }
}

extension Block {
    /// Whether another source has spans of the trace.
    func isSplit(_ trace: Int) -> Bool { !reading.splits.parts(of: ordinal, ordinal: trace).isEmpty }
}

extension Reading {
    /// The blocks that have spans of a block's trace, and its number in each.
    func parts(_ block: Block, _ trace: Int) throws -> [(block: Block, trace: Int)] {
        try splits.parts(of: block.ordinal, ordinal: trace).compactMap { part in
            try openPart(Int(part.source)).map { ($0, Int(part.ordinal)) }
        }
    }
}
