import Foundation
import Query
import Testing
import Trace
import TraceQL

/// Whatever the order and the requests that spans come in, and whatever is cut, merged and restarted meanwhile, the answers are the
/// same, and those of the plain evaluator.
@Suite struct PropertyTests {
    static let searches = [
        "{}", "{ name = \"SELECT\" }", "{ name =~ \"G.*|w.*\" && status != error }", "{ name != \"caf\u{e9}\" }", "{ .s = \"\u{e9}\" }", "{ .s = \"e\u{301}\" }", "{ .s != \"x\" }", "{ .n > 2.5 }",
        "{ span.n = 1 || span.f = 1.5 || span.m = 1 }", "{ .m != 1 }", "{ .m = \"1\" }", "{ .m =~ \"x|1\" }", "{ .m }", "{ !.b }", "{ .region = \"eu\" }", "{ .region != 3 }",
        "{ .arr = \"x\" }", "{ .arr != \"x\" }", "{ .arr >= 1.5 }", "{ .arr !~ \"x\" }", "{ .z = nil && .s != nil }", "{ .n = nil }", "{ resource.region = nil }",
        "{ .odd != 0 }", "{ .odd > 1 }", "{ .n + .f > 2 }", "{ .n * 2 = 6 || .n % 2 = 1 }", "{ -.n > 1 }", "{ .n = .f }", "{ !(.n > 2 && status = ok) }",
        "{ event:name = \"e1\" && event.n > 3 }", "{ event.s != \"x\" }", "{ event.k = nil }", "{ event.n > 2 || name = \"work\" }", "{ event.s = .s }",
        "{ event:timeSinceStart > 1ms }", "{ link:traceID = \"000000000000000000000000000000f1\" && link.s = \"x\" }", "{ link.n > 1 && event.n > 1 }", "{ link.s = nil || status = error }",
        "{ instrumentation:name = \"lib\" && instrumentation.s != \"x\" }", "{ duration > 100ms }", "{ traceDuration > 2s }", "{ rootName = \"GET /\" }",
        "{ rootServiceName != \"shop\" }", "{ statusMessage = \"\" && status = error }", "{ span:childCount > 1 }", "{ nestedSetLeft > 0 && nestedSetRight - nestedSetLeft > 3 }",
        "{ nestedSetParent < 0 }", "{ nestedSetParent = 0 }", "{ span:parentID = \"000000000000dead\" }", "{ kind = server } && { kind = client }", "{ kind = server } || { .n > 3 }",
        "{ .n > 3 } > {}", "{ status = error } >> { .s != nil }", "{ .n < 5 } < {}", "{ .n < 5 } << { kind != server }", "{ .n > 3 } ~ {}", "{ status = error } !> {}",
        "{ .n > 2 } !>> { .f > 0 }", "{ .n > 2 } !< {}", "{ .n > 2 } !<< {}", "{ .n > 2 } !~ {}", "{ status = error } &> {}", "{ .n > 2 } &>> { .n < 3 }", "{ .n > 2 } &< {}",
        "{ .n > 2 } &<< {}", "{ kind = server } &~ { .n > 2 }", "{ .n > 2 } > {} > {}", "{ .n > 2 } >> {} | { status != ok }", "({ .n > 0 } | count() > 2) && ({ status = error } | count() < 3)",
        "({ .n > 0 } | count() > 1) >> ({} | { .f > 0 })", "{} | by(resource.service.name)", "{} | by(.m)", "{} | by(.odd)", "{} | by(name) | count() > 1 | coalesce()",
        "{ .n != nil } | by(kind) | by(.s)", "{} | count() > 5", "{} | count() = 3 | select(.s, .m)", "{} | avg(.n) > 3", "{} | sum(.f) > 2", "{} | max(duration) > 1s | min(.n) < 0",
        "{ .n > 0 } | by(resource.service.name) | sum(.n) > 4", "{} | avg(duration) < 100ms",
        "{} | select(.s, .m, .arr, .map, .odd, event.n, link.s, nestedSetLeft, nestedSetParent, span:childCount, kind, status, statusMessage, name, span:parentID, event:name, link:traceID, traceDuration)",
    ]
    static let ranges: [(from: String?, to: String?, limit: Int, spss: Int)] = [(nil, nil, 100, 100), ("500ms", "1500ms", 100, 2), ("-1d", "0", 100, 100), (nil, nil, 4, 3)]
    static let metrics = [
        "{} | rate()", "{} | count_over_time() by (resource.service.name)", "{ .n > 2 } | count_over_time() by (.m, kind)", "{} | count_over_time() by (.odd)",
        "{} | count_over_time() by (.s)", "{} | rate() by (rootName, status)", "{} | min_over_time(.n) by (name)", "{} | max_over_time(duration)", "{} | sum_over_time(.n)",
        "{} | sum_over_time(.f) by (.region)", "{} | avg_over_time(.m)", "{} | histogram_over_time(duration)", "{} | histogram_over_time(.n) by (kind)",
        "{ status = error } >> {} | count_over_time()", "{} | by(name) | count() > 1 | count_over_time() by (name)", "{ .n > 2 } &>> { .f > 0 } | sum_over_time(.n) by (event:name)",
        "{ event.n > 2 } | count_over_time() by (event.s)", "{} | count_over_time() by (span:childCount, nestedSetParent)", "{} | max_over_time(event.n) by (link:spanID)",
        "{ traceDuration > 1s } | count_over_time() by (traceDuration)",
    ]
    /// What the plain evaluator leaves out.
    static let others = [
        "{} | quantile_over_time(duration, 0, .5, .9) by (kind)", "{} | count_over_time() by (.s) | topk(2)", "{} | rate() by (name) | bottomk(2) > 0",
        "({ status = error } | rate() by (name)) / ({} | rate() by (name)) * 100", "{} | compare({ status = error }, 3)", "{} | avg_over_time(.odd) by (.odd)",
    ]
    static let filters = [nil, "{ status = error }", "{ event.n > 2 }", "{ name = \"SELECT\" || .n > 3 && kind = client }", "{ link.s != nil }"]
    static let fields = [
        ".s", "span.m", "resource.region", "span.arr", "event.s", "event.n", "link.s", "instrumentation.s", "instrumentation:name", "name", "event:name", "rootName",
        "rootServiceName", "statusMessage", "span.odd", "resource.service.name",
    ]

