import Receiver
import SelfStats
import Testing
import Trace
import Wire

@Suite struct GRPCTests {
    @Test func exports() {
        let bench = Bench()
        #expect(bench.call(protobuf(json())).sent == [.message([])])
        #expect(bench.sink.submissions[0].transport == .grpc && bench.counters.grpcRequests.value == 1)
    }

    @Test func rejectedSpansAreAPartialSuccess() {
        guard case .message(let message) = Bench().call(protobuf(json(spanID: ""))).sent[0] else { return #expect(Bool(false)) }
        #expect(message.prefix(6) == [0x0a, 59, 8, 1, 0x12, 55])
    }

    @Test("how calls fail", arguments: [
        (grpc("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"), GRPCStatus(.unimplemented, "unknown service opentelemetry.proto.collector.metrics.v1.MetricsService")),
        (grpc("/a.B/C"), GRPCStatus(.unimplemented, "unknown service a.B")),
        (grpc("/opentelemetry.proto.collector.trace.v1.TraceService/Import"), GRPCStatus(.unimplemented, "unknown method Import for service opentelemetry.proto.collector.trace.v1.TraceService")),
        (grpc("/nonsense"), GRPCStatus(.unimplemented, "malformed method name: \"/nonsense\"")),
        (grpc("nonsense"), GRPCStatus(.unimplemented, "malformed method name: \"nonsense\"")),
    ])
    func fails(_ head: RequestHead, _ status: GRPCStatus) { #expect(Bench().send(head).sent == [.failure(status)]) }

    @Test func malformedMessages() {
        #expect(Bench().call([0x0a, 5]).sent == [.failure(GRPCStatus(
            .invalidArgument, "grpc: error unmarshalling request: not a protobuf ExportTraceServiceRequest: a field reaches past the end of its message (at byte 2)"))])
    }

    @Test("what the sink says", arguments: [
        (.refused(reason: "no room", retryAfterSeconds: 2), GRPCStatus(.unavailable, "no room", retryAfterSeconds: 2)),
        (.failed(reason: "broken"), GRPCStatus(.internal, "broken")),
    ] as [(SinkResult, GRPCStatus)])
    func sink(_ result: SinkResult, _ status: GRPCStatus) {
        #expect(Bench(sink: RecordingSink(result)).call(protobuf(json())).sent == [.failure(status)])
    }

    @Test func theOtherPortWorksAndIsNoted() {
        let bench = Bench()
        var call = grpc("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        call.listener = "otlp-http"
        #expect(bench.send(call, protobuf(json())).sent == [.message([])])
        #expect(bench.problems.kinds == [.otherPort])
    }
}

@Suite struct HealthTests {
    private func request(_ service: String) -> Bytes { service.isEmpty ? [] : [0x0a, UInt8(service.utf8.count)] + Bytes(service.utf8) }
    private let check = grpc("/grpc.health.v1.Health/Check")
    private let watch = grpc("/grpc.health.v1.Health/Watch")

    @Test("known services", arguments: ["", "opentelemetry.proto.collector.trace.v1.TraceService", "tempopb.StreamingQuerier"])
    func checks(_ service: String) {
        let bench = Bench(health: Health(services: ["tempopb.StreamingQuerier"]))
        #expect(bench.send(check, request(service)).sent == [.message([8, 1])])
        bench.health.isServing = false
        #expect(bench.send(check, request(service)).sent == [.message([8, 2])])
    }

    @Test func unknownServices() {
        let bench = Bench()
        #expect(bench.send(check, request("x")).sent == [.failure(GRPCStatus(.notFound, "unknown service"))])
        #expect(bench.send(watch, request("x")).sent == [.write([8, 3])])
        #expect(bench.send(check, [0x0a, 9]).sent == [.failure(GRPCStatus(.invalidArgument, "not a HealthCheckRequest"))])
    }

    @Test func watchersHearOfChangesUntilTheyLeave() {
        let bench = Bench()
        let reply = bench.send(watch)
        #expect(reply.sent == [.write([8, 1])])
        bench.health.isServing = false
        bench.health.isServing = false
        #expect(reply.sent == [.write([8, 1]), .write([8, 2])])
        reply.cancel()
        bench.health.isServing = true
        #expect(reply.sent.count == 2)
    }
}
