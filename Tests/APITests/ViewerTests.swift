import SelfStats
import Synchronization
import Testing
import Trace
import Wire
@testable import API
@testable import Store

@Suite struct ViewerTests {
    private let id = SampleTrace.id.hex
    private static let trace = SampleTrace.stored([
        SampleSpan(id: 1, start: 1_000, duration: 50, name: "root \"q\""),
        SampleSpan(
            id: 2, parent: 1, start: 1_010, duration: -5, name: "select", service: "db", kind: .client, status: .error, statusMessage: "Boom",
            attributes: [
                ("db.statement", .string("SELECT 17")), ("n", .int(-9_007_199_254_740_993)), ("d", .double(.infinity)), ("b", .bool(true)), ("e", .empty),
                ("list", .array([.string("Needle"), .int(42)])), ("map", .map([.init(key: "k", value: .bytes([1, 2, 255]))])),
            ],
            events: [.init(name: "exception", nanos: 1_012, attributes: [("exception.type", .string("Überlauf"))])],
            links: [.init(trace: 7, span: 9)]),
        SampleSpan(id: 3, parent: 0x99, start: 1_020, name: "late"),
    ])

    @Test func state() {
        let door = Door()
        door.problems.note(FailedAttempt(
            kind: "path", peer: "172.17.0.4", listener: "otlp-http", userAgent: "x/1", sentence: "POST /traces is not an OTLP path.",
            fix: "Use the base URL, or …/v1/traces.", nanos: 5))
        let response = door.get("/ui/api/state")
        #expect(response["cache-control"] == "no-store" && response["content-type"] == "application/json")
        #expect(response.text == #"{"version":"0.1.0","now":"1795338900000000000","startedAt":"1795338895000000000","everReceived":true,"container":false,"inMemorySpans":4,"spans":10,"traces":2,"oldest":"5","newest":null,"disk":{"bytes":1000,"limitBytes":2000},"memory":{"bytes":0,"limitBytes":0},"retentionSeconds":604800,"dataDirectory":"/data","listeners":[{"name":"otlp-grpc","address":"127.0.0.1:4317","tls":false,"connections":3,"lastReceivedSecondsAgo":0.4}],"rates":{"spansPerSecond":1240.5},"ledger":{"received":10,"stored":7,"refused":[],"invalid":[{"reason":"zero trace id","spans":3}],"duplicate":0},"problems":[{"kind":"path","peer":"172.17.0.4","listener":"otlp-http","count":1,"first":"5","last":"5","userAgent":"x/1","sentence":"POST /traces is not an OTLP path.","fix":"Use the base URL, or …/v1/traces."}],"services":[{"name":"shop","slot":3},{"name":"db","slot":24}]}"#)
    }

    @Test func traces() {
        let door = Door([TempoTests.checkout, TempoTests.rootless])
        #expect(door.get("/ui/api/traces?limit=1").text == #"{"asof":812,"more":true,"traces":[{"id":"00000000000000a10000000000000002","start":"1795338828000000000","duration":500000,"spans":1,"errors":0,"rootService":null,"rootName":null,"firstService":"shop","firstName":"late","services":[{"name":"shop","slot":3,"spans":1,"errors":0}]}]}"#)
        #expect(door.get("/ui/api/traces?before=1795338828000000000,00000000000000a10000000000000002&asof=812").text.contains("\"GET /cart\""))
        #expect(door.get("/ui/api/traces?errors=1&service=db&from=1&to=1795338829000000000").text.contains("\"errors\":1"))
    }

    @Test("what cannot be understood is said", arguments: [
        ("/ui/api/traces?limit=0", 400, "limit must be at least 1."), ("/ui/api/traces?from=x", 400, "from=x is not a whole number."),
        ("/ui/api/traces?before=1", 400, "before=1 is not the start and the id of a trace, such as 1795338823000000000,4bf9…."),
        ("/ui/api/nothing", 404, "There is no /ui/api/nothing."), ("/ui/api/trace/xyz", 400, "xyz is not a trace id of 32 hexadecimal digits."),
        ("/ui/api/trace/ab", 404, "No span of trace ab is stored. It may not have arrived yet, or retention has removed it."),
        ("/ui/api/trace/\(SampleTrace.id.hex)/rows?r=0&rev=old", 409, "The trace has grown since it was loaded; load it again."),
        ("/ui/api/trace/\(SampleTrace.id.hex)/match?text=a&rev=old", 409, "The trace has grown since it was loaded; load it again."),
        ("/ui/api/trace/\(SampleTrace.id.hex)/rows?r=a", 400, "r=a is not a list of rows such as 12,400-460."),
        ("/ui/api/trace/\(SampleTrace.id.hex)/rows?r=5-2", 400, "r=5-2 is not a list of rows such as 12,400-460."),
        ("/ui/api/trace/\(SampleTrace.id.hex)/rows?id=xx", 400, "id=xx is not a span id of 16 hexadecimal digits."),
    ])
    func refusals(_ target: String, _ status: Int, _ sentence: String) {
        let response = Door([Self.trace]).get(target)
        #expect(response.status == status)
        #expect(response.text == "{\"error\":\"\(sentence)\"}")
    }

