import Receiver
import SelfStats
import Testing
import Trace
import Wire
import Zlib

private let typeProtobuf = "content-type: application/x-protobuf"
private let typeJSON = "content-type: application/json"
private let typeText = "content-type: text/plain; charset=utf-8"

@Suite struct HTTPTests {
    @Test("success, in each type and encoding", arguments: [
        ("application/x-protobuf", ContentEncoding.identity), ("Application/X-Protobuf; charset=utf-8", .gzip), ("application/json", .deflate),
        ("application/json;charset=UTF-8", .identity),
    ])
    func stores(_ type: String, _ encoding: ContentEncoding) {
        let bench = Bench()
        let isJSON = type.hasPrefix("application/json")
        let plain = isJSON ? json() : protobuf(json())
        let body = switch encoding {
        case .identity: plain
        case .gzip: Deflater(.gzip).deflated(plain)
        case .deflate: Deflater(.zlib).deflated(plain)
        }
        let reply = bench.post(body, type, encoding: encoding)
        #expect(reply.sent == [.response(status: 200, headers: [isJSON ? typeJSON : typeProtobuf], body: isJSON ? "{}" : "")])
        let submission = bench.sink.submissions[0]
        #expect(submission.batch.spans.count == 1 && Bytes(submission.body.bytes) == body && submission.encoding == encoding)
        #expect(submission.format == (isJSON ? .json : .protobuf) && submission.transport == .http && submission.peer == "10.0.0.7")
        #expect(bench.counters.acceptedSpans.http.value == 1 && bench.counters.receivedBytes.value == body.count)
        #expect(bench.problems.kinds.isEmpty)
    }

    @Test func answersOnlyWhenTheSpansAreStored() {
        let bench = Bench(sink: RecordingSink(nil))
        let reply = bench.post(protobuf(json()))
        #expect(reply.sent.isEmpty)
        bench.sink.completeAll(.stored)
        #expect(reply.sent == [.response(status: 200, headers: [typeProtobuf], body: "")])
    }

    @Test func anEmptyRequestNeverReachesTheSink() {
        let bench = Bench()
        #expect(bench.post([]).sent == [.response(status: 200, headers: [typeProtobuf], body: "")])
        #expect(bench.post(Bytes("{}".utf8), "application/json").sent == [.response(status: 200, headers: [typeJSON], body: "{}")])
        #expect(bench.sink.submissions.isEmpty)
    }

