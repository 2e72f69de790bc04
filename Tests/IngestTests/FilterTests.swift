@testable import Ingest
import OTLP
import SelfStats
import Testing
import Trace

@Suite struct FilterTests {
    /// Which of three spans are left.
    private static let spans = [
        TestSpan(
            id: 1, name: "GET /health", kind: 2, status: 0, start: 10, end: 1_000_010, attributes: [("http.route", "/health"), ("code", 200), ("tags", ["a", "b", 3]), ("ok", true)],
            events: [("log", [("level", "info"), ("n", 1)]), ("exception", [("level", "error"), ("n", 2)])], links: [[("kind", "follows")]],
            resource: [("service.name", "shop"), ("code", "resource")], scope: ("lib", "1.2", [("s", 1)])),
        TestSpan(id: 2, name: "work", kind: 1, status: 2, message: "no", start: 10, end: 5, attributes: [("code", 2.5), ("none", nil), ("none", "late"), ("raw", .bytes([1]))], resource: [("service.name", "web")]),
        TestSpan(id: 3, name: "odd", kind: 77, status: 9, start: 0, end: .max, resource: [("x", .list(["p"]))]),
    ]

    @Test("conditions", arguments: [
        ("{ span.http.route = \"/health\" || kind = internal }", [3]), ("{ .http.route = \"/health\" }", [2, 3]), ("{}", []), ("{ false }", [1, 2, 3]), ("{ name =~ \"GET.*\" }", [2, 3]), ("{ name =~ \"GET\" }", [1, 2, 3]),
        ("{ name !~ \"GET.*\" }", [1]), ("{ kind = server }", [2, 3]), ("{ kind = unspecified }", [1, 2]), ("{ status = unset }", [2]), ("{ status != error }", [2]), ("{ statusMessage = \"no\" }", [1, 3]),
        ("{ duration = 1ms }", [2, 3]), ("{ duration = 0 }", [1, 3]), ("{ duration > 1h }", [1, 2]), ("{ resource.service.name = \"shop\" }", [2, 3]), ("{ resource.service.name != \"shop\" }", [1, 3]),
        ("{ .code = 200 }", [2, 3]), ("{ .code = \"resource\" }", [1, 2, 3]), ("{ resource.code = \"resource\" }", [2, 3]), ("{ span.code > 2 }", [3]), ("{ span.code > 2 && span.code < 3 }", [1, 3]), ("{ span.code = 200.0 }", [2, 3]),
        ("{ span.code != 200 }", [1, 3]), ("{ span.code = \"200\" }", [1, 2, 3]), ("{ span.code != \"200\" }", [1, 2, 3]), ("{ span.code * 2 = 400 }", [2, 3]), ("{ -span.code = -200 }", [2, 3]), ("{ span.code / 0 = 1 }", [1, 2, 3]),
        ("{ span.tags = \"a\" }", [2, 3]), ("{ span.tags != \"a\" }", [1, 2, 3]), ("{ span.tags != \"z\" }", [2, 3]), ("{ span.tags = 3 }", [2, 3]), ("{ span.tags > 2 }", [2, 3]), ("{ 2 < span.tags }", [2, 3]), ("{ span.tags =~ \"a|z\" }", [2, 3]), ("{ span.tags !~ \"z\" }", [2, 3]),
        ("{ span.ok }", [2, 3]), ("{ !span.ok }", [1, 2, 3]), ("{ span.ok = true }", [2, 3]), ("{ span.none = \"late\" }", [1, 3]), ("{ span.none = nil }", [2]), ("{ span.none != nil }", [1, 3]), ("{ span.raw != nil }", [1, 3]), ("{ span.raw = \"01\" }", [1, 2, 3]),
        ("{ event.level = \"error\" }", [2, 3]), ("{ event:name = \"exception\" && event.n = 2 }", [2, 3]), ("{ event:name = \"exception\" && event.n = 1 }", [1, 2, 3]), ("{ event.level = nil }", [1, 2, 3]), ("{ event.other = nil }", [2, 3]), ("{ event:timeSinceStart = 5ns }", [2, 3]),
        ("{ link.kind = \"follows\" && event.n = 2 }", [2, 3]), ("{ link:spanID = \"0000000000000009\" }", [2, 3]), ("{ link:traceID = trace:id }", [2, 3]), ("{ span:id = \"0000000000000002\" }", [1, 3]), ("{ span:parentID = \"0000000000000000\" }", []),
        ("{ trace:id = \"4bf92f3577b34da6a3ce929d0e0e4736\" }", []), ("{ instrumentation:name = \"lib\" }", [2, 3]), ("{ instrumentation:version =~ \"1.*\" }", [2, 3]), ("{ instrumentation.s = 1 }", [2, 3]), ("{ resource.x = \"p\" }", [1, 2]), ("{ name < \"b\" }", [2, 3]),
    ] as [(String, [UInt64])])
    func conditions(_ condition: String, _ expected: [UInt64]) throws {
        let (batch, result) = try process("- filter: {traces: {span: ['\(condition)']}}", Self.spans)
        #expect(batch.spans.map(\.spanID.bits) == expected)
        #expect(result.drops == (expected.count == 3 ? [] : [Drop(processor: "filter", reason: .filtered, count: 3 - expected.count)]))
    }

    @Test("any condition is enough; counters; an error mode changes nothing")
    func several() throws {
        let pipeline = try settings("- filter/noise:\n    error_mode: propagate\n    trace_conditions: ['{ name = \"work\" }', '{ name = \"odd\" }']").pipeline
        var work = try batch(Self.spans)
        #expect(try pipeline.process(&work).droppedCount == 2)
        #expect(work.spans.map(\.spanID.bits) == [1])
        #expect(work.resources.count == 1 && work.scopes.count == 1)
        #expect(pipeline.counters[0].counters.filtered.value == 2)
    }

    @Test("a batch that loses every span is empty, and later processors rest")
    func all() throws {
        let pipeline = try settings("- filter: {trace_conditions: ['{}']}\n- resource: {attributes: [{key: a, value: 1, action: upsert}]}").pipeline
        var work = try batch(Self.spans)
        #expect(try pipeline.process(&work).isChanged)
        #expect(encode(work).isEmpty)
        #expect(pipeline.counters[1].counters.incoming.value == 0)
    }
}