    @Test("rows: whole spans in OTLP's values, and the resources they come from")
    func rows() {
        let text = Door([Self.trace]).get("/ui/api/trace/\(id)/rows?r=1&rev=7").text
        #expect(text == #"{"rev":"7","rows":[{"row":1,"spanId":"0000000000000002","parentId":"0000000000000001","name":"select","kind":3,"status":2,"statusMessage":"Boom","start":"1010","end":"1005","traceState":"","flags":0,"attributes":[{"k":"db.statement","v":{"stringValue":"SELECT 17"}},{"k":"n","v":{"intValue":"-9007199254740993"}},{"k":"d","v":{"doubleValue":"Infinity"}},{"k":"b","v":{"boolValue":true}},{"k":"e","v":{}},{"k":"list","v":{"arrayValue":{"values":[{"stringValue":"Needle"},{"intValue":"42"}]}}},{"k":"map","v":{"kvlistValue":{"values":[{"key":"k","value":{"bytesValue":"AQL/"}}]}}}],"droppedAttributes":0,"resource":1,"scope":{"name":"lib","version":"1.2","attributes":[]},"events":[{"time":"1012","name":"exception","attributes":[{"k":"exception.type","v":{"stringValue":"Überlauf"}}],"dropped":0}],"droppedEvents":0,"links":[{"traceId":"00000000000000000000000000000007","spanId":"0000000000000009","traceState":"","attributes":[],"dropped":0}],"droppedLinks":0}],"resources":{"1":{"attributes":[{"k":"service.name","v":{"stringValue":"db"}}],"schemaUrl":""}}}"#)
    }

    @Test("rows are chosen by number and by span id", arguments: [
        ("r=0,2", [0, 2]), ("r=1-9", [1, 2]), ("r=7", []), ("r=2,0-1", [2, 0, 1]), ("", []), ("id=0000000000000003,1,ff", [0, 2]),
    ])
    func selection(_ query: String, _ rows: [Int]) {
        let text = Door([Self.trace]).get("/ui/api/trace/\(id)/rows?\(query)").text
        #expect(text.split(separator: "{\"row\":").dropFirst().compactMap { Int($0.prefix { $0.isNumber }) } == rows)
    }

    @Test("matches in attributes, events, status and span id, whatever the case", arguments: [
        ("boom", [1]), ("NEEDLE", [1]), ("42", [1]), ("-9007", [1]), ("inf", [1]), ("tru", [1]), ("überLAUF", [1]), ("exception", [1]), ("statement", [1]),
        ("0000000000000003", [2]), ("select 1", [1]), ("root", []), ("", []), ("k", [1]), ("000000000000000", [0, 1, 2]),
    ])
    func match(_ words: String, _ rows: [Int]) {
        let text = Door([Self.trace]).get("/ui/api/trace/\(id)/match?rev=7&text=\(words.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())").text
        #expect(text == #"{"rev":"7","rows":[\#(rows.map(String.init).joined(separator: ","))],"total":\#(rows.count)}"#)
    }

    @Test("an open trace is read once; a grown one is read again")
    func cache() {
        let door = Door([Self.trace])
        _ = door.get("/ui/api/trace/\(id)")
        for _ in 0..<5 { #expect(door.get("/ui/api/trace/\(id)/rows?r=0&rev=7").status == 200) }
        #expect(door.store.reads.withLock { $0 } == 1)
        var grown = Self.trace
        grown.revision = 8
        door.store.replace([grown])
        _ = door.get("/ui/api/trace/\(id)")
        #expect(door.store.reads.withLock { $0 } == 2)
        #expect(door.get("/ui/api/trace/\(id)/rows?r=0&rev=7").status == 409)
        #expect(door.get("/ui/api/trace/\(id)/rows?r=0&rev=8").status == 200)
    }

    @Test("open traces are bounded in bytes")
    func bounded() throws {
        let traces = (1...5).map { SampleTrace.stored([SampleSpan(id: 1, start: 1)], id: TraceID(high: 0, low: UInt64($0))) }
        let store = FakeStore(traces)
        let open = OpenTraces(store, limitBytes: OpenedTrace(traces[0]).byteCount * 2) { 1 }
        for low in [1, 2, 1, 3, 1, 2] as [UInt64] { _ = try open.open(TraceID(high: 0, low: low)) }
        #expect(store.reads.withLock { $0 } == 4)                              // 1, 2, 3 and, after 3 took its place, 2 again
        let none = OpenTraces(store, limitBytes: 0) { 1 }
        #expect(try none.open(TraceID(high: 0, low: 1)) != nil && none.open(TraceID(high: 0, low: 77)) == nil)
    }
}
