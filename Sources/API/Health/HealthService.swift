public import Wire

/// Answers probes as the OpenTelemetry Collector's health_check extension does: any method, the configured path.
///
/// Source: opentelemetry-collector-contrib, extension/healthcheckextension.
public struct HealthService: Service {
    private let path: [String]
    private let readiness: Readiness

    /// - Parameter path: where the answer stands, `/` by default.
    public init(path: String = "/", readiness: Readiness) {
        self.path = RequestHead(method: "GET", path: path).pathSegments
        self.readiness = readiness
    }

    public func route(_ head: RequestHead) -> Route {
        .answer(head.pathSegments == path ? answer() : .notFoundPage)
    }

    private func answer() -> Response {
        let state = readiness.state
        let headers = [(name: "content-type", value: "application/json")]
        guard state.isReady else {
            let body = #"{"status":"Server not available","upSince":"0001-01-01T00:00:00Z","uptime":""}"#
            return Response(status: 503, headers: headers, body: Array(body.utf8))
        }
        let now = readiness.now()
        let uptime = GoDuration.text(now > state.sinceNanos ? now - state.sinceNanos : 0)
        let body = #"{"status":"Server available","upSince":"\#(rfc3339(nanos: state.sinceNanos))","uptime":"\#(uptime)"}"#
        return Response(status: 200, headers: headers, body: Array(body.utf8))
    }
}

/// Answers scrapes of the process's own metrics, and nothing else.
public struct MetricsService: Service {
    private let metrics: @Sendable (_ accept: String?) -> (contentType: String, body: [UInt8])

    public init(metrics: @escaping @Sendable (_ accept: String?) -> (contentType: String, body: [UInt8])) { self.metrics = metrics }

    public func route(_ head: RequestHead) -> Route {
        switch head.pathSegments {
        case ["metrics"]: return .collect(.none) { [metrics] request, reply in reply.send(.metrics(metrics(request.head["accept"]))) }
        case []: return .answer(.text(200, "Loupe's own metrics, for Prometheus to scrape: /metrics\n"))
        default: return .answer(.notFoundPage)
        }
    }
}
