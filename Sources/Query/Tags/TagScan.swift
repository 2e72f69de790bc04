internal import Store
internal import Synchronization
internal import TraceQL

/// The blocks that a request about tags is about.
struct TagScan {
    let filter: Filter?
    private let scan: QueryScan
    private let ordinals: [Int]
    private(set) var statistics = QueryStatistics()

    init(_ engine: QueryEngine, _ request: TagRequest, _ ticket: QueryTicket) throws(QueryFailure) {
        scan = QueryScan(engine, ticket: ticket)
        let all = SearchRequest(condition: .tags(TagSearch(tags: [])), fromNanos: request.fromNanos, toNanos: request.toNanos)
        let sources = scan.sources
        ordinals = sources.indices.filter { sources[$0].spans > 0 && all.touches(sources[$0]) }
        if let alternatives = request.filter {
            var compiler = PlanCompiler()
            let ors = alternatives.compactMap { $0.reduce(nil) { left, right in left.map { .and($0, right) } ?? right } }
            guard let first = ors.first else {
                filter = nil
                return
            }
            filter = try compiler.filter(ors.dropFirst().reduce(first) { .or($0, $1) })
        } else {
            filter = nil
        }
    }

    mutating func run<Gathered: Sendable>(
        _ empty: Gathered, _ body: @escaping @Sendable (TagScan, Block, inout Gathered) throws -> Void, merge: (inout Gathered, Gathered) throws(QueryFailure) -> Void
    ) throws(QueryFailure) -> Gathered {
        let work = BlockQueue<Gathered>(ordinals)
        let spans = ordinals.reduce(0) { $0 + scan.sources[$1].spans }
        let copy = self
        let bytes = Mutex(0)
        scan.run(threads: spans > 400_000 && ordinals.count > 1 ? 2 : 1) { reading in
            reading.gather(work, empty) { block, gathered in
                try body(copy, block, &gathered)
                bytes.withLock { $0 += block.access.inspectedBytes }
            }
        }
        if let failure = work.failure { throw failure }
        statistics.blocks = ordinals.count
        statistics.spans = spans
        statistics.bytes = bytes.withLock { $0 }
        statistics.blockBytes = ordinals.reduce(0) { $0 + scan.sources[$1].bytes }
        var result = empty
        for gathered in work.results { try merge(&result, gathered) }
        return result
    }
}
