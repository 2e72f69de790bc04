internal import SelfStats
internal import Synchronization
internal import Trace

extension Store {
    /// Traces newest first, exact over memory and blocks: a trace in several of them is joined before it is listed.
    public func recentTraces(_ query: RecentQuery) throws(StoreError) -> RecentPage {
        counters.listReads.add()
        let sequence = intake.withLock { $0.sequence - 1 }
        let sources = sources()
        let asOf = query.asOf ?? sequence
        var merge = RecentMerge(self, sources, query, asOf: asOf)
        let traces = merge.page()
        return RecentPage(asOf: asOf, traces: traces, more: merge.hasMore, inspectedTraces: merge.inspectedTraces, inspectedBytes: merge.inspectedBytes)
    }
}

/// Merges the blocks' lists, each newest first, into one, opening blocks only as far back as the page reaches.
///
/// A trace is met first in the block that holds its latest-starting part. It is then joined with its parts elsewhere: when that
/// moves its start back, it waits until the merge has come down to there.
private struct RecentMerge {
    private enum Part {
        case memory(BlockReader)
        case disk(StoredBlock)
    }

    private struct Lane {
        var part: Part
        var table: TraceTable
        var next = 0
    }

    /// Trace parts not yet joined or whose true start lies further back.
    private struct Pending {
        var summary: TraceSummary
        var passes: Bool
    }

    private let store: Store
    private let query: RecentQuery
    private let words: String?
    private var unopened: [(maxNanos: UInt64, part: Part)]     // latest last
    private let all: [Part]
    /// Keeps the blocks on disk while they are read.
    private let sources: SourceLease
    private var lanes: [Lane] = []
    private var pending: [Pending] = []                         // newest last
    private var seen: Set<TraceID> = []
    private(set) var hasMore = false
    private(set) var inspectedTraces = 0
    private(set) var inspectedBytes = 0

    init(_ store: Store, _ sources: SourceLease, _ query: RecentQuery, asOf: UInt64) {
        self.store = store
        self.sources = sources
        self.query = query
        words = query.text.map { $0.lowercased() }.flatMap { $0.isEmpty ? nil : $0 }
        let memory = sources.memory.filter { $0.firstSequence <= asOf }.map { (maxNanos: $0.directory.times.maxNanos, part: Part.memory($0)) }
        let disk = sources.blocks.filter { $0.summary.firstSequence <= asOf }.map { (maxNanos: $0.maxNanos, part: Part.disk($0)) }
        all = (memory + disk).map(\.part)
        unopened = (memory + disk).filter { item in
            guard query.fromNanos.map({ item.maxNanos >= $0 }) ?? true else { return false }
            guard case .disk(let block) = item.part else { return true }
            if let before = query.before, block.minNanos > before.startNanos { return false }
            if let to = query.toNanos, block.minNanos > to { return false }
            return query.service.map { block.summary.mayContain(service: $0) } ?? true
        }.sorted { $0.maxNanos < $1.maxNanos }
    }

    mutating func page() -> [TraceSummary] {
        var page: [TraceSummary] = []
        while let summary = next() {
            if page.count == query.limit {
                hasMore = true
                break
            }
            page.append(summary)
        }
        return page
    }

    private mutating func next() -> TraceSummary? {
        while true {
            let lane = newestLane()
            let candidate = lane.map { lanes[$0].table.entries[Int(lanes[$0].table.newestFirst[lanes[$0].next])] }
            let floor = max(candidate?.startNanos ?? 0, unopened.last?.maxNanos ?? 0)
            if let last = pending.last, last.summary.startNanos > floor || (candidate == nil && unopened.isEmpty)
                || (last.summary.startNanos == floor && unopened.isEmpty && candidate.map { last.summary.id > $0.id } ?? true) {
                pending.removeLast()
                if last.passes { return last.summary }
                continue
            }
            if let unopenedMax = unopened.last?.maxNanos, candidate.map({ $0.startNanos <= unopenedMax }) ?? true {
                open(unopened.removeLast().part)
                continue
            }
            guard let lane, let candidate else { return nil }
            lanes[lane].next += 1
            if let from = query.fromNanos, candidate.startNanos < from { return nil }   // everything further is older
            consider(candidate, of: lane)
        }
    }

    private func newestLane() -> Int? {
        var best: Int?
        for index in lanes.indices where lanes[index].next < lanes[index].table.newestFirst.count {
            guard let known = best else {
                best = index
                continue
            }
            let a = entry(index), b = entry(known)
            if a.startNanos > b.startNanos || (a.startNanos == b.startNanos && a.id > b.id) { best = index }
        }
        return best
    }

    private func entry(_ lane: Int) -> TraceTable.Entry { lanes[lane].table.entries[Int(lanes[lane].table.newestFirst[lanes[lane].next])] }

    private mutating func open(_ part: Part) {
        do {
            let table = try reader(part).traceTable()
            inspectedTraces += table.entries.count
            inspectedBytes += table.inspectedBytes
            var lane = Lane(part: part, table: table)
            if let newest = [query.toNanos, query.before?.startNanos].compactMap({ $0 }).min() {
                // Straight to the first trace that may be listed.
                var low = 0, high = table.newestFirst.count
                while low < high {
                    let middle = (low + high) / 2
                    if table.entries[Int(table.newestFirst[middle])].startNanos > newest { low = middle + 1 } else { high = middle }
                }
                // A part that starts later may still belong to a trace that starts within: that is met by its first part.
                lane.next = low
            }
            lanes.append(lane)
        } catch {
            if case .disk(let block) = part { _ = store.note(error, block.id) }
        }
    }

