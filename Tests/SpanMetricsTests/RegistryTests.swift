import OTLP
import SelfStats
@testable import SpanMetrics
import Testing
import Trace

private func named(_ name: String) -> PlainSpan { .make(.internal) { $0.name = Array(name.utf8) } }

@Suite struct RegistryTests {
    @Test("beyond the limit, spans count in the overflow series and none is lost")
    func overflow() throws {
        let bench = try Bench(.spanCalls) { $0.registry.maxActive = 2 }
        for name in ["a", "b", "c", "d", "a", "c"] { bench.send(named(name)) }
        #expect(bench.value(#"traces_spanmetrics_calls_total{metric_overflow="true"}"#) == 3)
        #expect(bench.lines.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +) == 6)
        #expect(bench.generator.status.activeSeries == 2)
        #expect(bench.generator.counters.limitedSeries.value >= 2)
    }

    @Test("a histogram that finds no room overflows alone")
    func partialOverflow() throws {
        let bench = try Bench(.spanMetrics) { $0.registry.maxActive = 10 }
        bench.send(named("a"))
        #expect(bench.value(#"traces_spanmetrics_latency_count{metric_overflow="true"}"#) == 1)
        #expect(bench.lines.contains { $0.hasPrefix("traces_spanmetrics_calls_total{service=") })
        #expect(bench.generator.status.activeSeries == 2)
    }

    @Test("entities are limited whatever metrics they have")
    func entities() throws {
        let bench = try Bench(.spanMetrics) {
            $0.registry.limiter = .entities
            $0.registry.maxActive = 1
        }
        for name in ["a", "b"] { bench.send(named(name)) }
        #expect(bench.generator.status.activeRows == 1)
        #expect(bench.value(#"traces_spanmetrics_calls_total{metric_overflow="true"}"#) == 1)
        #expect(bench.value(#"traces_spanmetrics_latency_count{metric_overflow="true"}"#) == 1)
    }

    @Test("memory is bounded whatever names come")
    func memory() throws {
        let bench = try Bench(.spanMetrics) { $0.registry.memoryBytes = 1 << 20 }
        for number in 0..<20_000 { bench.send(named("operation number \(number)")) }
        let status = bench.generator.status
        #expect(status.allocatedBytes < 6 << 20, "\(status.allocatedBytes)")
        #expect(status.activeRows > 500 && status.activeRows < 2000)
        let counts = bench.lines.filter { $0.hasPrefix("traces_spanmetrics_calls_total") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
        #expect(counts.reduce(0, +) == 20_000)
        #expect(abs(status.rowDemand - 20_000) < 3000, "\(status.rowDemand)")
    }

    @Test("several threads: no span is lost")
    func threads() async throws {
        let bench = try Bench([.spanCalls, .graphRequests])
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<4 {
                group.addTask {
                    for number in 0..<200 {
                        bench.send(.make(.client) { ($0.id, $0.trace) = (UInt64(number + 1), UInt64(thread + 1)) })
                        bench.send(.make(.server) {
                            ($0.id, $0.parent, $0.trace) = (UInt64(number + 1000), UInt64(number + 1), UInt64(thread + 1))
                            $0.resource = [("service.name", .string("B"))]
                        })
                        if number % 50 == 0 { _ = bench.generator.collect(nowNanos: 1_000_000_000_000) }
                    }
                }
            }
        }
        #expect(bench.value(#"traces_service_graph_request_total{client="A",server="B"}"#) == 800)
        #expect(bench.lines.filter { $0.hasPrefix("traces_spanmetrics_calls") }.allSatisfy { $0.hasSuffix(" 800") })
    }

    @Test("too many values of a label become one, after the next collection")
    func cardinality() throws {
        let bench = try Bench(.spanCalls) { $0.registry.maxCardinalityPerLabel = 10 }
        for number in 0..<40 { bench.send(named("n\(number)")) }
        _ = bench.generator.collect(nowNanos: 1_000_000_000_000)
        bench.send(named("n1"), named("new"))
        #expect(bench.lines.contains { $0.contains(#"span_name="__cardinality_overflow__""#) && $0.hasSuffix(" 2") })
        #expect(bench.lines.count == 41)
    }

    @Test("stale series go, and begin anew")
    func stale() throws {
        let bench = try Bench(.spanMetrics)
        bench.tick(at: 1000)
        bench.send(named("a"), named("b"))
        let first = bench.generator.collect(nowNanos: 1_000_000_000_000)
        bench.send(.make(.internal, endSecond: 1800) { $0.name = [97] }, at: 1800)
        bench.tick(at: 1905)
        #expect(bench.lines.filter { $0.hasPrefix("traces_spanmetrics_calls") }.count == 1)
        #expect(bench.generator.status.activeSeries == 19, "17 of latency, calls, size")
        let second = bench.generator.collect(nowNanos: 1_906_000_000_000)
        #expect(second.gone.reduce(0) { $0 + $1.count } == first.numbers.count / 2)
        bench.send(.make(.internal, endSecond: 1910) { $0.name = [98] }, at: 1910)
        #expect(bench.lines.contains { $0.hasPrefix("traces_spanmetrics_calls") && $0.contains(#"span_name="b""#) && $0.hasSuffix(" 1") })
        let third = bench.generator.collect(nowNanos: 1_920_000_000_000)
        #expect(third.born.count == first.numbers.count / 2)
        #expect(Set(third.born.map(\.number)).isDisjoint(with: first.numbers))
    }

