import Query
import Testing
import Trace
import TraceQL

/// What is larger than usual: traces over several row groups, more attribute keys than columns, values beyond every limit.
@Suite struct LimitTests {
    private func search(_ store: QueryStore, _ query: String, limit: Int = 20, spss: Int = 3) throws -> [FoundTrace] {
        try store.engine.search(SearchRequest(condition: .traceQL(try Query(parsing: query).searchPipeline), limit: limit, spansPerSpanset: spss)).traces
    }

    private func metrics(_ store: QueryStore, _ query: String, step: UInt64? = nil, exemplars: Int = 0, limits: QueryLimits? = nil, ticket: QueryTicket = QueryTicket()) throws -> MetricsAnswer {
        guard case .metrics(let expression) = try Query(parsing: query).body else { throw QueryFailure.invalid("no metrics") }
        let engine = limits.map { QueryEngine(store.store, limits: $0) } ?? store.engine!
        return try engine.metrics(MetricsRequest(
            expression: expression, startNanos: GoldenFile.epoch - 1_000_000_000, endNanos: GoldenFile.epoch + 100_000_000_000, stepNanos: step, exemplars: exemplars), ticket: ticket)
    }

    private static func span(_ number: Int, parent: Int, trace: UInt64 = 1, attributes: [NamedValue] = []) -> PlainSpan {
        var span = PlainSpan(traceID: TraceID(high: 7, low: trace), id: SpanID(bits: UInt64(number)), parent: SpanID(bits: UInt64(parent)))
        span.start = GoldenFile.epoch + UInt64(number) * 1_000_000
        span.end = span.start + 1_000_000
        span.name = number % 1000 == 1 ? "thousandth" : "span"
        span.attributes = attributes
        return span
    }

    /// Span n hangs on n / 2, like a heap.
    @Test("a trace over several row groups", arguments: [Layout.oneRequest, .twoBlocks])
    func largeTrace(_ layout: Layout) throws {
        let count = 36_000
        let spans = (1...count).map { Self.span($0, parent: $0 / 2) } + [Self.span(5, parent: 0, trace: 2)]
        let store = try layout.load(spans)
        #expect(try search(store, "{ name = \"thousandth\" }").map { $0.spansets[0].matched } == [36])
        #expect(try search(store, "{} | count() = \(count)").map { $0.spansets[0].attributes } == [[NamedValue("count()", .int(Int64(count)))]])
        // 1 is a root, and everything under it; 2001 hangs on 1000, 3001 on 1500, ... none on another thousandth.
        #expect(try search(store, "{ nestedSetLeft = 1 && nestedSetRight = \(2 * count) }").map { $0.spansets[0].spans.map(\.id.bits) } == [[1]])
        #expect(try search(store, "{ name = \"thousandth\" } >> { span:id = \"\(SpanID(bits: 35_999).hex)\" }").map { $0.spansets[0].matched } == [1])
        func hasThousandthAbove(_ number: Int) -> Bool { number > 1 && (number / 2 % 1000 == 1 || hasThousandthAbove(number / 2)) }
        let below = (1...count).count { hasThousandthAbove($0) }, children = (2...count).count { $0 / 2 % 1000 == 1 }
        #expect(try search(store, "{ name = \"thousandth\" } >> {}").map { $0.spansets[0].matched } == [below])
        #expect(try search(store, "{ span:childCount = 2 }").map { $0.spansets[0].matched } == [count / 2 - 1])
        #expect(try metrics(store, "{ name = \"thousandth\" } !> {} | count_over_time()").series.map(\.values) == [[Double(count + 1 - children)]])
        let exemplar = try #require(try metrics(store, "{ rootName = \"thousandth\" } | rate()", step: 101_000_000_000, exemplars: 10).series[0].exemplars.first)
        #expect(exemplar.timeNanos == GoldenFile.epoch + 1_000_000)
    }

