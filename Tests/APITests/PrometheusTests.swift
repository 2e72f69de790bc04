import Dispatch
import PromQL
import Synchronization
import Testing
import Wire
@testable import API

/// What the golden cases do not reach: headers, methods, limits, clients that go away, and what Loupe answers on purpose.
@Suite struct PrometheusTests {
    private static let edges = MemorySeries(
        series: [
            Series(Labels([.init("__name__", "edges_total"), .init("client", "a"), .init("server", "b")]), timestamps: [1_000, 2_000], values: [1, 2]),
            Series(
                Labels([.init("__name__", "edges_total"), .init("client", "a"), .init("connection_type", "database"), .init("server", "c")]),
                timestamps: [1_000, 2_000], values: [1, 2]),
            Series(Labels([.init("__name__", "gone")]), timestamps: [1_000, 2_000], values: [1, Series.staleMarker]),
        ],
        families: [
            MetricFamily(name: "edges_total", type: "counter", help: "Calls \"between\" services"),
            MetricFamily(name: "a_seconds", type: "histogram", help: "", unit: "seconds"),
        ])
    private let door = PrometheusDoor(Self.edges)

    @Test("answers, byte by byte", arguments: [
        ("/api/v1/query?query=1%2B1&time=4", #"{"status":"success","data":{"resultType":"scalar","result":[4,"2"]}}"#),
        ("/api/v1/query?query=gone&time=1.5", #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"gone"},"value":[1.500,"1"]}]}}"#),
        ("/api/v1/query?query=gone&time=2", #"{"status":"success","data":{"resultType":"vector","result":[]}}"#),
        ("/api/v1/query_range?query=gone&start=0&end=2&step=1", #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"gone"},"values":[[1,"1"]]}]}}"#),
        ("/api/v1/query?query=group+by+(client,connection_type,server)(edges_total)&time=2", #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"client":"a","connection_type":"database","server":"c"},"value":[2,"1"]},{"metric":{"client":"a","connection_type":"","server":"b"},"value":[2,"1"]}]}}"#),
        ("/api/v1/query?query=sum+by+(connection_type)(edges_total)&time=2", #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[2,"2"]},{"metric":{"connection_type":"database"},"value":[2,"2"]}]}}"#),
        ("/api/v1/status/buildinfo", #"{"status":"success","data":{"version":"3.5.0","revision":"abc1234","branch":"loupe-0.1.0","buildUser":"loupe","buildDate":"2026-11-24","goVersion":""}}"#),
        ("/api/v1/metadata", #"{"status":"success","data":{"a_seconds":[{"type":"histogram","help":"","unit":"seconds"}],"edges_total":[{"type":"counter","help":"Calls \"between\" services","unit":""}]}}"#),
        ("/api/v1/metadata?limit=1", #"{"status":"success","data":{"a_seconds":[{"type":"histogram","help":"","unit":"seconds"}]}}"#),
        ("/api/v1/metadata?metric=nosuch", #"{"status":"success","data":{}}"#), ("/api/v1/metadata?limit_per_metric=0", #"{"status":"success","data":{}}"#),
        ("/api/v1/series?match[]=gone&start=1.5&end=3", #"{"status":"success","data":[]}"#),
        ("/api/v1/series?match%5B%5D=edges_total&limit=1", #"{"status":"success","data":[{"__name__":"edges_total","client":"a","connection_type":"database","server":"c"}],"warnings":["results truncated due to limit"]}"#),
        ("/api/v1/labels?limit=0", #"{"status":"success","data":["__name__","client","connection_type","server"]}"#),
        ("/api/v1/label/U__connection__type/values", #"{"status":"success","data":["database"]}"#), ("/api/v1/label/U__connection_5f_type/values", #"{"status":"success","data":["database"]}"#),
        ("/api/v1/query_exemplars?query=1%2B1", #"{"status":"success","data":[]}"#),
        ("/api/v1/format_query?query=a%2Bb", #"{"status":"success","data":"a + b"}"#),
    ])
    func answers(_ target: String, _ expected: String) {
        let response = get(target)
        #expect(response.status == 200 && response["content-type"] == "application/json" && response.mayCompress)
        #expect(response.text == expected)
    }

    @Test("refusals", arguments: [
        ("/api/v1/query?query=x&time=NaN", 400, "bad_data"), ("/api/v1/query?query=x&time=inf", 400, "bad_data"), ("/api/v1/query?query=x&time=0x10", 400, "bad_data"), ("/api/v1/query?query=x&limit=99999999999999999999", 400, "bad_data"),
        ("/api/v1/query?query=%ff", 400, "bad_data"), ("/api/v1/query?query=x%00", 400, "bad_data"), ("/api/v1/query?query=\"%ff\"", 200, nil), ("/api/v1/query?query=x&time=1e300", 200, nil), ("/api/v1/query?query=x&time=-1e300", 200, nil), ("/api/v1/query?query=x&timeout=1e300", 400, "bad_data"), ("/api/v1/query?query=x&timeout=1e9", 200, nil),
        ("/api/v1/query_range?query=x&start=-1e300&end=1e300&step=1", 400, "bad_data"), ("/api/v1/query_range?query=x&start=-1e300&end=1e300&step=9e9", 400, "bad_data"), ("/api/v1/query_range?query=x&start=0&end=9e13&step=9e9", 200, nil), ("/api/v1/query_range?query=x&start=0&end=0&step=1e-300", 200, nil), ("/api/v1/query_range?query=x&start=0&end=1&step=1e-300", 400, "bad_data"), ("/api/v1/query_range?query=x&start=0&end=1&step=300y", 400, "bad_data"), ("/api/v1/query_range?query=x&start=0&end=1&step=NaN", 400, "bad_data"),
        ("/api/v1/query?query=x&lookback_delta=292y", 200, nil), ("/api/v1/query?query=x&lookback_delta=-5", 200, nil), ("/api/v1/series?match[]=x&match[]={}", 400, "bad_data"), ("/api/v1/series?match[]=x+offset+1m", 400, "bad_data"), ("/api/v1/labels?match[]=", 400, "bad_data"), ("/api/v1/query?query=label_replace(edges_total,%22%22,%22%22,%22%22,%22%22)&time=2", 422, "execution"),
    ] as [(String, Int, String?)])
    func refusals(_ target: String, _ status: Int, _ kind: String?) {
        let response = get(target)
        #expect(response.status == status, "\(response.text)")
        let tree = JSONTree(response.text)
        #expect(tree?["status"]?.text == (status == 200 ? "success" : "error") && tree?["errorType"]?.text == kind, "\(response.text)")
        #expect(status == 200 || tree?["error"]?.text?.isEmpty == false)
    }

    @Test("paths and methods", arguments: [
        ("GET", "/api/v1/query/", 404, nil), ("GET", "/api/v1", 404, nil), ("GET", "", 404, nil), ("GET", "/api/v1/write", 404, nil), ("OPTIONS", "/api/v1/nosuch", 404, nil), ("GET", "/-/reload", 404, nil), ("GET", "/api/v1/label/a/b/values", 404, nil),
        ("OPTIONS", "/api/v1/query_range", 204, nil), ("OPTIONS", "/api/v1/label/a/values", 204, nil), ("HEAD", "/-/ready", 200, nil), ("POST", "/-/ready", 405, "GET, HEAD, OPTIONS"), ("DELETE", "/api/v1/series", 405, "GET, POST, OPTIONS"), ("POST", "/api/v1/metadata", 405, "GET, OPTIONS"), ("HEAD", "/api/v1/query", 405, "GET, POST, OPTIONS"),
    ] as [(String, String, Int, String?)])
    func methods(_ method: String, _ path: String, _ status: Int, _ allow: String?) {
        let response = door.ask(method, path, headers: [("origin", "http://grafana.example")])
        #expect(response.status == status && response["allow"] == allow)
        #expect(response["access-control-allow-origin"] == (status == 404 || path.hasPrefix("/-/") && status == 200 ? nil : "http://grafana.example"))
    }

    @Test func crossOrigin() {
        let origin: [(name: String, value: String)] = [("origin", "http://a.example")]
        let response = door.ask("GET", "/api/v1/query", [("query", "1")], headers: origin)
        #expect(response["access-control-allow-headers"] == "Accept, Authorization, Content-Type, Origin")
        #expect(response["access-control-allow-methods"] == "GET, POST, OPTIONS" && response["vary"] == "Origin")
        #expect(door.ask("GET", "/api/v1/query", [("query", "(")], headers: origin)["access-control-allow-origin"] == "http://a.example")
        #expect(door.ask("GET", "/api/v1/query", [("query", "1")])["access-control-allow-origin"] == nil)
    }

    @Test("a form's values come before those of the query string; without its content type a body is none")
    func forms() {
        let type = [(name: "content-type", value: "application/x-www-form-urlencoded; charset=UTF-8")]
        let both = door.send("POST", "/api/v1/query", query: "query=2&time=7", body: "query=1%2B%0A1&unknown=x", headers: type)
        #expect(both.text == #"{"status":"success","data":{"resultType":"scalar","result":[7,"2"]}}"#)
        let typeless = door.send("POST", "/api/v1/query", query: "query=3&time=7", body: "query=1", headers: [])
        #expect(typeless.text == #"{"status":"success","data":{"resultType":"scalar","result":[7,"3"]}}"#)
        let broken = door.send("POST", "/api/v1/query", query: nil, body: "%%&=&&query=%zz", headers: type)
        #expect(broken.status == 400)
    }

    @Test func manySelectors() {
        let thousand = [(String, String)](repeating: ("match[]", "gone"), count: 1_000)
        #expect(door.ask("POST", "/api/v1/labels", thousand).text == #"{"status":"success","data":["__name__"]}"#)
        #expect(door.ask("POST", "/api/v1/labels", thousand + [("match[]", "gone")]).status == 400)
    }

    @Test func readiness() {
        #expect(door.ask("GET", "/-/ready").text == "Prometheus Server is Ready.\n")
        door.readiness.becomeUnready("stopping")
        #expect(door.ask("GET", "/-/ready").status == 503 && door.ask("GET", "/-/healthy").status == 200)
    }

    // MARK: Limits

    @Test("too many samples, a source that fails, a query that takes too long")
    func failures() {
        var limits = PrometheusLimits()
        limits.samples = 20
        let small = PrometheusDoor(Self.edges, limits: limits).ask("GET", "/api/v1/query", [("query", "vector(1) + (1 + edges_total)"), ("time", "2")])
        #expect(small.status == 422 && small.text.contains("too many samples"))
        let broken = PrometheusDoor(Hooked { _ throws(EvaluationError) in throw .storage("no disk") }).ask("GET", "/api/v1/query", [("query", "x")])
        #expect(broken.status == 500 && broken.text == #"{"status":"error","errorType":"internal","error":"no disk"}"#)
        let slow = Hooked { run throws(EvaluationError) in while true { try run.check() } }
        let late = PrometheusDoor(slow).ask("POST", "/api/v1/query", [("query", "x"), ("timeout", "30ms")])
        #expect(late.status == 503 && late.text == #"{"status":"error","errorType":"timeout","error":"query timed out in query execution"}"#)
        limits.timeoutSeconds = 0.03
        #expect(PrometheusDoor(slow, limits: limits).ask("GET", "/api/v1/labels", [("timeout", "1h")]).status == 503)
    }

    @Test("a client that goes away stops its query")
    func cancelled() {
        let reply = LeavingReply()
        let door = PrometheusDoor(Hooked { run throws(EvaluationError) in
            try run.check()
            reply.leave()
            try run.check()
        })
        let head = RequestHead(method: "GET", path: "/prometheus/api/v1/query", query: "query=x")
        guard case .collect(let limits, let handle) = door.service.route(head) else { Issue.record("no query"); return }
        handle(Request(head: head, body: Body(copying: []), limits: limits), reply)
        #expect(reply.response?.status == 499 && reply.response?.text.contains(#""errorType":"canceled""#) == true)
    }

    @Test("a query that waits longer than it may is not begun")
    func queue() {
        let begun = DispatchSemaphore(value: 0), release = DispatchSemaphore(value: 0), answered = DispatchSemaphore(value: 0)
        let door = PrometheusDoor(Hooked { _ in
            begun.signal()
            release.wait()
        }, threads: 1)
        let replies = [SignallingReply(answered), SignallingReply(answered)]
        for (query, reply) in zip(["query=x", "query=x&timeout=10ms"], replies) {
            let head = RequestHead(method: "GET", path: "/prometheus/api/v1/query", query: query)
            guard case .collect(let limits, let handle) = door.service.route(head) else { Issue.record("no query"); return }
            handle(Request(head: head, body: Body(copying: []), limits: limits), reply)
        }
        begun.wait()
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(30))
        release.signal()
        for _ in replies { #expect(answered.wait(timeout: .now() + 20) == .success) }
        #expect(replies[0].response?.status == 200)
        #expect(replies[1].response?.text == #"{"status":"error","errorType":"timeout","error":"query timed out in query queue"}"#)
    }

    @Test("the deepest query runs on the stack of a query thread")
    func depth() {
        let answered = DispatchSemaphore(value: 0)
        let reply = SignallingReply(answered)
        let door = PrometheusDoor(Self.edges, threads: 1)
        let text = String(repeating: "sum(abs(", count: 127) + "edges_total" + String(repeating: "))", count: 127)
        let head = RequestHead(method: "GET", path: "/prometheus/api/v1/query", query: "time=2&query=" + Percent.encode(text))
        guard case .collect(let limits, let handle) = door.service.route(head) else { Issue.record("no query"); return }
        handle(Request(head: head, body: Body(copying: []), limits: limits), reply)
        #expect(answered.wait(timeout: .now() + 20) == .success)
        #expect(reply.response?.text == #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[2,"4"]}]}}"#)
    }

    private func get(_ target: String) -> Response {
        let parts = target.split(separator: "?", maxSplits: 1)
        return door.send("GET", String(parts[0]), query: parts.count > 1 ? String(parts[1]) : nil, body: "", headers: [])
    }
}

/// A source without series that does something when it is asked.
private struct Hooked: SeriesSource {
    let hook: @Sendable (QueryRun) throws(EvaluationError) -> Void

    init(_ hook: @escaping @Sendable (QueryRun) throws(EvaluationError) -> Void) { self.hook = hook }

    func select(_: [Matcher], fromMillis _: Int64, throughMillis _: Int64, run: QueryRun) throws(EvaluationError) -> [Series] {
        try hook(run)
        return []
    }
    func labelSets(_: [Matcher], fromMillis _: Int64, throughMillis _: Int64, run: QueryRun) throws(EvaluationError) -> [Labels] {
        try hook(run)
        return []
    }
    func exemplars(
        _: [Matcher], fromMillis _: Int64, throughMillis _: Int64, run _: QueryRun
    ) throws(EvaluationError) -> [(series: Labels, exemplars: [Exemplar])] { [] }
    var families: [MetricFamily] { [] }
}

/// A client that can go away.
private final class LeavingReply: Reply {
    private let state = Mutex((response: Response?.none, onCancel: [@Sendable () -> Void]()))
    var response: Response? { state.withLock { $0.response } }
    func leave() { for action in state.withLock({ $0.onCancel }) { action() } }
    func send(_ response: Response) { state.withLock { $0.response = response } }
    func onCancel(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.onCancel.append(action) } }
    var isCancelled: Bool { false }
    func sendMessage(_: [UInt8]) {}
    func fail(_: GRPCStatus) {}
    func start(status _: Int, headers _: [(name: String, value: String)]) {}
    func write(_: [UInt8]) -> Bool { true }
    func finish() {}
    func onWritable(_: @escaping @Sendable () -> Void) {}
}

/// Says when it has its answer.
private final class SignallingReply: Reply {
    private let held = Mutex<Response?>(nil)
    private let answered: DispatchSemaphore
    init(_ answered: DispatchSemaphore) { self.answered = answered }
    var response: Response? { held.withLock { $0 } }
    func send(_ response: Response) {
        held.withLock { $0 = response }
        answered.signal()
    }
    func onCancel(_: @escaping @Sendable () -> Void) {}
    var isCancelled: Bool { false }
    func sendMessage(_: [UInt8]) {}
    func fail(_: GRPCStatus) {}
    func start(status _: Int, headers _: [(name: String, value: String)]) {}
    func write(_: [UInt8]) -> Bool { true }
    func finish() {}
    func onWritable(_: @escaping @Sendable () -> Void) {}
}
