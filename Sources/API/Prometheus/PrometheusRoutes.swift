internal import PromQL
internal import Wire

/// The Prometheus HTTP API over Loupe's own series, below `/prometheus`. (promql.md §1 to §4)
///
/// One answer differs from Prometheus on purpose: `group by (…, connection_type, …)` shows that label on every element, be it
/// empty; see `Expression.shownWhenEmpty`.
struct PrometheusRoutes: Sendable {
    private let questions: PrometheusQuestions
    private let build: BuildInfo
    private let readiness: Readiness
    private let threads: QueryThreads
    private let now: @Sendable () -> UInt64

    init(
        source: any SeriesSource, limits: PrometheusLimits, build: BuildInfo, readiness: Readiness, threads: QueryThreads,
        now: @escaping @Sendable () -> UInt64
    ) {
        questions = PrometheusQuestions(source: source, limits: limits)
        self.build = build
        self.readiness = readiness
        self.threads = threads
        self.now = now
    }

    /// - Parameter segments: of the path, behind `prometheus`.
    func route(_ segments: [String], _ head: RequestHead) -> Route {
        guard !head.path.hasSuffix("/"), let endpoint = endpoint(segments) else { return .answer(.notFoundPage) }
        if head.method == "OPTIONS" { return .answer(shared(Response(status: 204), head)) }
        guard endpoint.methods.contains(head.method) else {
            let allow = (endpoint.methods + ["OPTIONS"]).joined(separator: ", ")
            return .answer(shared(.text(405, "Method Not Allowed\n", headers: [("allow", allow)]), head))
        }
        switch endpoint.work {
        case .probe(let response): return .answer(response)
        case .quick(let answer):
            return .collect(PrometheusForm.bodyLimits) { request, reply in
                reply.send(shared(response { try answer(PrometheusForm(request, nowMillis: nowMillis)) }, request.head))
            }
        case .query(let ask): return .collect(PrometheusForm.bodyLimits) { run(ask, $0, $1) }
        }
    }

    // MARK: Endpoints

    private struct Endpoint {
        enum Work {
            case probe(Response)
            /// Answered where the request is read.
            case quick(@Sendable (PrometheusForm) throws -> Response)
            /// Reads the source, on a query thread.
            case query(@Sendable (PrometheusQuestions.Asked) throws -> Response)
        }
        var methods: [String]
        var work: Work

        static let either = ["GET", "POST"]
        static func query(_ methods: [String], _ ask: @escaping @Sendable (PrometheusQuestions.Asked) throws -> Response) -> Endpoint {
            Endpoint(methods: methods, work: .query(ask))
        }
        static func quick(_ methods: [String], _ answer: @escaping @Sendable (PrometheusForm) throws -> Response) -> Endpoint {
            Endpoint(methods: methods, work: .quick(answer))
        }
    }

    private func endpoint(_ segments: [String]) -> Endpoint? {
        if segments.count == 2, segments[0] == "-" { return probe(segments[1]) }
        guard segments.starts(with: ["api", "v1"]) else { return nil }
        switch segments.dropFirst(2).joined(separator: "/") {
        case "query": return .query(Endpoint.either, questions.instant)
        case "query_range": return .query(Endpoint.either, questions.range)
        case "query_exemplars": return .query(Endpoint.either, questions.exemplars)
        case "series": return .query(Endpoint.either, questions.series)
        case "labels": return .query(Endpoint.either, questions.labels)
        case "metadata": return .quick(["GET"], metadata)
        case "rules": return .quick(["GET"], PrometheusState.rules)
        case "alerts": return .quick(["GET"], PrometheusState.alerts)
        case "targets": return .quick(["GET"], PrometheusState.targets)
        case "status/buildinfo": return .quick(["GET"]) { [build] _ in PrometheusState.buildInfo(build) }
        case "format_query":
            return .quick(Endpoint.either) { form in
                let text = try form.query().expression.formatted
                return PrometheusAnswer.success { $0.string(text) }
            }
        case "parse_query":
            return .quick(Endpoint.either) { form in
                let expression = try form.query().expression
                return PrometheusAnswer.success { $0.tree(expression) }
            }
        default:
            guard segments.count == 5, segments[2] == "label", segments[4] == "values" else { return nil }
            let name = segments[3]
            return .query(["GET"]) { [questions] in try questions.values(of: name, $0) }
        }
    }

    private func probe(_ name: String) -> Endpoint? {
        let methods = ["GET", "HEAD"]
        switch name {
        case "healthy": return Endpoint(methods: methods, work: .probe(.text(200, "Prometheus Server is Healthy.\n")))
        case "ready":
            let state = readiness.state
            let response = state.isReady
                ? Response.text(200, "Prometheus Server is Ready.\n") : .text(503, "Service Unavailable: Loupe is \(state.reason)\n")
            return Endpoint(methods: methods, work: .probe(response))
        default: return nil
        }
    }

    private func metadata(_ form: PrometheusForm) throws -> Response {
        func number(_ name: String) throws -> Int? {
            guard !form[name].isEmpty else { return nil }
            guard let number = Int(form[name]) else { throw PrometheusFailure(.badData, "\(name) must be a number") }
            return number >= 0 ? number : nil
        }
        let limit = try number("limit"), each = try number("limit_per_metric")
        var families = questions.source.families.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        if !form["metric"].isEmpty { families.removeAll { $0.name != form["metric"] } }
        return PrometheusAnswer.success { json in
            json.object { json in
                for family in families.prefix(limit ?? .max) where each != 0 { json.family(family) }
            }
        }
    }

    // MARK: Running

    private var nowMillis: Int64 { Int64(clamping: now() / 1_000_000) }

    /// On a query thread; a client that goes away stops its query, and so does its deadline, which counts from now.
    private func run(_ ask: @escaping @Sendable (PrometheusQuestions.Asked) throws -> Response, _ request: Request, _ reply: any Reply) {
        let came = ContinuousClock.now
        let millis = nowMillis
        threads.run {
            guard !reply.isCancelled else { return }
            reply.send(shared(response {
                let form = try PrometheusForm(request, nowMillis: millis)
                var seconds = questions.limits.timeoutSeconds
                if let wanted = try form.seconds("timeout") {
                    guard wanted > 0 else { throw PrometheusFailure(parameter: "timeout", "the time is over before the query begins") }
                    seconds = min(seconds, wanted)
                }
                let queued = ContinuousClock.now - came
                guard queued < .seconds(seconds) else { throw PrometheusFailure(.timeout, "query timed out in query queue") }
                let run = QueryRun(sampleLimit: questions.limits.samples, deadline: came + .seconds(seconds))
                reply.onCancel { run.cancel() }
                return try ask(.init(form: form, run: run, queued: queued))
            }, request.head))
        }
    }

    private func response(_ answer: () throws -> Response) -> Response {
        do { return try answer() } catch { return PrometheusFailure(error).response }
    }

    /// With what lets pages of other origins read the answer.
    private func shared(_ response: Response, _ head: RequestHead) -> Response {
        guard let origin = head["origin"] else { return response }
        var response = response
        response.headers += [
            ("access-control-allow-origin", origin), ("access-control-allow-methods", "GET, POST, OPTIONS"),
            ("access-control-allow-headers", "Accept, Authorization, Content-Type, Origin"), ("access-control-expose-headers", "Date"),
            ("vary", "Origin"),
        ]
        return response
    }
}
