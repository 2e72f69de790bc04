import Testing
import Trace
@testable import API

@Suite struct OpenedTraceTests {
    @Test("rows stand by start, then the longer first, then by span id")
    func order() {
        let trace = OpenedTrace(SampleTrace.stored([
            SampleSpan(id: 5, start: 100, duration: 10), SampleSpan(id: 4, start: 100, duration: 10), SampleSpan(id: 9, start: 100, duration: 90),
            SampleSpan(id: 1, start: 50), SampleSpan(id: 2, start: 200),
        ]))
        #expect(trace.ids == [1, 9, 4, 5, 2])
        #expect(trace.startNanos == 50 && trace.endNanos == 210)
    }

    @Test("parents", arguments: [
        ("a root, a child, a grandchild", [(1, 0), (2, 1), (3, 2)], [-1, 0, 1]),
        ("a parent that starts later", [(2, 1), (1, 0)], [1, -1]),
        ("absent parents, numbered as rows name them", [(1, 77), (2, 88), (3, 77)], [-2, -3, -2]),
        ("a span that names itself is a root", [(1, 1)], [-1]),
        ("of two spans with one id the first is the parent", [(1, 0), (1, 9), (2, 1)], [-1, -2, 0]),
        ("a span that names its own id, which another span has too", [(1, 0), (1, 1)], [-1, 0]),
        ("a loop stays a loop: the viewer cuts it", [(1, 2), (2, 1)], [1, 0]),
    ] as [(String, [(UInt64, UInt64)], [Int32])])
    func parents(_ what: String, _ spans: [(UInt64, UInt64)], _ expected: [Int32]) {
        let trace = OpenedTrace(SampleTrace.stored(spans.enumerated().map { SampleSpan(id: $1.0, parent: $1.1, start: UInt64(100 + $0)) }))
        #expect(Array(trace.parents) == expected, "\(what)")
    }

    @Test("duplicates and the root row")
    func duplicates() {
        let trace = OpenedTrace(SampleTrace.stored([
            SampleSpan(id: 1, parent: 9, start: 1), SampleSpan(id: 2, start: 2), SampleSpan(id: 1, start: 3), SampleSpan(id: 3, start: 4), SampleSpan(id: 2, start: 5),
        ]))
        #expect(trace.duplicates == [0, 1, 2, 4])
        #expect(trace.rootRow == 1)
        #expect(trace.index.rows(of: 2, in: trace.ids) == [1, 4])
        #expect(trace.index.rows(of: 42, in: trace.ids).isEmpty)
        #expect(trace.missing == [SpanID(bits: 9)])
    }

    @Test("times that are unknown or run backwards")
    func times() {
        let trace = OpenedTrace(SampleTrace.stored([
            SampleSpan(id: 1, start: 1_000, duration: -10), SampleSpan(id: 2, start: 0, duration: 1_050), SampleSpan(id: 3, start: 0, duration: 0),
        ]))
        #expect(trace.startNanos == 1_000 && trace.endNanos == 1_050)
        #expect(trace.ids == [3, 1, 2])
        #expect(trace.order.indices.map { trace.offset(of: trace.span($0)) } == [0, 0, 50])
        #expect(trace.span(1).endsBeforeStart && trace.span(1).durationNanos == 0)
    }

    @Test("services: in order of first rows, with spans, time and errors")
    func services() {
        let trace = OpenedTrace(SampleTrace.stored([
            SampleSpan(id: 1, start: 1, duration: 100, service: "web"), SampleSpan(id: 2, start: 2, duration: 5, service: "db", status: .error),
            SampleSpan(id: 3, start: 3, duration: 7, service: "db"), SampleSpan(id: 4, start: 4, service: nil), SampleSpan(id: 5, start: 5, service: ""),
        ]))
        let services = TraceServices(trace, slots: ["web": 4])
        #expect(services.entries == [
            .init(name: "web", slot: 4, spans: 1, nanos: 100, errors: 0), .init(name: "db", slot: 2, spans: 2, nanos: 12, errors: 1),
        ])
        #expect((0..<5).map { services.index(of: trace.span($0)) } == [0, 1, 1, nil, nil])
    }

    @Test("groups", arguments: [
        ([("db.system", .string("postgresql")), ("db.statement", .string("SELECT 1"))], "select ?"),
        ([("db.statement", .string("SELECT old")), ("db.query.text", .string("SELECT new"))], "select new"),
        ([("db.system.name", .string("redis")), ("db.query.text", .string("get a:1"))], "GET a:*"),
        ([("http.route", .string("/cart/{id}")), ("url.path", .string("/cart/7"))], "/cart/{id}"),
        ([("http.target", .string("/cart/7?x"))], "/cart/{}"),
        ([("url.full", .string("https://h/cart/7"))], "/cart/{}"),
        ([("http.route", .int(3))], ""),
        ([], ""),
    ] as [([(String, SampleSpan.Value)], String)])
    func groups(_ attributes: [(String, SampleSpan.Value)], _ expected: String) {
        let batch = SampleTrace.batch([SampleSpan(id: 1, start: 1, attributes: attributes), SampleSpan(id: 2, start: 2, attributes: attributes)])
        var strings = StringTable()
        var groups = SpanGroups(batch)
        let numbers = batch.spans.map { groups.number(for: $0.attributes, in: &strings) }
        #expect(numbers == [0, 0] && strings.count == 1)
        #expect(strings.withBytes(0) { String(decoding: $0, as: UTF8.self) } == expected)
    }
}
