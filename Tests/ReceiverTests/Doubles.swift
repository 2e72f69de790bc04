import OTLP
import Receiver
import Synchronization
import Trace
import Wire
import Zlib

typealias Bytes = [UInt8]

/// Keeps what a handler sent.
final class RecordingReply: Reply {
    enum Sent: Equatable {
        case response(status: Int, headers: [String], body: String)
        case message(Bytes), write(Bytes), failure(GRPCStatus), finish
    }
    private let state = Mutex((sent: [Sent](), onCancel: [@Sendable () -> Void]()))

    var sent: [Sent] { state.withLock { $0.sent } }
    private func add(_ item: Sent) { state.withLock { $0.sent.append(item) } }

    func send(_ response: Response) {
        add(.response(status: response.status, headers: response.headers.map { "\($0.name): \($0.value)" },
                      body: String(decoding: response.body, as: UTF8.self)))
    }
    func sendMessage(_ message: [UInt8]) { add(.message(message)) }
    func fail(_ status: GRPCStatus) { add(.failure(status)) }
    func start(status: Int, headers: [(name: String, value: String)]) {}
    func write(_ bytes: [UInt8]) -> Bool {
        add(.write(bytes))
        return true
    }
    func finish() { add(.finish) }
    func onWritable(_ action: @escaping @Sendable () -> Void) { action() }
    var isCancelled: Bool { false }
    func onCancel(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.onCancel.append(action) } }
    func cancel() { for action in state.withLock({ $0.onCancel }) { action() } }
}

/// Takes submissions and answers each as told, or later when told nothing.
final class RecordingSink: SpanSink {
    private let state = Mutex((submissions: [Submission](), waiting: [@Sendable (SinkResult) -> Void]()))
    private let result: SinkResult?

    init(_ result: SinkResult? = .stored) { self.result = result }

    var submissions: [Submission] { state.withLock { $0.submissions } }

    func accept(_ submission: Submission, completion: @escaping @Sendable (SinkResult) -> Void) {
        state.withLock {
            $0.submissions.append(submission)
            if result == nil { $0.waiting.append(completion) }
        }
        if let result { completion(result) }
    }

    func completeAll(_ result: SinkResult) { for completion in state.withLock({ $0.waiting }) { completion(result) } }
}

final class RecordingProblems: SenderProblemSink {
    private let found = Mutex([SenderProblem]())
    var kinds: [SenderProblem.Kind] { found.withLock { $0.map(\.kind) } }
    var details: [String] { found.withLock { $0.map(\.detail) } }
    func report(_ problem: SenderProblem) { found.withLock { $0.append(problem) } }
}

/// Knows one path.
struct OtherService: Service {
    func route(_ head: RequestHead) -> Route {
        head.isGRPC ? .fail(GRPCStatus(.unimplemented, "asked the other")) : .answer(.text(200, "other \(head.path)"))
    }
}

/// A service with its surroundings, and one request put to it.
struct Bench {
    var settings = OTLPService.Settings()
    var sink = RecordingSink()
    var problems = RecordingProblems()
    var health = Health()
    var counters = ReceiverCounters()
    var fallback: (any Service)?

    var service: OTLPService {
        OTLPService(settings: settings, sink: sink, problems: problems, health: health, counters: counters, fallback: fallback)
    }

    @discardableResult
    func send(_ head: RequestHead, _ body: Bytes = [], encoding: ContentEncoding = .identity) -> RecordingReply {
        let reply = RecordingReply()
        switch service.route(head) {
        case .answer(let response): reply.send(response)
        case .fail(let status): reply.fail(status)
        case .collect(let limits, let handle):
            handle(Request(head: head, body: Body(copying: body), encoding: encoding, limits: limits), reply)
        }
        return reply
    }

    func post(_ body: Bytes, _ type: String = "application/x-protobuf", encoding: ContentEncoding = .identity) -> RecordingReply {
        send(head("POST", "/v1/traces", type), body, encoding: encoding)
    }

    func call(_ body: Bytes) -> RecordingReply { send(grpc("/opentelemetry.proto.collector.trace.v1.TraceService/Export"), body) }
}

func head(_ method: String, _ path: String, _ type: String? = nil, _ headers: [(name: String, value: String)] = []) -> RequestHead {
    RequestHead(method: method, path: path, headers: (type.map { [("content-type", $0)] } ?? []) + headers, listener: "otlp-http", peer: "10.0.0.7")
}

func grpc(_ path: String, method: String = "POST") -> RequestHead {
    RequestHead(method: method, path: path, headers: [("content-type", "application/grpc")], httpVersion: .http2, isGRPC: true,
                listener: "otlp-grpc", peer: "10.0.0.7")
}

/// A request of one span that ends now, as JSON and as protobuf.
func json(service: String? = "shop", spanID: String = "0102030405060708", endNanos: UInt64 = nanosNow(), more: String = "") -> Bytes {
    let resource = service.map { #""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"\#($0)"}}]},"# } ?? ""
    return Bytes(#"{"resourceSpans":[{\#(resource)"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"\#(spanID)","endTimeUnixNano":"\#(endNanos)"\#(more)}]}]}]}"#.utf8)
}

func protobuf(_ json: Bytes) -> Bytes {
    let batch = json.withUnsafeBytes { try! RequestDecoder.decode(json: $0) }.batch
    return Bytes(batch.body)
}