    /// Of 6,000 keys the last ones find no column.
    @Test("more keys than columns", arguments: [Layout.oneRequest, .twoBlocks])
    func manyKeys(_ layout: Layout) throws {
        let spans = (1...1500).map { number in
            Self.span(number, parent: 0, trace: UInt64(number), attributes: (0..<4).map { NamedValue("key.\(number).\($0)", $0 == 0 ? .string("v\(number)") : .int(Int64(number))) }
                + [NamedValue("common", .int(Int64(number % 2)))])
        }
        let store = try layout.load(spans)
        for number in [1, 1499] {
            let low = UInt64(number)
            #expect(try search(store, "{ span.key.\(number).0 = \"v\(number)\" }").map(\.id.low) == [low])
            #expect(try search(store, "{ .key.\(number).3 > \(number - 1) && .common = \(number % 2) }").map(\.id.low) == [low])
            #expect(try search(store, "{ span.key.\(number).2 != nil }").map(\.id.low) == [low])
            #expect(try search(store, "{ span.key.\(number).2 = nil }", limit: 5000).count == 1499)
            #expect(try metrics(store, "{ .key.\(number).1 != nil } | sum_over_time(span.key.\(number).1) by (.key.\(number).0)").series
                .map { $0.labels + [NamedValue("", .float($0.values[0]!))] } == [[NamedValue(".key.\(number).0", .string("v\(number)")), NamedValue("", .float(Double(number)))]])
            #expect(try store.engine.tagValues(of: .attribute(.span, "key.\(number).0"), TagRequest()).values == [.string("v\(number)")])
            let compared = try metrics(store, "{ trace:id = \"\(TraceID(high: 7, low: low).hex)\" } | compare({})").series
            #expect(compared.contains { $0.labels.last == NamedValue("span.key.\(number).1", .int(Int64(number))) }, "compare of \(number)")
        }
        #expect(try store.engine.tagNames(TagRequest()).span.count == 6001)
        #expect(try search(store, "{ .common = 1 }", limit: 5000).count == 750)
    }

    /// Ends as exporters send them that mean "never": durations beyond what an Int64 of nanoseconds, and a Double, tell apart.
    @Test("spans that do not end", arguments: [Layout.oneRequest, .twoBlocks])
    func endless(_ layout: Layout) throws {
        var now = Self.span(1, parent: 0), first = Self.span(2, parent: 0, trace: 2)
        now.end = .max
        (first.start, first.end) = (1, .max)
        let store = try layout.load([now, first])
        let longest = Value.duration(.max)
        for aggregate in ["avg(duration)", "max(duration)", "min(duration)", "sum(duration)"] {
            let found = try search(store, "{} | \(aggregate) > 1h")
            #expect(found.map { $0.spansets[0].attributes } == Array(repeating: [NamedValue(aggregate, longest)], count: 2), "\(aggregate)")
        }
        #expect(try search(store, "{ duration > 1h && traceDuration > 1h }").map(\.id.low) == [1, 2])
        for query in ["histogram_over_time(duration)", "quantile_over_time(duration, .5)", "avg_over_time(duration)", "histogram_over_time(traceDuration)"] {
            guard case .metrics(let expression) = try Query(parsing: "{} | \(query)").body else { throw QueryFailure.invalid("no metrics") }
            let answer = try store.engine.metrics(MetricsRequest(
                expression: expression, startNanos: 0, endNanos: 1_000, stepNanos: 500, exemplars: 10))
            #expect(answer.series.allSatisfy { $0.values.allSatisfy { ($0 ?? 0).isFinite } }, "\(query)")
            #expect(try metrics(store, "{} | \(query)", step: 101_000_000_000, exemplars: 10).series.count == 1, "\(query)")
        }
    }

    @Test func aQueryThatNobodyWaitsForEnds() throws {
        let store = try Layout.twoBlocks.load((1...10).map { Self.span($0, parent: 0) })
        let ticket = QueryTicket()
        ticket.cancel()
        #expect(throws: QueryFailure.cancelled) { try metrics(store, "{} | rate()", ticket: ticket) }
        #expect(throws: QueryFailure.cancelled) { try metrics(store, "{} | compare({})", ticket: ticket) }
        #expect(throws: QueryFailure.cancelled) { try store.engine.tagNames(TagRequest(), ticket: ticket) }
        #expect(throws: QueryFailure.cancelled) { try store.engine.tagValues(of: .intrinsic(.name), TagRequest(), ticket: ticket) }
        let pipeline = try Query(parsing: "{}").searchPipeline
        #expect(throws: QueryFailure.cancelled) { try store.engine.search(SearchRequest(condition: .traceQL(pipeline)), ticket: ticket) }
    }

    @Test("too much for memory is refused with what to do", arguments: [
        "{} | count_over_time() by (span.n)", "{} | sum_over_time(span.n) by (span.n)", "({} | rate() by (.n)) + ({} | rate() by (.n))",
    ])
    func tooLarge(_ query: String) throws {
        let store = try Layout.oneRequest.load((1...2000).map { Self.span($0, parent: 0, attributes: [NamedValue("n", .int(Int64($0)))]) })
        var limits = QueryLimits()
        limits.memoryBytes = 4 << 20
        let failure = #expect(throws: QueryFailure.self) { try metrics(store, query, step: 100_000_000, limits: limits) }
        guard case .tooLarge(let words)? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(words.contains("MiB") && words.contains("interval"), "\(words)")
    }
}
