import PromQL
import SelfStats
import Wire
@testable import API

/// The Prometheus endpoints of an API over some series, asked as a client would.
struct PrometheusDoor {
    let service: APIService
    let readiness: Readiness

    init(_ source: some SeriesSource, limits: PrometheusLimits = PrometheusLimits(), threads: Int = 0) {
        let readiness = Readiness { Door.now }
        readiness.becomeReady()
        self.readiness = readiness
        var context = APIContext(
            store: FakeStore([]), engine: FakeEngine(), build: BuildInfo(version: "0.1.0", revision: "abc1234", date: "2026-11-24"),
            readiness: readiness, problems: ProblemLog(), metrics: { _ in ("text/plain", []) }, server: { Door.server() }, settings: { _ in "" },
            now: { Door.now })
        context.queriesAtOnce = threads
        context.series = source
        context.prometheus = limits
        service = APIService(context, other: nil)
    }

    /// - Parameter path: below `/prometheus`. A POST carries `parameters` as a form, everything else in its query string.
    func ask(_ method: String, _ path: String, _ parameters: [(String, String)] = [], headers: [(name: String, value: String)] = []) -> Response {
        let query = parameters.map { Percent.encode($0.0) + "=" + Percent.encode($0.1) }.joined(separator: "&")
        let isForm = method == "POST"
        return send(
            method, path, query: isForm || query.isEmpty ? nil : query, body: isForm ? query : "",
            headers: headers + (isForm ? [("content-type", "application/x-www-form-urlencoded")] : []))
    }

    func send(_ method: String, _ path: String, query: String?, body: String, headers: [(name: String, value: String)]) -> Response {
        let head = RequestHead(method: method, path: "/prometheus" + path, query: query, headers: headers)
        let reply = RecordingReply()
        switch service.route(head) {
        case .answer(let response): return response
        case .fail: return Response(status: -1)
        case .collect(let limits, let handle): handle(Request(head: head, body: Body(copying: Array(body.utf8)), limits: limits), reply)
        }
        return reply.value.response ?? Response(status: -1)
    }
}
