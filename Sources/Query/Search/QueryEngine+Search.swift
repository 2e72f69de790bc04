internal import Store
internal import Synchronization
internal import Trace
internal import TraceQL

/// The sources of one query, newest first, handed to its threads one by one.
final class Search: Sendable {
    let plan: SearchPlan
    let request: SearchRequest
    let sources: [ColumnSource]
    private let state: Mutex<State>

    struct State {
        /// Places in `sources` not yet begun, the latest bound last.
        var waiting: [Int]
        /// Sources that a thread is at.
        var running: Set<Int> = []
        /// Newest first, at most as many as wanted.
        var found: [FoundTrace] = []
        var seen: Set<TraceID> = []
        /// What `found` and the answer written from it take.
        var bytes = 0
        var delivered = 0
        var failure: QueryFailure?
        var statistics = QueryStatistics()
    }

    /// Of what is found.
    private let memoryBytes: Int

    init(_ plan: SearchPlan, _ request: SearchRequest, _ sources: [ColumnSource], ordinals: [Int], memoryBytes: Int) {
        self.memoryBytes = memoryBytes
        self.plan = plan
        self.request = request
        self.sources = sources
        var state = State(waiting: ordinals.sorted { (sources[$0].maxNanos, $0) < (sources[$1].maxNanos, $1) })
        state.statistics.blocks = ordinals.count
        state.statistics.blockBytes = ordinals.reduce(0) { $0 + sources[$1].bytes }
        self.state = Mutex(state)
    }

    /// The next source to look at; nil when nothing that is left can change the answer.
    func next() -> Int? {
        state.withLock { state in
            guard state.failure == nil, let ordinal = state.waiting.popLast() else { return nil }
            if state.found.count >= request.limit, state.found[request.limit - 1].startNanos > sources[ordinal].maxNanos {
                state.waiting = []
                return nil
            }
            state.running.insert(ordinal)
            return ordinal
        }
    }

    func finished(_ ordinal: Int) { state.withLock { _ = $0.running.remove(ordinal) } }

    func fail(_ failure: QueryFailure) { state.withLock { $0.failure = $0.failure ?? failure } }

    /// A trace that starts earlier cannot be in the answer any more.
    var floorNanos: UInt64 {
        state.withLock { $0.found.count >= request.limit ? $0.found[request.limit - 1].startNanos : 0 }
    }

    /// Whether `id` comes here for the first time: a trace of several sources is judged once.
    func claim(_ id: TraceID) -> Bool { state.withLock { $0.seen.insert(id).inserted } }

    /// Takes a claim back: the trace could not be judged.
    func release(_ id: TraceID) { state.withLock { _ = $0.seen.remove(id) } }

    func add(_ trace: FoundTrace) throws(QueryFailure) {
        let isWithinMemory = state.withLock { state in
            var low = 0, high = state.found.count
            while low < high {
                let middle = (low + high) / 2
                if Self.isNewer(state.found[middle], trace) { low = middle + 1 } else { high = middle }
            }
            state.found.insert(trace, at: low)
            state.bytes += trace.answerBytes
            if state.found.count > request.limit { state.bytes -= state.found.removeLast().answerBytes }
            return state.bytes <= memoryBytes
        }
        if isWithinMemory { return }
        let advice = "ask for fewer of them (limit), fewer spans of each (spss) or a shorter range"
        throw .tooLarge("the traces that are found take more than \(memoryBytes >> 20) MiB: \(advice)")
    }

    static func isNewer(_ a: FoundTrace, _ b: FoundTrace) -> Bool { a.startNanos != b.startNanos ? a.startNanos > b.startNanos : a.id > b.id }

    func count(traces: Int, spans: Int, bytes: Int) {
        state.withLock { state in
            state.statistics.traces += traces
            state.statistics.spans += spans
            state.statistics.bytes += bytes
        }
    }

    /// Traces not handed out yet that nothing can come before any more.
    func settled() -> [FoundTrace] {
        state.withLock { state in
            let bound = (state.waiting.suffix(1) + state.running).map { sources[$0].maxNanos }.max()
            let end = bound.map { bound in state.found.firstIndex { $0.startNanos <= bound } ?? state.found.count } ?? state.found.count
            guard end > state.delivered else { return [] }
            defer { state.delivered = end }
            return Array(state.found[state.delivered..<end])
        }
    }

