import Synchronization
import Testing
import Wire
@testable import API

@Suite struct HealthTests {
    private static func answer(_ service: some Service, _ path: String, method: String = "GET") -> Response {
        let head = RequestHead(method: method, path: path)
        switch service.route(head) {
        case .answer(let response): return response
        case .fail: return Response(status: -1)
        case .collect(let limits, let handle):
            let reply = RecordingReply()
            handle(Request(head: head, body: Body(copying: []), limits: limits), reply)
            return reply.value.response ?? Response(status: -1)
        }
    }

    @Test("probes: ready, and not ready before and after")
    func probes() {
        let clock = Clock()
        let readiness = Readiness { clock.value }
        clock.set(1_795_338_823_123_456_789)
        let service = HealthService(readiness: readiness)
        let down = #"{"status":"Server not available","upSince":"0001-01-01T00:00:00Z","uptime":""}"#
        #expect(Self.answer(service, "/").status == 503 && Self.answer(service, "/").text == down)
        readiness.becomeReady()
        clock.set(1_795_338_823_123_456_789 + 3_723_400_000_000)
        let up = Self.answer(service, "/", method: "POST")
        #expect(up.status == 200 && up["content-type"] == "application/json")
        #expect(up.text == #"{"status":"Server available","upSince":"2026-11-22T09:13:43.123456789Z","uptime":"1h2m3.4s"}"#)
        #expect(Self.answer(service, "/other").status == 404)
        readiness.becomeUnready("stopping")
        #expect(Self.answer(service, "/").status == 503)
        #expect(Self.answer(HealthService(path: "/healthz", readiness: readiness), "/healthz/").status == 503)
    }

    @Test("the metrics listener", arguments: [
        ("/metrics", 200, "m 1\n"), ("/", 200, "Loupe's own metrics, for Prometheus to scrape: /metrics\n"), ("/api/echo", 404, "404 page not found\n"),
    ])
    func metrics(_ path: String, _ status: Int, _ text: String) {
        let response = Self.answer(MetricsService { _ in ("text/plain", Array("m 1\n".utf8)) }, path)
        #expect(response.status == status && response.text == text)
    }
}

private final class Clock: Sendable {
    private let nanos = Mutex<UInt64>(0)
    var value: UInt64 { nanos.withLock { $0 } }
    func set(_ value: UInt64) { nanos.withLock { $0 = value } }
}
