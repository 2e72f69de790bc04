internal import CShims
public import PromQL
public import SelfStats
public import Wire
internal import Store

/// What the API answers from. Everything is asked for anew at each request, so it may change while Loupe runs.
public struct APIContext: Sendable {
    public var store: any TraceReader
    public var engine: any TraceQuerier
    public var build: BuildInfo
    public var readiness: Readiness
    public var problems: ProblemLog
    /// The registry's text for a scrape with this `Accept` header.
    public var metrics: @Sendable (_ accept: String?) -> (contentType: String, body: [UInt8])
    /// What rooms other than the store tell the viewer.
    public var server: @Sendable () -> ServerState
    /// Settings as text, one a line.
    public var settings: @Sendable (SettingsView) -> String
    /// In front of every path, such as `/loupe` behind a proxy; empty for none. Paths without it work too.
    public var pathPrefix = ""
    /// What traces that readers have open may take.
    public var openTraceBytes = 64 << 20
    /// How many queries run at once; others wait in line. 0 runs each where it is asked for.
    public var queriesAtOnce = 4
    /// What the Prometheus endpoints answer from.
    public var series: any SeriesSource = NoSeries()
    public var prometheus = PrometheusLimits()
    /// Nanoseconds since 1970.
    public var now: @Sendable () -> UInt64

    public init(
        store: any TraceReader, engine: any TraceQuerier, build: BuildInfo, readiness: Readiness, problems: ProblemLog,
        metrics: @escaping @Sendable (_ accept: String?) -> (contentType: String, body: [UInt8]),
        server: @escaping @Sendable () -> ServerState, settings: @escaping @Sendable (SettingsView) -> String,
        now: @escaping @Sendable () -> UInt64
    ) {
        self.store = store
        self.engine = engine
        self.build = build
        self.readiness = readiness
        self.problems = problems
        self.metrics = metrics
        self.server = server
        self.settings = settings
        self.now = now
    }
}

/// The service of the API listener: Tempo's HTTP API, the viewer, and whatever `other` takes (OTLP, so that spans sent to this
/// port arrive as well).
public final class APIService: Service {
    private let context: APIContext
    private let other: (any Service)?
    private let prefix: [String]
    private let pages: ViewerPages
    private let viewer: ViewerData
    private let status: StatusPages
    private let queries: QueryRoutes
    private let streams: StreamingQuerier
    private let prometheus: PrometheusRoutes
    private let threads: QueryThreads

    /// - Parameter other: gets gRPC calls, and requests to paths that are not the API's.
    public init(_ context: APIContext, other: (any Service)?) {
        self.context = context
        self.other = other
        prefix = RequestHead(method: "GET", path: context.pathPrefix).pathSegments
        pages = ViewerPages(files: EmbeddedViewer.files, prefix: prefix.map { "/" + $0 }.joined())
        viewer = ViewerData(
            store: context.store, open: OpenTraces(context.store, limitBytes: context.openTraceBytes, now: context.now), build: context.build,
            problems: context.problems, server: context.server, now: context.now)
        status = StatusPages(
            build: context.build, readiness: context.readiness, store: context.store, server: context.server,
            settings: context.settings, endpoints: Self.endpoints)
        let questions = TempoQuestions(engine: context.engine, now: context.now)
        threads = QueryThreads(limit: context.queriesAtOnce, whenQuiet: shims_return_free_memory)
        queries = QueryRoutes(questions, threads)
        streams = StreamingQuerier(questions, threads)
        prometheus = PrometheusRoutes(
            source: context.series, limits: context.prometheus, build: context.build, readiness: context.readiness, threads: threads,
            now: context.now)
    }

    /// Waits for queries whose clients have been let go. To be called when no listener is open any more, before the store closes.
    public func stop(graceSeconds: Int) { threads.stop(seconds: graceSeconds) }