    /// `SEEDS=200 swift test --filter PropertyTests` looks longer.
    static let seeds = 1...(ProcessInfo.processInfo.environment["SEEDS"].flatMap { UInt64($0) } ?? 6)

    @Test("answers do not depend on how spans came", arguments: seeds)
    func layouts(_ seed: UInt64) throws {
        var maker = TraceMaker(seed: seed)
        let spans = maker.traces(14), plain = PlainEngine(spans)
        for round in 0..<3 as Range<UInt64> {
            var sender = Sender(seed: seed &* 1000 &+ round)
            let store = round == 0 ? try Layout.oneRequest.load(spans) : try sender.load(spans)
            let place = "seed \(seed), round \(round)"
            try checkSearches(store.engine, plain, place)
            try checkMetrics(store.engine, plain, place)
            try checkTags(store.engine, plain, place)
            try checkOthers(store.engine, spans, first: round == 0, place)
        }
    }

    private func checkSearches(_ engine: QueryEngine, _ plain: PlainEngine, _ place: String) throws {
        for (number, query) in Self.searches.enumerated() {
            let pipeline = try Query(parsing: query).searchPipeline
            for range in [Self.ranges[0], Self.ranges[1 + number % 3]] {
                let from = try range.from.map { try GoldenFile.time($0) }, to = try range.to.map { try GoldenFile.time($0) }
                let wanted = plain.search(pipeline, from: from, to: to, limit: range.limit, spss: range.spss)
                var found = try engine.search(SearchRequest(
                    condition: .traceQL(pipeline), fromNanos: from, toNanos: to, limit: range.limit, spansPerSpanset: range.spss))
                let lines = AnswerText().lines(found, all: true)
                found.traces = wanted
                Self.expect(lines, AnswerText().lines(found, all: true), "\(place): \(query) \(range)")
            }
        }
    }

