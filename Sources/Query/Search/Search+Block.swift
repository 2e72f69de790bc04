internal import Store
internal import Trace
internal import TraceQL

/// A block's traces, newest first, judged until no further one can be in the answer.
extension Search {
    private struct Candidate {
        var trace: Int
        var startNanos: UInt64
    }

    /// Adds what is found in `block`. False when a block turned out to be damaged, and was left out: then it is to be asked again.
    func judge(_ block: Block) throws -> Bool {
        let reading = block.reading
        do {
            try reading.checkCancelled()
            let before = block.access.inspectedBytes
            let traces = try look(in: block)
            count(traces: traces, spans: block.directory.spans, bytes: block.access.inspectedBytes - before)
            return true
        } catch let failure as QueryFailure {
            throw failure
        } catch {
            guard reading.skipDamaged(error) else { throw error }
            return false
        }
    }

    /// Adds what is found in `block`; returns how many traces it looked at.
    private func look(in block: Block) throws -> Int {
        let table = try block.table()
        var candidates: [Candidate] = []
        // Out of range, only traces that go on in other sources may touch it.
        let isInRange = request.touches(block.source)
        let split = isInRange ? [] : block.reading.splits.ordinals(of: block.ordinal).map(Int.init)
        for index in block.directory.groups.indices {
            try block.reading.checkCancelled()
            let group = block.group(index)
            if !isInRange, !(try group.traces().contains { Self.contains(split, $0.trace) }) { continue }
            let floor = floorNanos
            let hits = try rowMask(group)
            if let hits, hits.isNone { continue }
            for piece in try group.traces() {
                let start = table.entries[piece.trace].startNanos
                if start < floor || !isInRange && !Self.contains(split, piece.trace) { continue }
                if let hits {
                    if hits.contains(in: piece.rows) { append(piece.trace, start) }
                } else {
                    let isWhole = !block.isSplit(piece.trace) && table.entries[piece.trace].spans == UInt32(piece.rows.count)
                    if try mayMatch(group, piece.rows, isWhole: isWhole) { append(piece.trace, start) }
                }
            }
        }
        func append(_ trace: Int, _ start: UInt64) {
            if candidates.last?.trace != trace { candidates.append(Candidate(trace: trace, startNanos: start)) }
        }
        candidates.sort { $0.startNanos != $1.startNanos ? $0.startNanos > $1.startNanos : $0.trace > $1.trace }
        for candidate in candidates {
            try block.reading.checkCancelled()
            if candidate.startNanos < floorNanos { break }
            try judge(block, candidate.trace)
        }
        return table.entries.count
    }

    private static func contains(_ sorted: [Int], _ trace: Int) -> Bool {
        var low = 0, high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < trace { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] == trace
    }

    /// The spans that make a trace match, where single spans decide.
    private func rowMask(_ group: Group) throws -> Mask? {
        switch plan {
        case .traceQL(let plan): return plan.isRowWise ? try plan.mask(group) : nil
        case .tags(let filters, _):
            if filters.isEmpty { return .all }
            return filters.count == 1 ? try group.mask(filters[0]) : nil
        }
    }

    private func mayMatch(_ group: Group, _ rows: Range<Int>, isWhole: Bool) throws -> Bool {
        switch plan {
        case .traceQL(let plan):
            return try plan.mayMatch(group, rows, isWhole: isWhole)
        case .tags(let filters, _):
            for filter in filters where try group.mask(filter).contains(in: rows) { return true }
            return false
        }
    }

    private func judge(_ block: Block, _ trace: Int) throws {
        let facts = try block.facts(trace)
        guard facts.startNanos >= floorNanos, request.touches(facts) else { return }
        let id = try block.traceID(trace)
        guard claim(id) else { return }
        do { try judge(block, trace, id, facts) } catch {
            release(id)
            throw error
        }
    }

    private func judge(_ block: Block, _ trace: Int, _ id: TraceID, _ facts: TraceFacts) throws {
        let whole = try block.whole(trace)
        switch plan {
        case .traceQL(let plan):
            let spansets = try plan.evaluate(whole)
            if !spansets.isEmpty { try add(try describe(whole, facts, spansets, plan.fields)) }
        case .tags(let filters, let tags):
            for filter in filters where try whole.spans(filter).isEmpty { return }
            let duration = facts.endNanos - facts.startNanos
            if let least = tags.minDurationNanos, duration < least { return }
            if let most = tags.maxDurationNanos, duration > most { return }
            try add(try describe(whole, facts, [], []))
        }
    }

    private func describe(_ trace: WholeTrace, _ facts: TraceFacts, _ spansets: [Spanset], _ fields: [Field]) throws -> FoundTrace {
        FoundTrace(
            id: trace.id, rootService: facts.rootService, rootName: facts.rootName, startNanos: facts.startNanos,
            durationNanos: facts.endNanos - facts.startNanos, services: try services(trace),
            spansets: try spansets.map { try describe($0, trace, fields) })
    }

    private func services(_ trace: WholeTrace) throws -> [FoundTrace.Service] {
        var services: [String: FoundTrace.Service] = [:]
        var last = -1
        for piece in trace.pieces where piece.group.block.ordinal != last {
            last = piece.group.block.ordinal
            let table = try piece.group.block.table()
            guard let entry = table.entry(trace.id) else { continue }
            for count in table.counts(of: entry) {
                let name = table.services[Int(count.service)]
                services[name, default: .init(name: name, spans: 0, errors: 0)].spans += Int(count.spans)
                services[name]!.errors += Int(count.errors)
            }
        }
        return services.values.sorted { $0.name < $1.name }
    }

    private func describe(_ spanset: Spanset, _ trace: WholeTrace, _ fields: [Field]) throws -> FoundTrace.Spanset {
        let members = try trace.sorted().lazy.map(Int.init).filter { spanset.spans.contains($0) }.prefix(request.spansPerSpanset)
        return FoundTrace.Spanset(
            matched: spanset.spans.size, spans: try members.map { try describe($0, trace, fields) }, attributes: spanset.attributes)
    }

    private func describe(_ span: Int, _ trace: WholeTrace, _ fields: [Field]) throws -> FoundTrace.Span {
        let (group, row) = trace.place(span)
        var found = FoundTrace.Span(
            id: SpanID(bits: try group.spanIDs()[row]), name: nil, startNanos: try group.starts()[row], durationNanos: try group.numbers(.duration)[row],
            attributes: [])
        for field in fields {
            switch field {
            case .intrinsic(.name):
                if case .string(let name) = try group.block.field(field).value(group, row) { found.name = name }
            case .intrinsic(.duration), .intrinsic(.traceDuration), .intrinsic(.rootName), .intrinsic(.rootServiceName), .intrinsic(.traceID), .intrinsic(.spanID):
                break                    // they have places of their own
            default:
                let value = try group.block.field(field).spanValue(group, row)
                let name = field.attributeName
                if value != .none, !found.attributes.contains(where: { $0.name == name }) { found.attributes.append(NamedValue(name, value)) }
            }
        }
        return found
    }
}
