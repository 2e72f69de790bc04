internal import OTLP
internal import SelfStats
internal import Wire

/// OTLP/HTTP: which requests are taken, and how they are answered. Source: opentelemetry-proto v1.11.0, docs/specification.md;
/// where that leaves a choice, the Collector's answers.
extension OTLPService {
    func routeHTTP(_ head: RequestHead) -> Route {
        switch OTLPPath(head.path) {
        case .traces: return routeTraces(head)
        case .otherSignal: return routeOtherSignal(head)
        case .otherTracer where head.method == "POST":
            report(.otherTracer, head, "POST \(head.path): Zipkin's and Jaeger's formats are not read here; use an OTLP exporter.")
        case .other where head.method == "POST" && PayloadFormat(contentType: head["content-type"]) != nil:
            report(
                .wrongPath, head,
                "POST \(head.path): not an OTLP path. Give the exporter the base URL, or the whole URL ending in /v1/traces.")
        case .other where GRPCMethod(path: head.path) == .export: return .answer(notGRPC(head))
        case .other, .otherTracer: break
        }
        return fallback?.route(head) ?? .answer(.text(404, "404 page not found\n"))
    }

    private func routeTraces(_ head: RequestHead) -> Route {
        let cors = settings.cors
        if cors.isActive, head.method == "OPTIONS", head["access-control-request-method"] != nil {
            if let origin = head["origin"], !cors.allows(origin: origin) {
                report(.originNotAllowed, head, "A page on \(origin) wants to send spans. Add \(origin) to the allowed origins to let it.")
            }
            return .answer(cors.preflight(head))
        }
        guard head.method == "POST" else {
            report(.wrongMethod, head, "\(head.method) /v1/traces: spans are sent with POST.")
            return .answer(.text(405, "405 method not allowed, supported: [POST]", headers: [("allow", "POST")] + cors.headers(for: head)))
        }
        guard let format = PayloadFormat(contentType: head["content-type"]) else {
            report(.wrongContentType, head, "content type \(head["content-type"] ?? "missing"): use application/x-protobuf or application/json.")
            return .answer(.text(
                415, "415 unsupported media type, supported: [application/json, application/x-protobuf]", headers: cors.headers(for: head)))
        }
        return .collect(settings.httpLimits) { request, reply in export(request, format, reply) }
    }

    private func routeOtherSignal(_ head: RequestHead) -> Route {
        guard head.method == "POST" else { return fallback?.route(head) ?? .answer(.text(404, "404 page not found\n")) }
        reportOtherSignal(head)
        guard settings.discardsOtherSignals, let format = PayloadFormat(contentType: head["content-type"]) else {
            return .answer(.text(404, "404 page not found\n"))
        }
        return .collect(settings.httpLimits) { request, reply in
            reply.send(response(200, format, ExportResult(rejected: []).encoded(as: format), request.head))
        }
    }

    func reportOtherSignal(_ head: RequestHead) {
        report(
            .otherSignal, head,
            "\(head.path): only traces are kept here. OTEL_METRICS_EXPORTER=none and OTEL_LOGS_EXPORTER=none silence this.")
    }

    /// gRPC's path, but not gRPC: HTTP/1, or another content type.
    private func notGRPC(_ head: RequestHead) -> Response {
        let detail = "invalid gRPC request content-type \"\(head["content-type"] ?? "")\""
        report(.wrongContentType, head, detail)
        return Response(status: 415, headers: [
            ("content-type", "application/grpc"), ("grpc-status", "3"), ("grpc-message", detail.filter { $0.isASCII && $0 != "%" }),
        ])
    }

    private func export(_ request: Request, _ format: PayloadFormat, _ reply: any Reply) {
        let head = request.head
        (format == .json ? counters.jsonRequests : counters.protobufRequests).add()
        if head.listener == "otlp-grpc" {
            report(.otherPort, head, "OTLP/HTTP on the gRPC port: works here, other backends will refuse it. HTTP's port is 4318.")
        }
        receive(request, format, .http) { outcome in
            switch outcome {
            case .taken(let result): reply.send(response(200, format, result.encoded(as: format), head))
            case .unreadable(let failure): reply.send(errorResponse(failure, format, head))
            case .undecodable(let field, let message):
                let status = ErrorStatus(code: 3, message: message, detail: .badRequest(field: field))
                reply.send(response(400, format, status.encoded(as: format), head))
            case .refused(let reason, let seconds):
                let status = ErrorStatus(code: 14, message: reason, detail: .retry(afterSeconds: seconds))
                let wait = Int(max(1, min(seconds.isFinite ? seconds.rounded(.up) : 1, 86_400)))
                reply.send(response(503, format, status.encoded(as: format), head, [("retry-after", String(wait))]))
            case .failed(let reason):
                reply.send(response(500, format, ErrorStatus(code: 13, message: reason).encoded(as: format), head))
            }
        }
    }

    /// Exactly the request's type, without parameters: the Collector's exporter and Go's compare it.
    private func response(
        _ status: Int, _ format: PayloadFormat, _ body: [UInt8], _ head: RequestHead, _ headers: [(name: String, value: String)] = []
    ) -> Response {
        Response(status: status, headers: [("content-type", format.rawValue)] + headers + settings.cors.headers(for: head), body: body)
    }

    func errorResponse(_ failure: BodyFailure, _ format: PayloadFormat, _ head: RequestHead) -> Response {
        let status = switch failure {
        case .tooLarge, .inflatedTooLarge, .headersTooLarge: ErrorStatus(code: 8, message: failure.message)
        case .unknownEncoding, .malformed: ErrorStatus(code: 3, message: failure.message)
        case .corrupt: ErrorStatus(code: 3, message: failure.message, detail: .badRequest(field: "body"))
        case .overloaded(let seconds): ErrorStatus(code: 14, message: failure.message, detail: .retry(afterSeconds: Double(seconds)))
        case .timedOut: ErrorStatus(code: 4, message: failure.message)
        }
        return response(failure.httpStatus, format, status.encoded(as: format), head, failure.httpHeaders)
    }
}