    static let endpoints = [
        "GET /ready", "GET /metrics", "GET /status", "GET /status/{version,services,endpoints,config,ingest,runtime_config,overrides,usage-stats}",
        "GET /api/echo", "GET /api/status/buildinfo", "GET /api/traces/{id}", "GET /api/v2/traces/{id}", "GET /api/search",
        "GET /api/search/tags", "GET /api/v2/search/tags", "GET /api/search/tag/{name}/values", "GET /api/v2/search/tag/{name}/values",
        "GET /api/metrics/query_range", "GET /api/metrics/query", "GET /api/metrics/summary", "gRPC tempopb.StreamingQuerier",
        "GET /prometheus/api/v1/{query,query_range,query_exemplars,series,labels,label/{name}/values}",
        "GET /prometheus/api/v1/{metadata,format_query,parse_query}",
        "GET /prometheus/api/v1/{rules,alerts,targets,status/buildinfo}", "GET /prometheus/-/{healthy,ready}",
        "GET /ui/", "POST /v1/traces",
    ]

    public func route(_ head: RequestHead) -> Route {
        if head.isGRPC { return streams.route(head) ?? other?.route(head) ?? .fail(GRPCStatus(.unimplemented, "unknown service \(head.serviceName)")) }
        let segments = head.segments(behind: prefix)
        return switch segments.first {
        case nil: get(head) { .answer(self.redirectToViewer()) }
        case "ui": get(head) { self.viewerRoute(Array(segments.dropFirst()), head) }
        case "ready" where segments.count == 1: .answer(ready())
        case "metrics" where segments.count == 1: worker { context, _ in .metrics(context.metrics(head["accept"])) }
        case "status": get(head) { self.statusRoute(Array(segments.dropFirst())) }
        case "prometheus": prometheus.route(Array(segments.dropFirst()), head)
        case "api": tempoRoute(Array(segments.dropFirst()), head) ?? elsewhere(head)
        default: elsewhere(head)
        }
    }

    /// Tempo's query routes take any method; nil for a path that is none of them.
    private func tempoRoute(_ segments: [String], _ head: RequestHead) -> Route? {
        switch (segments.first, segments.count) {
        case ("echo", 1): return .answer(.text(200, "echo\n"))
        case ("status", 2) where segments[1] == "buildinfo":
            return get(head) { .answer(Response(status: 200, headers: [("content-type", "application/json")], body: self.context.build.json())) }
        case ("traces", 2): return worker { try TraceByID(store: $0.store, engine: $0.engine).answer(segments[1], .v1, $1) }
        case ("v2", 3) where segments[1] == "traces":
            return worker { try TraceByID(store: $0.store, engine: $0.engine).answer(segments[2], .v2, $1) }
        default: return queries.route(segments)
        }
    }

    private func statusRoute(_ segments: [String]) -> Route {
        .collect(.none) { [status] request, reply in reply.send(status.answer(segments, request.head.parameters)) }
    }

    private func viewerRoute(_ segments: [String], _ head: RequestHead) -> Route {
        if segments.first == "api" {
            return .collect(.none) { [viewer] request, reply in viewer.answer(Array(segments.dropFirst()), request.head, reply) }
        }
        return .collect(.none) { [pages] request, reply in reply.send(pages.answer(segments, request.head)) }
    }

    private func elsewhere(_ head: RequestHead) -> Route { other?.route(head) ?? .answer(.notFoundPage) }

    private func redirectToViewer() -> Response {
        Response(status: 302, headers: [("location", prefix.map { "/" + $0 }.joined() + "/ui/")])
    }

    private func ready() -> Response {
        let state = context.readiness.state
        return state.isReady ? .text(200, "ready\n") : .text(503, "Loupe is \(state.reason)\n")
    }

    private func get(_ head: RequestHead, _ route: () -> Route) -> Route {
        if head.method == "GET" || head.method == "HEAD" { return route() }
        return .answer(Response(status: 405, headers: [("allow", "GET, HEAD")]))
    }

    /// Answers on a worker, where the store may be read. Errors become plain text: what the client did wrong 400, the rest 500.
    private func worker(_ answer: @escaping @Sendable (APIContext, RequestHead) throws -> Response) -> Route {
        .collect(.none) { [context] request, reply in
            do { reply.send(try answer(context, request.head)) } catch { reply.send(Refusal(error).response) }
        }
    }
}

extension RequestHead {
    /// Of a gRPC call: what stands before the method.
    fileprivate var serviceName: Substring {
        let path = path.dropFirst()
        return path.lastIndex(of: "/").map { path[..<$0] } ?? path
    }
}
