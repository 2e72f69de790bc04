internal import Wire

/// What a gRPC path names.
enum GRPCMethod: Equatable {
    case export
    case healthCheck, healthWatch
    /// Metrics, logs or profiles.
    case otherSignal(String)
    /// A method that a service known here does not have.
    case unknownMethod(String, service: String)
    case unknownService(String)
    case malformed

    static let traceService = "opentelemetry.proto.collector.trace.v1.TraceService"
    static let healthService = "grpc.health.v1.Health"

    init(path: String) {
        guard path.utf8.first == UInt8(ascii: "/"), let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash > path.startIndex else {
            self = .malformed
            return
        }
        let service = String(path[path.index(after: path.startIndex)..<slash])
        let method = String(path[path.index(after: slash)...])
        switch (service, method) {
        case (Self.traceService, "Export"): self = .export
        case (Self.healthService, "Check"): self = .healthCheck
        case (Self.healthService, "Watch"): self = .healthWatch
        case (Self.traceService, _), (Self.healthService, _): self = .unknownMethod(method, service: service)
        case ("opentelemetry.proto.collector.metrics.v1.MetricsService", "Export"),
             ("opentelemetry.proto.collector.logs.v1.LogsService", "Export"),
             ("opentelemetry.proto.collector.profiles.v1development.ProfilesService", "Export"):
            self = .otherSignal(service)
        default: self = .unknownService(service)
        }
    }

    /// grpc-go's words.
    func failure(path: String) -> GRPCStatus? {
        switch self {
        case .export, .healthCheck, .healthWatch: nil
        case .otherSignal(let service), .unknownService(let service): GRPCStatus(.unimplemented, "unknown service \(service)")
        case .unknownMethod(let method, let service): GRPCStatus(.unimplemented, "unknown method \(method) for service \(service)")
        case .malformed: GRPCStatus(.unimplemented, "malformed method name: \"\(path)\"")
        }
    }
}