    var outcome: (found: [FoundTrace], failure: QueryFailure?, statistics: QueryStatistics) { state.withLock { ($0.found, $0.failure, $0.statistics) } }
}

/// What a search looks for.
enum SearchPlan: Sendable {
    case traceQL(Plan)
    case tags([Filter], TagSearch)
}

extension QueryEngine {
    /// - Parameter found: is handed each trace once, newest first, as soon as it is certain to be in the answer; it may be slow
    ///   (streaming) and may cancel the ticket.
    public func search(
        _ request: SearchRequest, ticket: QueryTicket = QueryTicket(), found: (FoundTrace) -> Void = { _ in }
    ) throws(QueryFailure) -> SearchAnswer {
        if request.limit < 1 { return SearchAnswer(traces: [], statistics: QueryStatistics(), partial: nil) }
        let plan: SearchPlan
        switch request.condition {
        case .traceQL(let pipeline): plan = .traceQL(try Plan(pipeline))
        case .tags(let tags): plan = .tags(try tags.filters(), tags)
        }
        let scan = QueryScan(self, ticket: ticket)
        let ordinals = request.ordinals(scan)
        let search = Search(plan, request, scan.sources, ordinals: ordinals, memoryBytes: limits.memoryBytes / 2)
        let work = ordinals.reduce(0) { $0 + scan.sources[$1].spans }
        scan.run(threads: work > 60_000 && ordinals.count > 1 ? 2 : 1, keptGroups: 10, between: { search.settled().forEach(found) }) { reading in
            while let ordinal = search.next() {
                defer { search.finished(ordinal) }
                do {
                    while let block = try reading.openBlock(ordinal), !(try search.judge(block)) {}
                } catch let failure as QueryFailure {
                    search.fail(failure)
                } catch {
                    search.fail(.unreadable("\(error)"))
                }
                reading.close(ordinal)
            }
        }
        let outcome = search.outcome
        if let failure = outcome.failure { throw failure }
        search.settled().forEach(found)
        return SearchAnswer(traces: outcome.found, statistics: outcome.statistics, partial: scan.damages.words)
    }
}

extension FoundTrace {
    /// What it takes here and in an answer, where every spanset is written and the first one twice.
    fileprivate var answerBytes: Int {
        var bytes = 512 + services.count * 128
        for (index, spanset) in spansets.enumerated() {
            let copies = index == 0 ? 2 : 1
            bytes += 128 + copies * spanset.attributes.answerBytes
            for span in spanset.spans { bytes += 64 + copies * (112 + (span.name?.utf8.count ?? 0) + span.attributes.answerBytes) }
        }
        return bytes
    }
}

extension [NamedValue] {
    fileprivate var answerBytes: Int {
        reduce(0) { bytes, one in
            if case .string(let text) = one.value { bytes + 96 + one.name.utf8.count + text.utf8.count } else { bytes + 128 + one.name.utf8.count }
        }
    }
}

extension SearchRequest {
    /// Whether a trace of the source may be in range.
    func touches(_ source: ColumnSource) -> Bool {
        if let fromNanos, source.maxNanos < fromNanos { return false }
        if let toNanos, source.minNanos > toNanos { return false }
        return true
    }

    /// The sources to look at: those in range, and those out of it that have parts of a trace which as a whole touches the range.
    func ordinals(_ scan: QueryScan) -> [Int] {
        let filled = scan.sources.indices.filter { scan.sources[$0].spans > 0 }
        var ordinals = Set(filled.filter { touches(scan.sources[$0]) })
        if ordinals.count == filled.count { return filled }
        let splits = scan.joins.splits
        for ordinal in filled where !ordinals.contains(ordinal) && splits.count(of: ordinal) > 0 {
            let isNeeded = (0..<splits.count(of: ordinal)).contains { index in
                let parts = splits.parts(of: ordinal, at: index)
                return (fromNanos.map { from in parts.contains { scan.sources[Int($0.source)].maxNanos >= from } } ?? true)
                    && (toNanos.map { to in parts.contains { scan.sources[Int($0.source)].minNanos <= to } } ?? true)
            }
            if isNeeded { ordinals.insert(ordinal) }
        }
        return ordinals.sorted()
    }

    func touches(_ facts: TraceFacts) -> Bool {
        if let fromNanos, facts.endNanos < fromNanos { return false }
        if let toNanos, facts.startNanos > toNanos { return false }
        return true
    }
}