    @Test func rejectedSpansAreAPartialSuccess() {
        let bench = Bench()
        #expect(bench.post(json(spanID: ""), "application/json").sent == [.response(status: 200, headers: [typeJSON], body:
            #"{"partialSuccess":{"rejectedSpans":"1","errorMessage":"1 span was rejected: span id is missing or all zero (1)"}}"#)])
        let text = "1 span was rejected: span id is missing or all zero (1)"
        #expect(bench.post(protobuf(json(spanID: ""))).sent == [.response(status: 200, headers: [typeProtobuf], body:
            String(decoding: [0x0a, 59, 8, 1, 0x12, 55], as: UTF8.self) + text)])
        #expect(bench.problems.kinds == [.rejectedSpans, .rejectedSpans] && bench.sink.submissions.isEmpty)
        #expect(bench.counters.rejectedSpans.values.map(\.count) == [2])
    }

    @Test("refusals before the body", arguments: [
        (head("GET", "/v1/traces"), .response(status: 405, headers: [typeText, "allow: POST"], body: "405 method not allowed, supported: [POST]"), SenderProblem.Kind.wrongMethod),
        (head("OPTIONS", "/v1/traces"), .response(status: 405, headers: [typeText, "allow: POST"], body: "405 method not allowed, supported: [POST]"), .wrongMethod),
        (head("POST", "/v1/traces"), .response(status: 415, headers: [typeText], body: "415 unsupported media type, supported: [application/json, application/x-protobuf]"), .wrongContentType),
        (head("POST", "/v1/traces", "text/plain"), .response(status: 415, headers: [typeText], body: "415 unsupported media type, supported: [application/json, application/x-protobuf]"), .wrongContentType),
        (head("POST", "/", "application/json"), .response(status: 404, headers: [typeText], body: "404 page not found\n"), .wrongPath),
        (head("POST", "/v1/traces/v1/traces", "application/x-protobuf"), .response(status: 404, headers: [typeText], body: "404 page not found\n"), .wrongPath),
        (head("POST", "/v1/metrics", "application/json"), .response(status: 404, headers: [typeText], body: "404 page not found\n"), .otherSignal),
        (head("POST", "/v1/logs", "application/json"), .response(status: 404, headers: [typeText], body: "404 page not found\n"), .otherSignal),
        (head("POST", "/api/v2/spans", "application/json"), .response(status: 404, headers: [typeText], body: "404 page not found\n"), .otherTracer),
        (head("GET", "/favicon.ico"), .response(status: 404, headers: [typeText], body: "404 page not found\n"), nil),
        (head("POST", "/opentelemetry.proto.collector.trace.v1.TraceService/Export", "text/plain"),
         .response(status: 415, headers: ["content-type: application/grpc", "grpc-status: 3", "grpc-message: invalid gRPC request content-type \"text/plain\""], body: ""), .wrongContentType),
    ] as [(RequestHead, RecordingReply.Sent, SenderProblem.Kind?)])
    func refuses(_ head: RequestHead, _ expected: RecordingReply.Sent, _ problem: SenderProblem.Kind?) {
        let bench = Bench()
        #expect(bench.send(head).sent == [expected])
        #expect(bench.problems.kinds == (problem.map { [$0] } ?? []))
    }

    @Test func malformedBodiesNameThePlace() {
        let bench = Bench()
        #expect(bench.post(Bytes(#"{"resourceSpans":[5]}"#.utf8), "application/json").sent == [.response(status: 400, headers: [typeJSON], body:
            #"{"code":3,"message":"not an OTLP JSON request: resourceSpans[0]: expected an object, found '5' (line 1, column 19, byte 18)","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"resourceSpans[0]","description":"not an OTLP JSON request: resourceSpans[0]: expected an object, found '5' (line 1, column 19, byte 18)"}]}]}"#)])
        guard case .response(400, [typeProtobuf], let body) = bench.post([0x0a, 5]).sent[0] else { return #expect(Bool(false)) }
        #expect(body.contains("not a protobuf ExportTraceServiceRequest: a field reaches past the end of its message (at byte 2)"))
        #expect(body.contains("type.googleapis.com/google.rpc.BadRequest"))
        #expect(bench.problems.kinds == [.malformedBody, .malformedBody] && bench.counters.malformedRequests.value == 2)
    }

    @Test("labels that are wrong", arguments: [
        (json(), "application/x-protobuf", "the body is JSON but labelled protobuf: set Content-Type: application/json"),
        (protobuf(json()), "application/json", "the body looks like protobuf but is labelled JSON: set Content-Type: application/x-protobuf"),
        (Deflater(.gzip).deflated(json()), "application/json", "the body is gzip: set Content-Encoding: gzip, once per compression"),
    ])
    func mislabelled(_ body: Bytes, _ type: String, _ hint: String) {
        let bench = Bench()
        guard case .response(400, _, let text) = bench.post(body, type).sent[0] else { return #expect(Bool(false)) }
        #expect(text.contains(hint))
        #expect(bench.problems.kinds == [.mislabelledBody] && bench.problems.details == [hint])
    }

    @Test func corruptCompressionIs400() {
        guard case .response(400, _, let text) = Bench().post([1, 2, 3], "application/json", encoding: .gzip).sent[0] else { return #expect(Bool(false)) }
        #expect(text.hasPrefix(#"{"code":3,"message":"the compressed request body cannot be inflated"#))
    }

    @Test func refusalsSayWhenToComeBack() {
        let bench = Bench(sink: RecordingSink(.refused(reason: "the disk is full", retryAfterSeconds: 1.5)))
        #expect(bench.post(json(), "application/json").sent == [.response(status: 503, headers: [typeJSON, "retry-after: 2"], body:
            #"{"code":14,"message":"the disk is full","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.500000000s"}]}"#)])
        #expect(bench.problems.kinds == [.refused] && bench.counters.refusedSpans.http.value == 1)
    }

    @Test func failuresAreFinal() {
        let bench = Bench(sink: RecordingSink(.failed(reason: "broken")))
        #expect(bench.post(json(), "application/json").sent == [.response(status: 500, headers: [typeJSON], body: #"{"code":13,"message":"broken"}"#)])
    }

    @Test("errors that the transport meets", arguments: [
        (.tooLarge(bytes: 9, limitBytes: 5), 413, 8, []),
        (.unknownEncoding("br"), 400, 3, ["accept-encoding: gzip, deflate"]),
        (.overloaded(retryAfterSeconds: 1), 503, 14, ["retry-after: 1"]),
    ] as [(BodyFailure, Int, Int, [String])])
    func describes(_ failure: BodyFailure, _ status: Int, _ code: Int, _ headers: [String]) {
        let response = Bench().service.describe(failure, head("POST", "/v1/traces", "application/json"))
        #expect(response.status == status && response.headers.map { "\($0.name): \($0.value)" } == [typeJSON] + headers)
        #expect(String(decoding: response.body, as: UTF8.self).hasPrefix(#"{"code":\#(code),"message":""#))
    }

    @Test func otherPathsGoToTheFallback() {
        let bench = Bench(fallback: OtherService())
        #expect(bench.send(head("GET", "/api/search")).sent == [.response(status: 200, headers: [typeText], body: "other /api/search")])
        #expect(bench.send(grpc("/tempopb.StreamingQuerier/Search")).sent == [.failure(GRPCStatus(.unimplemented, "asked the other"))])
        #expect(bench.post(json(), "application/json").sent == [.response(status: 200, headers: [typeJSON], body: "{}")])
    }

    @Test func otherSignalsCanBeDiscarded() {
        var bench = Bench()
        bench.settings.discardsOtherSignals = true
        #expect(bench.send(head("POST", "/v1/logs", "application/json"), Bytes("{}".utf8)).sent == [.response(status: 200, headers: [typeJSON], body: "{}")])
        #expect(bench.send(grpc("/opentelemetry.proto.collector.logs.v1.LogsService/Export")).sent == [.message([])])
    }

    @Test("what makes spans hard to find", arguments: [
        (json(service: nil), [.unknownService]), (json(service: "unknown_service:java"), [.unknownService]),
        (json(endNanos: nanosNow() - 3_600_000_000_000), [.clock]), (json(endNanos: nanosNow() + 3_600_000_000_000), [.clock]),
        (json(endNanos: nanosNow() / 1_000_000), [.clock]), (json(endNanos: 0), []),
    ] as [(Bytes, [SenderProblem.Kind])])
    func inspects(_ body: Bytes, _ problems: [SenderProblem.Kind]) {
        let bench = Bench()
        #expect(bench.post(body, "application/json").sent == [.response(status: 200, headers: [typeJSON], body: "{}")])
        #expect(bench.problems.kinds == problems)
    }

    @Test func namesTheUnit() {
        let bench = Bench()
        _ = bench.post(json(endNanos: nanosNow() / 1_000_000), "application/json")
        #expect(bench.problems.details == ["Times look like milliseconds; OTLP wants nanoseconds since 1970."])
    }
}

@Suite struct CORSTests {
    private func bench(_ origins: [String], headers: [String] = ["*"]) -> Bench {
        var bench = Bench()
        bench.settings.cors = CORSPolicy(allowedOrigins: origins, allowedHeaders: headers, maxAgeSeconds: 60)
        return bench
    }
    private func preflight(_ origin: String, method: String = "POST", headers: String = "content-type,x-token") -> RequestHead {
        head("OPTIONS", "/v1/traces", nil, [("origin", origin), ("access-control-request-method", method), ("access-control-request-headers", headers)])
    }
    private let vary = "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"

    @Test("origins", arguments: [
        ("https://shop.example.com", true), ("HTTPS://SHOP.example.com", true), ("https://a.b.example.org", true), ("https://example.org", false),
        ("http://shop.example.com", false), ("https://evil.com", false),
    ])
    func origins(_ origin: String, _ isAllowed: Bool) {
        let bench = bench(["https://shop.example.com", "https://*.example.org"])
        let allowed = [vary, "access-control-allow-origin: \(origin)", "access-control-allow-methods: POST",
                       "access-control-allow-headers: content-type,x-token", "access-control-allow-credentials: true", "access-control-max-age: 60"]
        #expect(bench.send(preflight(origin)).sent == [.response(status: 204, headers: isAllowed ? allowed : [vary], body: "")])
        #expect(bench.problems.kinds == (isAllowed ? [] : [.originNotAllowed]))
    }

    @Test func methodsAndHeadersAreChecked() {
        let refused = RecordingReply.Sent.response(status: 204, headers: [vary], body: "")
        #expect(bench(["*"]).send(preflight("https://a", method: "DELETE")).sent == [refused])
        #expect(bench(["*"], headers: []).send(preflight("https://a")).sent == [refused])
        #expect(bench(["*"], headers: ["X-Token"]).send(preflight("https://a")).sent != [refused])
    }

    @Test func answersCarryTheOrigin() {
        let page = head("POST", "/v1/traces", "application/json", [("origin", "https://a")])
        #expect(bench(["*"]).send(page, Bytes("{}".utf8)).sent == [.response(status: 200, headers: [
            typeJSON, "vary: Origin", "access-control-allow-origin: https://a", "access-control-allow-credentials: true"], body: "{}")])
        #expect(bench(["https://b"]).send(page, Bytes("{}".utf8)).sent == [.response(status: 200, headers: [typeJSON, "vary: Origin"], body: "{}")])
    }
}