    private func checkMetrics(_ engine: QueryEngine, _ plain: PlainEngine, _ place: String) throws {
        for query in Self.metrics {
            guard case .metrics(.query(let pipeline, let function, let fields)) = try Query(parsing: query).body else { continue }
            for (start, end, step) in [("-1s", "6s", "1s"), ("-31d", "1d", "8h"), ("0", "5s", "5s")] {
                let request = MetricsRequest(
                    expression: .query(pipeline, function, by: fields), startNanos: try GoldenFile.time(start), endNanos: try GoldenFile.time(end), stepNanos: UInt64(try nanos(step)))
                let found = try engine.metrics(request)
                let wanted = plain.series(pipeline, function, by: fields, times: found.timesNanos, step: request.stepNanos!)
                Self.expect(AnswerText().lines(found), wanted, inOrder: false, "\(place): \(query) \(start)...\(end) \(step)")
            }
        }
    }

    private func checkTags(_ engine: QueryEngine, _ plain: PlainEngine, _ place: String) throws {
        for filter in Self.filters {
            // An unscoped field or `||` would be another filter: these are taken as they stand.
            let expression = try filter.flatMap { try Query(parsing: $0).singleFilter }
            let request = TagRequest(filter: expression.map { [[$0]] })
            Self.expect(AnswerText().lines(try engine.tagNames(request)), plain.names(expression), "\(place): names \(filter ?? "")")
            for field in try Self.fields.map({ try Field(parsing: $0) }) where filter != nil || field != .attribute(.any, "s") {
                let found = try engine.tagValues(of: field, request).values.map { AnswerText().text($0) }
                Self.expect(found, plain.values(field, expression), inOrder: false, "\(place): values of \(field) \(filter ?? "")")
            }
        }
    }

    /// Answers that are only compared with those of the first layout.
    private func checkOthers(_ engine: QueryEngine, _ spans: [PlainSpan], first: Bool, _ place: String) throws {
        let reference = first ? nil : try Layout.oneRequest.load(spans)
        guard let other = reference?.engine else { return }
        for query in Self.metrics + Self.others {
            guard case .metrics(let expression) = try Query(parsing: query).body else { continue }
            for (extrapolates, step) in [(false, "1s"), (true, "1s"), (false, "7s")] {
                let request = MetricsRequest(
                    expression: expression, startNanos: try GoldenFile.time("-1s"), endNanos: try GoldenFile.time("6s"), stepNanos: UInt64(try nanos(step)),
                    exemplars: 20, extrapolates: extrapolates)
                let found = try engine.metrics(request), wanted = try other.metrics(request)
                Self.expect(AnswerText().lines(found), AnswerText().lines(wanted), "\(place): \(query) extrapolates \(extrapolates), step \(step)")
                // To the last bit, and NaN is NaN.
                let isSame = Array("\(found.series)".utf8) == Array("\(wanted.series)".utf8)
                #expect(isSame, "\(place): \(query)")
            }
        }
        for tags in [[("name", "e")], [("service.name", "sh"), ("status.code", "error")], [("s", "x"), ("n", "3")], [("root.name", "get")]] {
            let request = SearchRequest(condition: .tags(TagSearch(tags: tags.map { TagSearch.Tag($0.0, $0.1) }, minDurationNanos: 1000)), limit: 100)
            Self.expect(AnswerText().lines(try engine.search(request), all: true), AnswerText().lines(try other.search(request), all: true), "\(place): tags \(tags)")
        }
    }

    /// Lines are compared byte for byte; `inOrder` as they stand.
    static func expect(_ found: [String], _ wanted: [String], inOrder: Bool = true, _ what: String) {
        let found = found.map { Array($0.utf8) }, wanted = wanted.map { Array($0.utf8) }
        func sorted(_ lines: [[UInt8]]) -> [[UInt8]] { lines.sorted { $0.lexicographicallyPrecedes($1) } }
        if inOrder ? found == wanted : sorted(found) == sorted(wanted) { return }
        func text(_ lines: [[UInt8]]) -> String { lines.prefix(6).map { "\n    " + String(decoding: $0, as: UTF8.self) }.joined() }
        let extra = found.filter { !wanted.contains($0) }, missing = wanted.filter { !found.contains($0) }
        Issue.record("\(what)\n  only found:\(text(extra))\n  only expected:\(text(missing))\(extra.isEmpty && missing.isEmpty ? "\n  in another order" : "")")
    }
}
