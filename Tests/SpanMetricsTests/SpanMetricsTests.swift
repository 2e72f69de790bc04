import SelfStats
@testable import SpanMetrics
import Testing
import Trace

private let labels = #"{service="A",span_kind="SPAN_KIND_INTERNAL",span_name="op",status_code="STATUS_CODE_UNSET"}"#

@Suite struct SpanMetricsTests {
    @Test("a span: calls, latency, size")
    func plain() throws {
        let bench = try Bench(.spanMetrics)
        bench.send(.make(.internal, seconds: 0.5))
        #expect(bench.value("traces_spanmetrics_calls_total" + labels) == 1)
        #expect(bench.value("traces_spanmetrics_latency_sum" + labels) == 0.5)
        #expect(bench.value("traces_spanmetrics_latency_count" + labels) == 1)
        // ids 18 + 10, kind 2, name 4, two times of 9
        #expect(bench.value("traces_spanmetrics_size_total" + labels) == 52)
        let buckets = bench.lines.filter { $0.hasPrefix("traces_spanmetrics_latency_bucket") }
        #expect(buckets.count == 15)
        #expect(buckets.map { $0.hasSuffix(" 1") } == (0..<15).map { $0 >= 8 })
        #expect(buckets[0].contains(#"le="0.002""#) && buckets[13].contains(#"le="16.384""#) && buckets[14].contains(#"le="+Inf""#))
    }

    @Test("an end before the start lasts nothing; a bound belongs to its bucket")
    func bounds() throws {
        let bench = try Bench(.spanLatency)
        bench.send(.make(.internal) { $0.start = $0.end + 5 }, .make(.internal, seconds: 0.002), .make(.internal, seconds: 20))
        let counts = bench.lines.filter { $0.hasPrefix("traces_spanmetrics_latency_bucket") }.map { $0.split(separator: " ").last ?? "" }
        #expect(counts == [Substring](repeating: "2", count: 14) + ["3"])
        #expect(bench.value("traces_spanmetrics_latency_sum" + labels) == 20.002)
    }

    @Test("only what was asked for", arguments: [
        (["span-metrics"], ["calls_total", "latency", "size_total"]), (["span-metrics-count"], ["calls_total"]),
        (["span-metrics-latency", "span-metrics-size"], ["latency", "size_total"]),
    ])
    func parts(_ names: [String], _ families: [String]) throws {
        let bench = try Bench(MetricSet.named(names).metrics)
        bench.send(.make(.client))
        let types = bench.text(.prometheus).split(separator: "\n").filter { $0.hasPrefix("# TYPE") }.map { $0.split(separator: " ")[2] }
        #expect(types.map(String.init) == families.map { "traces_spanmetrics_" + $0 })
    }

    @Test func unknownProcessorsAreNamed() {
        let (metrics, unknown) = MetricSet.named(["service-graphs", "local-blocks", "host-info"])
        #expect(metrics == [.graphRequests, .graphLatency, .hostInfo])
        #expect(unknown == ["local-blocks"])
    }

    @Test("late spans count nowhere but in their counter", arguments: [(969, 1), (970, 0), (1030, 0), (1031, 1)])
    func slack(_ end: UInt64, _ late: Int) throws {
        let bench = try Bench(.spanCalls)
        bench.send(.make(.internal, endSecond: end), at: 1000)
        #expect(bench.generator.counters.lateSpans.value == late)
        #expect(bench.value("traces_spanmetrics_calls_total" + labels) == (late == 1 ? nil : 1))
    }

