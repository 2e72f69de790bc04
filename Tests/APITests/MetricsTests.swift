import Testing
import TraceQL
import Wire
@testable import API
@testable import Query

@Suite struct MetricsTests {
    /// `{} | rate()`.
    private static let rate = "q=%7B%7D%7Crate()"
    private static let metrics = #""metrics":{"inspectedTraces":2,"inspectedBytes":"15168","completedJobs":1,"totalJobs":1,"inspectedSpans":"30"}"#
    private static let series: [MetricsSeries] = [
        MetricsSeries(
            labels: [NamedValue("resource.service.name", .string("cart")), NamedValue("code", .int(500)), NamedValue("p", .float(0.9))],
            values: [0, 0.5], exemplars: [Exemplar(labels: [NamedValue("trace:id", .string("00a1"))], value: 0.25, timeNanos: 119_500_000_000)]),
        MetricsSeries(labels: [NamedValue("status", .status(.error)), NamedValue("d", .duration(10_001_000_000))], values: [nil, .nan]),
        MetricsSeries(labels: [NamedValue("gone", .none)], values: [nil, nil]),
    ]

    private func range(_ query: String) throws -> MetricsRequest {
        let door = Door()
        let response = door.get("/api/metrics/query_range?\(query)")
        try #require(response.status == 200, "\(response.text)")
        return try #require(door.engine.asked.metrics.first)
    }

    @Test("a range answer: typed labels, zeros written out, gaps left out, exemplars")
    func rangeJSON() {
        let door = Door(engine: FakeEngine(.init(metrics: .of(Self.series))))
        let response = door.get("/api/metrics/query_range?\(Self.rate)", [("accept", "application/protobuf")])
        #expect(response["content-type"] == "application/json" && response.mayCompress)
        let cart = #"{"labels":[{"key":"resource.service.name","value":{"stringValue":"cart"}},{"key":"code","value":{"intValue":"500"}},{"key":"p","value":{"doubleValue":0.9}}],"samples":[{"timestampMs":"60000","value":0.0},{"timestampMs":"120000","value":0.5}],"exemplars":[{"labels":[{"key":"trace:id","value":{"stringValue":"00a1"}}],"value":0.25,"timestampMs":"119500"}]}"#
        let status = #"{"labels":[{"key":"status","value":{"stringValue":"error"}},{"key":"d","value":{"stringValue":"10.001s"}}],"samples":[{"timestampMs":"120000","value":"NaN"}]}"#
        #expect(response.text == #"{"series":[\#(cart),\#(status)],\#(Self.metrics)}"#)
    }

    @Test("an instant answer")
    func instantJSON() {
        let series = [MetricsSeries(labels: [], values: [0]), MetricsSeries(labels: [NamedValue("name", .string("x"))], values: [2])]
        let door = Door(engine: FakeEngine(.init(metrics: .of(series, times: [1]))))
        #expect(door.get("/api/metrics/query?\(Self.rate)").text
            == #"{"series":[{"value":0.0},{"labels":[{"key":"name","value":{"stringValue":"x"}}],"value":2.0}],\#(Self.metrics)}"#)
    }

    @Test("nothing found, and a part of what was found")
    func edges() {
        #expect(Door().get("/api/metrics/query_range?\(Self.rate)").text == #"{"series":[],\#(Self.metrics)}"#)
        let door = Door(engine: FakeEngine(.init(metrics: .of([], partial: "too many"))))
        #expect(door.get("/api/metrics/query_range?\(Self.rate)").text.hasSuffix(#","status":"PARTIAL","message":"too many"}"#))
        #expect(door.get("/api/metrics/query?\(Self.rate)").text.hasSuffix(#","status":"PARTIAL","message":"too many"}"#))
    }

    @Test("alignment: Tempo's example", arguments: ["start=1795338743&end=1795338863&step=30", "start=1795338743000000000&end=1795338863.0&step=30s"])
    func alignment(_ query: String) throws {
        let request = try range("\(Self.rate)&\(query)")
        #expect(request.startNanos == 1_795_338_690_000_000_000 && request.endNanos == 1_795_338_870_000_000_000)
        #expect(request.stepNanos == 30_000_000_000 && request.exemplars == 100 && request.seriesLimit == 0 && !request.extrapolates)
    }

    @Test("a step that is not over counts what has come so far")
    func unfinished() {
        let range = AlignedRange(start: 743, end: 863, step: 30)
        #expect(range == AlignedRange(start: 743, end: 870, step: 30))
        #expect(range.startNanos == 690 && range.endNanos == 870)
        #expect(AlignedRange(start: 5, end: 29, step: 30).startNanos == 0)
    }

    @Test("the automatic step", arguments: [
        (3_600, 15_000), (86_400, 300_000), (900, 3_000), (60, 1_000), (59, 200), (5, 50), (7_200, 30_000), (21_600, 60_000), (10_800, 45_000),
    ] as [(UInt64, UInt64)])
    func automaticStep(_ seconds: UInt64, _ millis: UInt64) {
        #expect(AlignedRange.automaticStep(start: 0, end: seconds * 1_000_000_000) == millis * 1_000_000)
    }

