internal import OTLP
internal import SelfStats
internal import Wire

/// OTLP/gRPC and `grpc.health.v1`: errors are trailers-only, in grpc-go's words where it has some.
extension OTLPService {
    func routeGRPC(_ head: RequestHead) -> Route {
        let method = GRPCMethod(path: head.path)
        switch method {
        case .export: break
        case .healthCheck: return .collect(Self.healthLimits) { [health] request, reply in health.check(request, reply) }
        case .healthWatch: return .collect(Self.healthLimits) { [health] request, reply in health.watch(request, reply) }
        case .otherSignal:
            reportOtherSignal(head)
            if settings.discardsOtherSignals { return .collect(settings.grpcLimits) { _, reply in reply.sendMessage([]) } }
        case .unknownService, .malformed:
            if let fallback { return fallback.route(head) }
        case .unknownMethod: break
        }
        if let failure = method.failure(path: head.path) { return .fail(failure) }
        guard head.method == "POST" else {
            return .answer(Response(status: 405, headers: [("content-type", "application/grpc"), ("grpc-status", "13"), ("allow", "POST")]))
        }
        return .collect(settings.grpcLimits) { request, reply in export(request, reply) }
    }

    private static let healthLimits = BodyLimits(wireBytes: 4096, inflatedBytes: 4096)

    private func export(_ request: Request, _ reply: any Reply) {
        counters.grpcRequests.add()
        if request.head.listener == "otlp-http" {
            report(.otherPort, request.head, "OTLP/gRPC on the HTTP port: works here, other backends will refuse it. gRPC's port is 4317.")
        }
        receive(request, .protobuf, .grpc) { outcome in
            switch outcome {
            case .taken(let result): reply.sendMessage(result.encoded(as: .protobuf))
            case .unreadable(let failure): reply.fail(failure.grpcStatus)
            case .undecodable(_, let message): reply.fail(GRPCStatus(.invalidArgument, "grpc: error unmarshalling request: \(message)"))
            case .refused(let reason, let seconds): reply.fail(GRPCStatus(.unavailable, reason, retryAfterSeconds: seconds))
            case .failed(let reason): reply.fail(GRPCStatus(.internal, reason))
            }
        }
    }
}