    @Test("dimensions: the resource wins, an empty value hides, names are mended", arguments: [
        ("http.method", [("http.method", "GET")], [("http.method", "PUT")], #"http_method="PUT""#),
        ("http.method", [("http.method", "GET")], [], #"http_method="GET""#),
        ("http.method", [("http.method", "GET")], [("http.method", "")], ""),
        ("http.method", [], [], ""),
        ("service", [("service", "x")], [], #"__service="x""#),
        ("1é-x", [("1é-x", "v")], [], #"1__x="v""#),
    ] as [(String, [(String, String)], [(String, String)], String)])
    func dimensions(_ key: String, _ span: [(String, String)], _ resource: [(String, String)], _ label: String) throws {
        let bench = try Bench(.spanCalls) { $0.spanMetrics.dimensions = [key] }
        bench.send(.make(.internal) {
            $0.attributes = span.map { ($0.0, .string($0.1)) }
            $0.resource += resource.map { ($0.0, .string($0.1)) }
        })
        let names = (label.isEmpty ? [] : [label]) + labels.dropFirst().dropLast().split(separator: ",").map(String.init)
        #expect(bench.value("traces_spanmetrics_calls_total{\(names.sorted().joined(separator: ","))}") == 1)
    }

    @Test("values as text", arguments: [
        (.int(-5), "-5"), (.bool(true), "true"), (.double(0.5), "0.5"), (.double(1e8), "100000000"), (.double(1.5e-7), "0.00000015"),
        (.double(1e21), "1000000000000000000000"), (.double(.infinity), "+Inf"), (.list(["a", "b"]), "[ab]"),
    ] as [(PlainSpan.Value, String)])
    func values(_ value: PlainSpan.Value, _ text: String) throws {
        for onResource in [false, true] {
            let bench = try Bench(.spanCalls) {
                $0.spanMetrics.dimensions = ["v"]
                $0.spanMetrics.intrinsics.spanKind = false
                $0.spanMetrics.intrinsics.statusCode = false
            }
            bench.send(.make(.internal) { if onResource { $0.resource.append(("v", value)) } else { $0.attributes = [("v", value)] } })
            #expect(bench.value(#"traces_spanmetrics_calls_total{service="A",span_name="op",v="\#(text)"}"#) == 1)
        }
    }

    @Test("the same labels from a resource and from a span are one series")
    func oneSeries() throws {
        let bench = try Bench(.spanCalls) { $0.spanMetrics.dimensions = ["x"] }
        bench.send(.make(.internal) { $0.attributes = [("x", .int(1))] }, .make(.internal) { $0.resource.append(("x", .string("1"))) })
        #expect(bench.lines.count == 1)
        #expect(bench.lines[0].hasSuffix(" 2"))
    }

    @Test("later dimensions win, even with nothing to say; mappings join what there is")
    func collisions() throws {
        let bench = try Bench(.spanCalls) {
            $0.spanMetrics.dimensions = ["a.b", "a_b"]
            $0.spanMetrics.mappings = [.init(name: "m", sourceLabels: ["p", "q", "r"], join: "/")]
            $0.spanMetrics.intrinsics.spanKind = false
            $0.spanMetrics.intrinsics.statusCode = false
        }
        bench.send(.make(.internal) { $0.attributes = [("a.b", .string("1")), ("p", .string("P")), ("r", .int(3))] })
        #expect(bench.value(#"traces_spanmetrics_calls_total{m="P/3",service="A",span_name="op"}"#) == 1)
    }

    @Test("no service name: no label, but a count; text that is none counts as such")
    func noText() throws {
        let bench = try Bench(.spanCalls)
        bench.send(.make(.internal) { $0.resource = [] }, .make(.internal) { $0.name = [0xff] }, .make(.internal) { $0.name = [0xff] })
        #expect(bench.lines.count == 1)
        #expect(bench.lines[0].contains("{span_kind="))
        #expect(bench.generator.counters.invalidText.spanMetrics.value == 2)
    }

    @Test("long values are cut, by bytes")
    func cut() throws {
        let bench = try Bench(.spanCalls) { $0.registry.maxLabelValueBytes = 20 }
        bench.send(
            .make(.internal) { $0.name = [UInt8](repeating: 97, count: 25) }, .make(.internal) { $0.name = [UInt8](repeating: 97, count: 26) },
            .make(.internal) { $0.name = [UInt8](repeating: 97, count: 19) + Array("é".utf8) })
        #expect(bench.lines.count == 1)
        #expect(bench.lines[0].contains(#"span_name="aaaaaaaaaaaaaaaaaaaa""#) && bench.lines[0].hasSuffix(" 2"))
        #expect(bench.generator.counters.invalidText.spanMetrics.value == 1)
    }

    @Test("target info: job, instance and what else the resource says")
    func targetInfo() throws {
        let bench = try Bench(.spanCalls) {
            $0.spanMetrics.enableTargetInfo = true
            $0.spanMetrics.targetInfoExcluded = ["secret"]
        }
        bench.send(.make(.internal) {
            $0.resource = [
                ("service.name", .string("A")), ("service.namespace", .string("ns")), ("service.instance.id", .string("i")),
                ("host.name", .string("h")),
                ("secret", .string("s")), ("9lives", .string("c")), ("job", .string("mine")),
            ]
        })
        #expect(bench.value(#"traces_target_info{__job="mine",host_name="h",instance="i",job="ns/A"}"#) == 1)
        #expect(bench.lines.contains { $0.hasPrefix(#"traces_spanmetrics_calls_total{instance="i",job="ns/A","#) })
        let bare = try Bench(.spanCalls) { $0.spanMetrics.enableTargetInfo = true }
        bare.send(.make(.internal))
        #expect(!bare.lines.contains { $0.hasPrefix("traces_target_info") })
    }

    @Test("host info: the first identifier that is a text", arguments: [
        ([("k8s.node.name", .string("n")), ("host.id", .string("h"))], #"{grafana_host_id="n",host_source="k8s.node.name"}"#),
        ([("k8s.node.name", .int(5)), ("host.id", .string("h"))], #"{grafana_host_id="h",host_source="host.id"}"#),
        ([("k8s.node.name", .string(""))], nil),
    ] as [([(String, PlainSpan.Value)], String?)])
    func hostInfo(_ resource: [(String, PlainSpan.Value)], _ series: String?) throws {
        let bench = try Bench(.hostInfo)
        bench.send(.make(.internal) { $0.resource = resource })
        #expect(bench.lines == (series.map { ["traces_host_info\($0) 1"] } ?? []))
    }

    typealias Change = @Sendable (inout GeneratorConfiguration) -> Void
    static let mistakes: [(Change, String)] = [
        ({ $0.spanMetrics.histogramBuckets = [1, 1] }, "strictly increasing"),
        ({ $0.spanMetrics.mappings = [.init(name: "span_name", sourceLabels: ["a"], join: "")] }, "span_name"),
        ({ $0.registry.collectionSeconds = 5 }, "15 to 300"),
        ({ $0.slackSeconds = 50_000 }, "43200"),
        ({ $0.hostInfo.identifiers = [] }, "host_identifiers"),
        ({ $0.spanMetrics.filters = [FilterPolicy(.include, .regex, [.init(key: "name", value: .string("(")) ])] }, "regular expression"),
        ({ $0.serviceGraphs.filters = [FilterPolicy(.include, .strict, [.init(key: "event.x", value: .int(1))])] }, "event.x"),
    ]

    @Test("mistakes in the configuration are named", arguments: mistakes)
    func refusals(_ change: Change, _ words: String) {
        do {
            _ = try Bench([.spanCalls, .graphRequests], change)
            Issue.record("was taken")
        } catch { #expect("\(error)".contains(words), "\(error)") }
    }
}

@Suite struct MultiplierTests {
    @Test("trace state", arguments: [
        ("ot=th:0", 1), ("ot=th:8", 2), ("ot=th:c", 4), ("a=b, ot=th:C ,c=d", 4), ("ot=rv:00000000000000;th:c", 4),
        ("ot=th:4;rv:00000000000000", 2), ("ot=th:4;rv:ffffffffffffff", 1), ("ot=rv:00000000000000", nil), ("ot=th:", nil), ("ot=th:xyz", nil),
        ("ot=th:123456789abcdef", nil), ("ot=th:8;", nil), ("vendor=x", nil), ("", nil), ("ot=p:8;th:8", 2),
    ] as [(String, Double?)])
    func traceState(_ state: String, _ expected: Double?) {
        #expect(Array(state.utf8).withUnsafeBytes { SamplingMultiplier.of(traceState: $0) } == expected)
    }

    @Test func almostAHundred() {
        let multiplier = Array("ot=th:fd70a4".utf8).withUnsafeBytes { SamplingMultiplier.of(traceState: $0) } ?? 0
        #expect(abs(multiplier - 100) < 1e-4)
    }

    @Test("calls and latency are multiplied, size is not; attributes count after the trace state", arguments: [
        ("ot=th:c", [], 4), ("", [("X-SampleRatio", .double(0.25))], 4), ("ot=th:8", [("X-SampleRatio", .double(0.25))], 2),
        ("", [("X-SampleRatio", .int(4))], 1), ("", [("X-SampleRatio", .double(-1))], 1),
    ] as [(String, [(String, PlainSpan.Value)], Double)])
    func counting(_ state: String, _ attributes: [(String, PlainSpan.Value)], _ expected: Double) throws {
        for onResource in [false, true] {
            let bench = try Bench(.spanMetrics) {
                $0.spanMetrics.multiplierKey = "X-SampleRatio"
                $0.spanMetrics.enableTraceStateMultiplier = true
            }
            let span = PlainSpan.make(.internal) {
                $0.state = state
                if onResource { $0.resource += attributes } else { $0.attributes = attributes }
            }
            let one = batch([span])
            bench.generator.consume(one, nowNanos: span.end)
            #expect(bench.value("traces_spanmetrics_calls_total" + labels) == expected)
            #expect(bench.value("traces_spanmetrics_latency_sum" + labels) == expected)
            #expect(bench.value("traces_spanmetrics_latency_count" + labels) == expected)
            #expect((bench.value("traces_spanmetrics_size_total" + labels) ?? 999) < 120)
        }
    }
}

@Suite struct FilterTests {
    private static let span = PlainSpan.make(.server) { $0.attributes = [("a", .string("xay")), ("n", .int(7)), ("a", .string("second"))] }

    @Test("policies", arguments: [
        ([], true),
        ([FilterPolicy(.include, .strict, [.init(key: "kind", value: .string("SPAN_KIND_SERVER"))])], true),
        ([FilterPolicy(.include, .strict, [.init(key: "kind", value: .string("SPAN_KIND_CLIENT"))])], false),
        ([FilterPolicy(.include, .regex, [.init(key: "kind", value: .string("SERVER$"))])], true),
        ([FilterPolicy(.include, .strict, [.init(key: "span.a", value: .string("xay"))])], true),
        ([FilterPolicy(.include, .strict, [.init(key: "span.\"a\"", value: .string("second"))])], false),
        ([FilterPolicy(.include, .regex, [.init(key: "span.a", value: .string("a"))])], true),
        ([FilterPolicy(.include, .regex, [.init(key: "span.a", value: .string("^a"))])], false),
        ([FilterPolicy(.include, .strict, [.init(key: "span.n", value: .int(7))])], true),
        ([FilterPolicy(.include, .strict, [.init(key: "span.a", value: .int(0))])], true),
        ([FilterPolicy(.include, .strict, [.init(key: "span.none", value: .int(0))])], false),
        ([FilterPolicy(.include, .strict, [.init(key: "resource.service.name", value: .string("A"))])], true),
        ([FilterPolicy(.exclude, .strict, [.init(key: "resource.service.name", value: .string("A"))])], false),
        ([FilterPolicy(.exclude, .strict, [
            .init(key: "name", value: .string("op")), .init(key: "status", value: .string("STATUS_CODE_ERROR")),
        ])], true),
        ([FilterPolicy(.include, .strict, [.init(key: "name", value: .string("op"))]),
          FilterPolicy(.include, .strict, [.init(key: "name", value: .string("other"))])], false),
        ([FilterPolicy(.includeAny, .strict, [.init(key: "name", value: .string("op"))]),
          FilterPolicy(.include, .strict, [.init(key: "name", value: .string("other"))])], true),
        ([FilterPolicy(.includeAny, .strict, [.init(key: "name", value: .string("other"))])], false),
        ([FilterPolicy(.includeAny, .strict, [.init(key: "name", value: .string("op"))]),
          FilterPolicy(.exclude, .strict, [.init(key: "name", value: .string("op"))])], false),
    ] as [([FilterPolicy], Bool)])
    func policies(_ policies: [FilterPolicy], _ isKept: Bool) throws {
        let bench = try Bench([.spanCalls, .graphRequests]) {
            $0.spanMetrics.filters = policies
            $0.serviceGraphs.filters = policies
        }
        bench.send(Self.span)
        #expect(bench.lines.filter { $0.hasPrefix("traces_spanmetrics_calls") }.count == (isKept ? 1 : 0))
        #expect(bench.generator.counters.filteredSpans.spanMetrics.value == (isKept ? 0 : 1))
        #expect(bench.generator.counters.filteredSpans.serviceGraphs.value == (isKept ? 0 : 1))
        #expect(bench.generator.status.waitingEdges == (isKept ? 1 : 0))
    }
}