    @Test("a collection: what is new, with a zero, and every value")
    func collection() throws {
        let bench = try Bench([.spanCalls, .spanLatency]) { $0.registry.externalLabels = [MetricLabel("cluster", "c")] }
        bench.send(named("a"))
        let first = bench.generator.collect(nowNanos: 1_010_000_000_000)
        #expect(first.millis == 1_010_000 && first.zeroMillis == 959_000)
        #expect(first.born.count == 18 && first.numbers.count == 18 && first.values.count == 18)
        #expect(first.born[0].labels.map { "\($0.name)=\($0.value)" } == [
            "__name__=traces_spanmetrics_calls_total", "cluster=c", "service=A", "span_kind=SPAN_KIND_INTERNAL", "span_name=a",
            "status_code=STATUS_CODE_UNSET",
        ])
        #expect(first.born.filter(\.hasZero).count == 18, "sums, too")
        #expect(first.exemplars.map(\.traceID) == ["1"])
        bench.send(named("a"))
        let second = bench.generator.collect(nowNanos: 1_025_000_000_000)
        #expect(second.born.isEmpty && second.values[0] == 2 && second.exemplars.isEmpty, "\(second.exemplars)")
    }

    @Test("OpenMetrics: a series begins at 0, then has exemplars with the time of their observation")
    func openMetrics() throws {
        let bench = try Bench(.serviceGraphs)
        bench.send(
            .make(.client, seconds: 2) { ($0.id, $0.trace) = (7, 0xab) },
            .make(.server) {
                ($0.id, $0.parent, $0.trace) = (8, 7, 0xab)
                $0.resource = [("service.name", .string("B"))]
            })
        let first = bench.text(.openMetrics)
        #expect(first.contains("# TYPE traces_service_graph_request counter\n"))
        #expect(first.contains(#"traces_service_graph_request_total{client="A",server="B"} 0"# + "\n"))
        let second = bench.text(.openMetrics)
        #expect(second.contains(#"traces_service_graph_request_total{client="A",server="B"} 1"# + "\n"))
        #expect(second.contains(##"bucket{client="A",server="B",le="3.2"} 1 # {traceID="ab"} 2.0 1000.0"## + "\n"))
        #expect(second.hasSuffix("# EOF\n"))
        #expect(!bench.text(.prometheus).contains(" # "))
    }

    @Test("trace ids lose leading zeros only", arguments: [(0, 0xab, "ab"), (0xab, 1, "ab0000000000000001")] as [(UInt64, UInt64, String)])
    func traceIDs(_ high: UInt64, _ low: UInt64, _ text: String) {
        #expect(ExemplarSlot(traceHigh: high, traceLow: low, value: 0, millis: 1).traceID == text)
    }

    @Test func ownCountersHaveTemposNames() throws {
        let bench = try Bench([.spanCalls, .graphRequests])
        bench.send(.make(.client))
        let text = String(decoding: Registry(bench.generator.families).exposition(.prometheus), as: UTF8.self)
        for line in [
            #"tempo_metrics_generator_spans_received_total{tenant="single-tenant"} 1"#,
            #"tempo_metrics_generator_registry_active_series{tenant="single-tenant"} 1"#,
            #"tempo_metrics_generator_processor_service_graphs_edges{tenant="single-tenant"} 1"#,
            #"tempo_metrics_generator_active_processors{tenant="single-tenant",processor="service-graphs"} 1"#,
        ] { #expect(text.contains(line + "\n"), "\(line)") }
    }

    @Test("the size of a span is that of its message", arguments: [
        [], [("a", .string("")), ("b", .int(-1)), ("c", .list(["x"]))],
    ] as [[(String, PlainSpan.Value)]])
    func size(_ attributes: [(String, PlainSpan.Value)]) throws {
        let one = batch([.make(.client) {
            $0.attributes = attributes
            $0.state = "a=b"
            $0.status = .error
        }])
        var out = OutputBuffer()
        TraceEncoder.encode(one, protobuf: &out)
        let decoded = try out.array().withUnsafeBytes { bytes in
            // request { resource_spans { resource, scope_spans { scope?, span } } }: the span is what the innermost length covers
            var cursor = ProtobufCursor(bytes)
            _ = try cursor.tag()
            var resource = try cursor.message()
            var length = 0
            while !resource.isAtEnd {
                let tag = try resource.tag()
                guard tag == 2 << 3 | 2 else {
                    try resource.skip(tag)
                    continue
                }
                var scope = try resource.message()
                while !scope.isAtEnd {
                    let tag = try scope.tag()
                    if tag == 2 << 3 | 2 { length = try scope.lengthDelimited().count } else { try scope.skip(tag) }
                }
            }
            return length
        }
        let computed = one.attributes.withUnsafeBufferPointer { attributes in
            one.events.withUnsafeBufferPointer { events in
                one.links.withUnsafeBufferPointer { SpanSize.bytes(of: one.spans[0], attributes: attributes, events: events, links: $0) }
            }
        }
        #expect(computed == decoded && decoded > 40)
    }
}