    @Test("times", arguments: [
        ("1795338743", 1_795_338_743_000_000_000), ("1795338743123456789", 1_795_338_743_123_456_789), ("1795338743.5", 1_795_338_743_500_000_000),
        (".25", 250_000_000), ("2026-11-22T09:13:43Z", 1_795_338_823_000_000_000), ("2026-11-22T10:13:43.25+01:00", 1_795_338_823_250_000_000),
        ("1.2.3", nil), ("-5", nil), ("now", nil), (".", nil), ("2026-13-22T09:13:43Z", nil), ("2026-11-22T09:13:43", nil), ("1e9", nil),
    ] as [(String, UInt64?)])
    func moments(_ text: String, _ nanos: UInt64?) { #expect(parseMoment(text) == nanos) }

    @Test("without a range: the last hour; since says otherwise", arguments: [
        ("", 3_600), ("since=30m", 1_800), ("since=1d", 86_400), ("start=&end=&step=&maxSeries=0&mode=&exemplars=0", 3_600),
    ] as [(String, UInt64)])
    func defaults(_ query: String, _ seconds: UInt64) throws {
        let door = Door()
        _ = door.get("/api/metrics/query?\(Self.rate)&\(query)")
        let request = try #require(door.engine.asked.metrics.first)
        #expect(request.startNanos == Door.now - seconds * 1_000_000_000 && request.endNanos == Door.now)
        #expect(request.stepNanos == nil && request.exemplars == 0)
    }

    @Test("exemplars and hints", arguments: [
        ("exemplars=7", "", 7), ("exemplars=700", "", 100), ("exemplars=0", "", 100), ("", "+with(exemplars%3Dfalse)", 0), ("exemplars=5", "+with(exemplars%3Dtrue)", 5),
        ("", "+with(exemplars%3D3)", 3), ("", "+with(exemplars%3D300)", 100), ("", "+with(sample%3Dtrue)", 100),
    ])
    func exemplars(_ query: String, _ hint: String, _ count: Int) throws {
        #expect(try range("\(Self.rate)\(hint)&\(query)").exemplars == count)
    }

    @Test("the query may be called query; q wins")
    func names() throws {
        #expect(try range("query=%7B%7D%7Crate()").extrapolates == false)
        #expect(try range("query=nonsense&q=%7B%7D%7Crate()+with(extrapolate%3Dtrue)").extrapolates)
    }

    @Test("refusals, in Tempo's words", arguments: [
        ("q=%7B%7D", "not a metrics query"), ("", "parse error : syntax error: unexpected $end"),
        ("\(rate)&start=20&end=10", "end must be greater than start"), ("\(rate)&start=20&end=20", "end must be greater than start"),
        ("\(rate)&start=1795338901&end=1795338999", "query window falls entirely within query_end_cutoff"),
        ("\(rate)&start=1&end=86402", "metrics query time range exceeds the maximum allowed duration of 24h0m0s"),
        ("\(rate)&start=1&end=80001&step=1", "step of 1s is too small, minimum step for given range is 8s"),
        ("\(rate)&start=1&end=361&step=35ms", "step of 35ms is too small, minimum step for given range is 36ms"),
        ("\(rate)&start=1&end=361&step=0", "step of 0s is too small, minimum step for given range is 36ms"),
        ("\(rate)&step=x", #"invalid step: time: invalid duration "x""#),
        ("\(rate)&start=x", #"could not parse "start" parameter "x": write unix seconds, nanoseconds or RFC 3339"#),
        ("q=" + String(repeating: "x", count: 131_073), "the query is larger than 128 KiB"),
    ])
    func refusals(_ query: String, _ text: String) {
        let response = Door().get("/api/metrics/query_range?\(query)")
        #expect(response.status == 400 && response.text == text)
    }

    @Test("metrics summary: counts, errors and latency by attributes")
    func summary() {
        let cart = [NamedValue("resource.service.name", .string("cart")), NamedValue("span.code", .int(500))]
        func quantile(_ share: Double, _ seconds: Double) -> MetricsSeries { MetricsSeries(labels: cart + [NamedValue("p", .float(share))], values: [seconds]) }
        let engine = FakeEngine(.init(metricsByFunction: [
            "count 1": .of([MetricsSeries(labels: cart, values: [10])], times: [1]), "count 2": .of([MetricsSeries(labels: cart, values: [1])], times: [1]),
            "quantile": .of([quantile(0.99, 0.5), quantile(0.95, 0.25), quantile(0.9, 0.125), quantile(0.5, 1e-6)], times: [1]),
        ]))
        let response = Door(engine: engine).get("/api/metrics/summary?q=%7B%7D&groupBy=resource.service.name,%20span.code&start=10&end=20")
        #expect(response.text == #"{"summaries":[{"spanCount":"10","errorSpanCount":"1","series":[{"key":"resource.service.name","value":{"type":5,"s":"cart"}},{"key":"span.code","value":{"type":3,"n":"500"}}],"p99":"500000000","p95":"250000000","p90":"125000000","p50":"1000"}]}"#)
        #expect(engine.asked.metrics.allSatisfy { $0.startNanos == 10_000_000_000 && $0.endNanos == 20_000_000_000 && $0.stepNanos == nil })
        #expect(Door().get("/api/metrics/summary?groupBy=a,b,c,d,e,f").text == "groupBy takes up to 5 attributes. received 6")
        #expect(Door().get("/api/metrics/other").status == 404)
    }
}
