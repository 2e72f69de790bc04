import Testing
import Trace
import Wire
@testable import API
@testable import Store

@Suite struct TempoTests {
    static let checkout = SampleTrace.stored([
        SampleSpan(id: 0x1011223344556677, start: 1_795_338_823_000_000_000, duration: 250_000_000, name: "GET /cart", kind: .server),
        SampleSpan(id: 2, parent: 0x1011223344556677, start: 1_795_338_823_100_000_000, duration: 1_000, name: "select", service: "db",
                   status: .error, statusMessage: "boom", attributes: [("http.response.status_code", .int(500))]),
    ])
    static let rootless = SampleTrace.stored(
        [SampleSpan(id: 3, parent: 99, start: 1_795_338_828_000_000_000, duration: 500_000, name: "late")], id: TraceID(high: 0x00a1, low: 2))

    let door = Door([checkout, rootless])
    private let id = SampleTrace.id.hex

    @Test("operational endpoints", arguments: [
        ("/ready", 503, "Loupe is starting\n"), ("/api/echo", 200, "echo\n"), ("//api//echo/", 200, "echo\n"), ("/metrics", 200, "m 1\n"),
        ("/status/config", 200, "memory: 512MiB\n"), ("/status/config?mode=diff", 200, ""), ("/status/nothing", 404, "404 page not found\n"), ("/status/usage-stats", 200, "usage-stats is not enabled"),
        ("/nothing", 404, "404 page not found\n"), ("/api/traces/", 404, "404 page not found\n"), ("/api/traces/a/b", 404, "404 page not found\n"),
        ("/status/ingest", 200, "received:  10\nstored:    7\nduplicate: 0\ninvalid (zero trace id): 3\nIt adds up.\n"),
        ("/api/status/buildinfo", 200,
         #"{"version":"2.9.0","revision":"abc1234","branch":"main","buildUser":"loupe 0.1.0","buildDate":"2026-11-24","goVersion":"swift6.3"}"#),
    ])
    func operational(_ path: String, _ status: Int, _ body: String) {
        let response = door.get(path)
        #expect(response.status == status)
        #expect(response.text == body)
    }

    @Test func readiness() {
        door.readiness.becomeReady()
        #expect(door.get("/ready").text == "ready\n")
        door.readiness.becomeUnready("stopping")
        #expect(door.get("/ready").status == 503)
    }

    @Test("/status shows every section under its path")
    func status() {
        let text = door.get("/status").text
        for section in ["version", "services", "endpoints", "config", "ingest", "runtime_config"] { #expect(text.contains("GET /status/\(section)\n")) }
        #expect(door.get("/status", method: "POST").status == 405)
        #expect(door.get("/api/status/buildinfo", method: "POST").status == 405)
        #expect(door.get("/api/echo", method: "OPTIONS").status == 200)
    }

    @Test("a path prefix is optional; redirects keep it")
    func prefix() {
        let door = Door(prefix: "/loupe/")
        #expect(door.get("/loupe/api/echo").status == 200 && door.get("/api/echo").status == 200)
        #expect(door.get("/loupe")["location"] == "/loupe/ui/")
        #expect(Door().get("/")["location"] == "/ui/")
    }

    @Test("trace by id, v1 JSON: batches, base64 ids, status always there")
    func v1() {
        let response = door.get("/api/traces/\(id)")
        #expect(response.status == 200 && response["content-type"] == "application/json" && response.mayCompress)
        #expect(response.text.hasPrefix(#"{"batches":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"lib","version":"1.2"},"spans":["#))
        #expect(response.text.contains(#"{"traceId":"S/kvNXezTaajzpKdDg5HNg==","spanId":"ECwiM0RVZnc=""#) == false)
        #expect(response.text.contains(#""traceId":"S/kvNXezTaajzpKdDg5HNg==","spanId":"EBEiM0RVZnc=","name":"GET /cart","kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1795338823000000000","endTimeUnixNano":"1795338823250000000","status":{}}"#))
        #expect(response.text.contains(#""status":{"message":"boom","code":"STATUS_CODE_ERROR"}"#))
        #expect(!response.text.contains("resourceSpans"))
    }

    @Test("trace by id, v2 JSON: the envelope")
    func v2() {
        let response = door.get("/api/v2/traces/\(id)")
        #expect(response.text.hasPrefix(#"{"trace":{"resourceSpans":[{"resource":"#))
        #expect(response.text.hasSuffix(#"},"metrics":{"inspectedBytes":"1234"}}"#))
    }

    @Test("protobuf: v1 is what was sent, v2 wraps it")
    func protobuf() {
        let accept = [(name: "accept", value: "application/protobuf")]
        let v1 = door.get("/api/traces/\(id)", accept)
        #expect(v1["content-type"] == "application/protobuf")
        #expect(v1.body.first == 0x0a)
        let v2 = door.get("/api/v2/traces/\(id)", accept).body
        #expect(Array(v2.suffix(5)) == [0x12, 3, 0x08, 0xd2, 0x09])         // metrics { inspectedBytes: 1234 }
        #expect(v2.count == v1.body.count + 3 + 5)
        #expect(Array(v2[3..<3 + v1.body.count]) == v1.body)
    }

    @Test("what is not found: 404 without a body in v1, an empty trace in v2")
    func notFound() {
        let v1 = door.get("/api/traces/ffff")
        #expect(v1.status == 404 && v1.body.isEmpty && v1["content-type"] == nil)
        let v2 = door.get("/api/v2/traces/ffff")
        #expect(v2.status == 200 && v2.text == #"{"trace":{},"metrics":{}}"#)
        #expect(door.get("/api/v2/traces/ffff", [("accept", "application/protobuf")]).body == [0x0a, 0, 0x12, 0])
    }

    @Test("ids: short, upper case and odd ones are found, others refused", arguments: [
        ("/api/traces/00A10000000000000002", 200, ""), ("/api/traces/a10000000000000002", 200, ""),
        ("/api/traces/zz", 400, "trace IDs can only contain hex characters: invalid character 'z' at position 1"),
        ("/api/v2/traces/12é4", 400, "trace IDs can only contain hex characters: invalid character 'é' at position 3"),
        ("/api/traces/000000000000000000000000000000001", 400, "trace IDs can't be larger than 128 bits"),
        ("/api/traces/ab?start=20&end=10", 400, "http parameter start must be before end. received start=20 end=10"),
        ("/api/traces/ab?start=20", 404, ""),
    ])
    func ids(_ target: String, _ status: Int, _ body: String) {
        let response = door.get(target)
        #expect(response.status == status)
        if status != 200 || !body.isEmpty { #expect(response.text == body) }
    }

    @Test("a trace cut for its size: 422 in v1, flagged in v2")
    func partial() {
        let door = Door([SampleTrace.stored([SampleSpan(id: 1, start: 5)], partial: "too large")])
        #expect(door.get("/api/traces/\(id)").status == 422 && door.get("/api/traces/\(id)").text == "too large")
        #expect(door.get("/api/v2/traces/\(id)").text.hasSuffix(#","status":"PARTIAL","message":"too large"}"#))
        #expect(Array(door.get("/api/v2/traces/\(id)", [("accept", "application/protobuf")]).body.suffix(13)) == [0x18, 1, 0x22, 9] + Array("too large".utf8))
    }

    @Test("a store that cannot read: 500 with its words")
    func storeFails() {
        let door = Door(failure: StoreError(description: "block 7 is damaged"))
        #expect(door.get("/api/traces/ab").status == 500 && door.get("/api/traces/ab").text == "block 7 is damaged")
        #expect(door.get("/ui/api/trace/ab").text == #"{"error":"block 7 is damaged"}"#)
    }

    @Test("other paths and gRPC calls go to the other service")
    func other() {
        let door = Door(other: Echo())
        #expect(door.get("/v1/traces", method: "POST").text == "other /v1/traces")
        #expect(door.get("/api/nothing").text == "other /api/nothing")
        #expect(door.get("/api/echo").text == "echo\n")
    }
}

private struct Echo: Service {
    func route(_ head: RequestHead) -> Route { .answer(.text(200, "other \(head.path)")) }
}
