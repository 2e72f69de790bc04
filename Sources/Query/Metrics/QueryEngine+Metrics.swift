internal import Store
internal import Synchronization
internal import TraceQL

extension QueryEngine {
    /// Series over the spans that start within the request's range.
    public func metrics(_ request: MetricsRequest, ticket: QueryTicket = QueryTicket()) throws(QueryFailure) -> MetricsAnswer {
        let intervals = Intervals(request)
        var state = MetricsRun(engine: self, request: request, intervals: intervals, scan: QueryScan(self, ticket: ticket))
        var result = try state.evaluate(request.expression, exemplars: request.exemplars)
        result.sort()
        var answer = MetricsAnswer(timesNanos: intervals.times, series: result, statistics: state.statistics, partial: state.scan.damages.words)
        if request.seriesLimit > 0, answer.series.count > request.seriesLimit {
            answer.series.removeSubrange(request.seriesLimit...)
            answer.partial = """
                Response exceeds maximum series limit of \(request.seriesLimit), a partial response is returned. \
                Warning: the accuracy of each individual value is not guaranteed.
                """
        }
        return answer
    }
}

/// The evaluation of one metrics request.
struct MetricsRun {
    let engine: QueryEngine
    let request: MetricsRequest
    let intervals: Intervals
    let scan: QueryScan
    var statistics = QueryStatistics()

    mutating func evaluate(_ expression: MetricsExpression, exemplars: Int) throws(QueryFailure) -> [MetricsSeries] {
        switch expression {
        case .scalar: throw .invalid("a constant alone is not a query")
        case .query(let pipeline, .compare(let selection, let top, let window), _):
            return try compare(pipeline, selection, top: top, window)
        case .query(let pipeline, let function, let grouping): return try series(pipeline, function, grouping, exemplars: exemplars)
        case .staged(let inner, let stages):
            var series = try evaluate(inner, exemplars: exemplars)
            for stage in stages { series = stage.apply(series) }
            return series
        case .arithmetic(let operation, .scalar(let left), .scalar(let right)): throw .invalid("\(operation.apply(left, right) ?? .nan) alone is not a query")
        case .arithmetic(let operation, .scalar(let left), let right): return try evaluate(right, exemplars: exemplars).mapValues { operation.apply(left, $0) }
        case .arithmetic(let operation, let left, .scalar(let right)): return try evaluate(left, exemplars: exemplars).mapValues { operation.apply($0, right) }
        case .arithmetic(let operation, let left, let right):
            // Exemplars are shared between the two sides.
            let left = try evaluate(left, exemplars: exemplars - exemplars / 2)
            return MetricsMath.combine(operation, left, try evaluate(right, exemplars: exemplars / 2))
        }
    }

    /// Runs `body` over every block in range, on as many threads as it is worth; what each thread made is handed to `merge`.
    mutating func overBlocks<Gathered: Sendable>(
        _ empty: Gathered, _ body: @escaping @Sendable (Block, inout Gathered) throws -> Void,
        merge: (Gathered) throws(QueryFailure) -> Void
    ) throws(QueryFailure) {
        let sources = scan.sources
        let intervals = intervals
        let ordinals = sources.indices.filter { sources[$0].spans > 0 && intervals.touches(minNanos: sources[$0].minNanos, maxNanos: sources[$0].maxNanos) }
        statistics.blockBytes += ordinals.reduce(0) { $0 + sources[$1].bytes }
        // Large blocks first, so that the threads end together; of like size neighbours together, which share traces.
        func rank(_ ordinal: Int) -> (Int, Int) { (-sources[ordinal].spans.leadingZeroBitCount, ordinal) }
        let work = BlockQueue<Gathered>(ordinals.sorted { rank($0) < rank($1) })
        let spans = ordinals.reduce(0) { $0 + sources[$1].spans }
        scan.run(threads: spans > 60_000 && ordinals.count > 1 ? 2 : 1) { reading in
            reading.gather(work, empty, body)
        }
        if let failure = work.failure { throw failure }
        for gathered in work.results { try merge(gathered) }
    }

    private mutating func series(
        _ pipeline: Pipeline, _ function: MetricsFunction, _ grouping: [Field], exemplars: Int
    ) throws(QueryFailure) -> [MetricsSeries] {
        let scan = MetricsScan(
            plan: try Plan(pipeline), function: function, grouping: grouping, intervals: intervals, exemplars: exemplars,
            extrapolates: request.extrapolates, memoryBytes: engine.limits.memoryBytes / 2)
        var total = scan.empty
        var seen = QueryStatistics()
        try overBlocks(scan.empty, { block, gathered in
            try scan.gather(block, into: &gathered)
        }, merge: { (gathered) throws(QueryFailure) in
            total.tally.merge(gathered.tally)
            try scan.check(total.tally)
            total.exemplars.merge(gathered.exemplars)
            seen.spans += gathered.statistics.spans
            seen.traces += gathered.statistics.traces
            seen.blocks += gathered.statistics.blocks
            seen.bytes += gathered.statistics.bytes
        })
        statistics.spans += seen.spans
        statistics.traces += seen.traces
        statistics.blocks += seen.blocks
        statistics.bytes += seen.bytes
        return SeriesMaker(scan).series(total)
    }
}

/// Blocks to look at, and what the threads made of them.
final class BlockQueue<Gathered: Sendable>: Sendable {
    private struct State {
        var waiting: [Int]
        var failure: QueryFailure?
        var results: [Gathered] = []
    }
    private let state: Mutex<State>

    init(_ ordinals: [Int]) { state = Mutex(State(waiting: ordinals)) }

    func next() -> Int? { state.withLock { $0.failure == nil ? $0.waiting.popLast() : nil } }
    func fail(_ failure: QueryFailure) { state.withLock { $0.failure = $0.failure ?? failure } }
    func add(_ result: Gathered) { state.withLock { $0.results.append(result) } }
    var failure: QueryFailure? { state.withLock { $0.failure } }
    var results: [Gathered] { state.withLock { $0.results } }
}