    private func reader(_ part: Part) throws -> BlockReader {
        switch part {
        case .memory(let reader): reader
        case .disk(let block): try sources.reader(block)
        }
    }

    /// Joins a trace met in one block with its parts elsewhere and enters it as pending, unless no part of it can pass the filter.
    private mutating func consider(_ entry: TraceTable.Entry, of lane: Int) {
        guard !seen.contains(entry.id), mayPass(entry, lanes[lane].table) else { return }
        seen.insert(entry.id)
        guard let summary = join(entry.id) else { return }
        if let before = query.before {
            let isOlder = summary.startNanos != before.startNanos ? summary.startNanos < before.startNanos : summary.id < before.id
            if !isOlder { return }
        }
        if let to = query.toNanos, summary.startNanos > to { return }
        if let from = query.fromNanos, summary.startNanos < from { return }
        let item = Pending(summary: summary, passes: passes(summary))
        let place = pending.firstIndex { $0.summary.startNanos != summary.startNanos ? $0.summary.startNanos > summary.startNanos : $0.summary.id > summary.id }
        pending.insert(item, at: place ?? pending.count)
    }

    /// Whether some part of the trace has what the filter asks of parts, the one it was met in first.
    private func mayPass(_ entry: TraceTable.Entry, _ table: TraceTable) -> Bool {
        guard query.service != nil || query.errorsOnly else { return true }
        return hasWanted(entry, table) || all.contains { part in
            if case .disk(let block) = part {
                guard block.bloom.mayContain(entry.id), query.service.map({ block.summary.mayContain(service: $0) }) ?? true else { return false }
            }
            guard let table = try? reader(part).traceTable(), let other = table.entry(entry.id) else { return false }
            return hasWanted(other, table)
        }
    }

    private func hasWanted(_ entry: TraceTable.Entry, _ table: TraceTable) -> Bool {
        if let service = query.service { return table.counts(of: entry).contains { table.services[Int($0.service)] == service } }
        return !query.errorsOnly || entry.errors > 0
    }

    private func passes(_ summary: TraceSummary) -> Bool {
        if query.errorsOnly, summary.errors == 0 { return false }
        if let service = query.service, !summary.services.contains(where: { $0.service.name == service }) { return false }
        let duration = summary.endNanos - min(summary.startNanos, summary.endNanos)
        if let low = query.minDurationNanos, duration < low { return false }
        if let high = query.maxDurationNanos, duration > high { return false }
        guard let words else { return true }
        return summary.rootName?.lowercased().contains(words) == true || summary.services.contains { $0.service.name.lowercased().contains(words) }
            || summary.firstName.lowercased().contains(words) || summary.id.hex.contains(words)
    }

    private mutating func join(_ id: TraceID) -> TraceSummary? {
        var parts: [(reader: BlockReader, table: TraceTable, entry: TraceTable.Entry)] = []
        for part in all {
            if case .disk(let block) = part, !block.bloom.mayContain(id) { continue }
            do {
                let reader = try reader(part)
                let table = try reader.traceTable()
                if let entry = table.entry(id) { parts.append((reader, table, entry)) }
            } catch {
                if case .disk(let block) = part { _ = store.note(error, block.id) }
            }
        }
        guard !parts.isEmpty else { return nil }
        do {
            return try summary(id, parts)
        } catch {
            _ = store.note(error, 0)
            return nil
        }
    }

    private func summary(_ id: TraceID, _ parts: [(reader: BlockReader, table: TraceTable, entry: TraceTable.Entry)]) throws -> TraceSummary {
        let first = parts.min { $0.entry.startNanos < $1.entry.startNanos } ?? parts[0]
        let root = parts.filter { $0.entry.rootName != TraceTable.none }.min { $0.entry.rootStart < $1.entry.rootStart }
        var counts: [String: (spans: Int, errors: Int)] = [:]
        for part in parts {
            for count in part.table.counts(of: part.entry) {
                counts[part.table.services[Int(count.service)], default: (0, 0)].spans += Int(count.spans)
                counts[part.table.services[Int(count.service)], default: (0, 0)].errors += Int(count.errors)
            }
        }
        func name(_ part: (reader: BlockReader, table: TraceTable, entry: TraceTable.Entry), _ code: UInt32) throws -> String {
            try part.reader.read { access in
                var lookup = TextLookup(FixedColumn.name.rawValue)
                return try lookup.string(Int(code), in: access)
            }
        }
        return TraceSummary(
            id: id, startNanos: first.entry.startNanos, endNanos: parts.map(\.entry.endNanos).max() ?? 0,
            spans: parts.reduce(0) { $0 + Int($1.entry.spans) }, errors: parts.reduce(0) { $0 + Int($1.entry.errors) },
            rootService: root.map { $0.table.services[Int($0.entry.rootService)] }, rootName: try root.map { try name($0, $0.entry.rootName) },
            firstService: first.table.services[Int(first.entry.firstService)], firstName: try name(first, first.entry.firstName),
            services: counts.map { .init(service: store.registry.slot($0.key), spans: $0.value.spans, errors: $0.value.errors) }.sorted(by: Self.order))
    }

    private static func order(_ a: TraceSummary.ServiceCount, _ b: TraceSummary.ServiceCount) -> Bool {
        a.spans != b.spans ? a.spans > b.spans : a.service.name < b.service.name
    }
}
