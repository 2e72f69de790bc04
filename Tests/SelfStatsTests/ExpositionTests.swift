@testable import SelfStats
import Testing

private func text(_ families: [Family], _ format: ExpositionFormat = .prometheus) -> String {
    String(decoding: Registry(families).exposition(format), as: UTF8.self)
}

@Suite struct ExpositionTests {
    private let grpc = Counter()
    private let http = Counter()

    @Test("a counter with two series, in both formats")
    func counters() {
        grpc.add(3)
        http.add()
        let family = Family.counter("loupe_spans_total", "Spans.", each: [(["transport": "grpc"], grpc), (["transport": "http"], http)])
        let samples = "loupe_spans_total{transport=\"grpc\"} 3\nloupe_spans_total{transport=\"http\"} 1\n"
        #expect(text([family]) == "# HELP loupe_spans_total Spans.\n# TYPE loupe_spans_total counter\n" + samples)
        #expect(text([family], .openMetrics) == "# HELP loupe_spans Spans.\n# TYPE loupe_spans counter\n" + samples + "# EOF\n")
    }

    @Test("a counter known under a name without _total keeps it in OpenMetrics")
    func foreignName() {
        let family = Family.counter("loupe_spans_total", "Spans.", grpc, labels: ["transport": "grpc"])
            .renamed("otelcol_receiver_accepted_spans", adding: ["receiver": "otlp"])
        let sample = "otelcol_receiver_accepted_spans{receiver=\"otlp\",transport=\"grpc\"} 0\n"
        #expect(text([family]) == "# HELP otelcol_receiver_accepted_spans Spans.\n# TYPE otelcol_receiver_accepted_spans counter\n" + sample)
        #expect(text([family], .openMetrics)
            == "# HELP otelcol_receiver_accepted_spans Spans.\n# TYPE otelcol_receiver_accepted_spans unknown\n" + sample + "# EOF\n")
    }

    @Test("gauges are read when asked for, whole or not")
    func gauges() {
        let value = Counter()
        let registry = Registry([.gauge("a_bytes", "A.", value), .gauge("b_seconds", "B.", seconds: { 1.5 })])
        value.set(42)
        #expect(String(decoding: registry.exposition(.prometheus), as: UTF8.self)
            == "# HELP a_bytes A.\n# TYPE a_bytes gauge\na_bytes 42\n# HELP b_seconds B.\n# TYPE b_seconds gauge\nb_seconds 1.5\n")
    }

    @Test("a histogram: bounds are inclusive, buckets add up, the unit is converted")
    func histograms() {
        let histogram = Histogram(bounds: [1_000_000, 500_000_000], unitsPerBase: 1e9)
        for nanos in [1_000_000, 1_000_001, 2_000_000_000] { histogram.observe(nanos) }
        #expect(text([.histogram("wait_seconds", "Wait.", histogram, labels: ["op": "x"])]) == """
            # HELP wait_seconds Wait.
            # TYPE wait_seconds histogram
            wait_seconds_bucket{op="x",le="0.001"} 1
            wait_seconds_bucket{op="x",le="0.5"} 2
            wait_seconds_bucket{op="x",le="+Inf"} 3
            wait_seconds_sum{op="x"} 2.002000001
            wait_seconds_count{op="x"} 3

            """)
    }

    @Test("label values and help are escaped")
    func escaping() {
        let counters = LabeledCounters("reason")
        counters["a\"b\\c\nd"].add()
        let sample = "x_total{reason=\"a\\\"b\\\\c\\nd\"} 1\n"
        #expect(text([.counter("x_total", "Say \"x\"\n\\.", counters)]) == "# HELP x_total Say \"x\"\\n\\\\.\n# TYPE x_total counter\n" + sample)
        #expect(text([.counter("x_total", "Say \"x\".", counters)], .openMetrics)
            == "# HELP x Say \\\"x\\\".\n# TYPE x counter\n" + sample + "# EOF\n")
    }

    @Test("a family without series is not mentioned")
    func empty() {
        #expect(text([.counter("x_total", "X.", LabeledCounters("reason"))]) == "")
    }

    @Test("Accept decides the format", arguments: [
        (nil, .prometheus), ("", .prometheus), ("*/*", .prometheus), ("text/html", .prometheus),
        ("application/openmetrics-text", .openMetrics),
        ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", .openMetrics),
        ("text/plain;version=0.0.4;q=0.7, application/openmetrics-text; q=0.2", .prometheus),
        ("application/openmetrics-text;q=0", .prometheus),
    ] as [(String?, ExpositionFormat)])
    func negotiation(_ accept: String?, _ expected: ExpositionFormat) {
        #expect(ExpositionFormat(accept: accept) == expected)
    }

    @Test("metric names", arguments: [("loupe_a1:b", true), ("_x", true), ("1x", false), ("a-b", false), ("", false), ("é", false)])
    func names(_ name: String, _ isGood: Bool) { #expect(Registry.isName(name) == isGood) }

    @Test("the intake under all three programs' names")
    func intake() {
        grpc.add(5)
        http.add(2)
        let bytes = Counter()
        bytes.add(700)
        let text = text(Family.intake(
            accepted: [("grpc", grpc), ("http", http)], refused: [("grpc", Counter()), ("http", Counter())], bytes: bytes))
        for line in [
            "loupe_receiver_accepted_spans_total{transport=\"grpc\"} 5",
            "otelcol_receiver_accepted_spans{receiver=\"otlp\",transport=\"http\"} 2",
            "tempo_receiver_refused_spans{receiver=\"otlp/otlp_receiver\",transport=\"grpc\"} 0",
            "tempo_distributor_spans_received_total{tenant=\"single-tenant\"} 7",
            "tempo_distributor_bytes_received_total{tenant=\"single-tenant\"} 700",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
    }
}
