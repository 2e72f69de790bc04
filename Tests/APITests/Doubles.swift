import Query
import SelfStats
import Synchronization
import Trace
import Wire
@testable import API
@testable import Store

/// Traces in a list, searched the slow and obvious way.
final class FakeStore: TraceReader {
    private let held: Mutex<[StoredTrace]>
    private let failure: Mutex<StoreError?>
    let reads = Mutex(0)

    init(_ traces: [StoredTrace], failure: StoreError? = nil) {
        held = Mutex(traces)
        self.failure = Mutex(failure)
    }

    func replace(_ traces: [StoredTrace]) { held.withLock { $0 = traces } }

    func trace(_ id: TraceID) throws(StoreError) -> StoredTrace? {
        if let failure = failure.withLock({ $0 }) { throw failure }
        reads.withLock { $0 += 1 }
        return held.withLock { $0 }.first { $0.id == id }
    }

    func revision(of id: TraceID) throws(StoreError) -> UInt64? { held.withLock { $0 }.first { $0.id == id }?.revision }

    func recentTraces(_ query: RecentQuery) throws(StoreError) -> RecentPage {
        if let failure = failure.withLock({ $0 }) { throw failure }
        var hits = held.withLock { $0 }.map(summary)
        hits.sort { ($0.startNanos, $0.id) > ($1.startNanos, $1.id) }
        let inspected = hits.count
        hits.removeAll { trace in
            trace.startNanos < query.fromNanos ?? 0 || trace.startNanos > query.toNanos ?? .max
                || (query.errorsOnly && trace.errors == 0) || trace.durationNanos < query.minDurationNanos ?? 0
                || trace.durationNanos > query.maxDurationNanos ?? .max
                || query.service.map { name in !trace.services.contains { $0.service.name == name } } ?? false
                || query.before.map { (trace.startNanos, trace.id) >= ($0.startNanos, $0.id) } ?? false
        }
        return RecentPage(
            asOf: 812, traces: Array(hits.prefix(query.limit)), more: hits.count > query.limit, inspectedTraces: inspected, inspectedBytes: 100)
    }

    var services: [ServiceSlot] { [ServiceSlot(name: "shop", slot: 3), ServiceSlot(name: "db", slot: 24)] }

    var status: StoreStatus {
        StoreStatus(
            directory: "/data", spans: 10, traces: 2, spansInMemory: 4, blocks: 1, damagedBlocks: 0, oldestNanos: 5, newestNanos: nil,
            diskBytes: 1_000, maxDiskBytes: 2_000, memoryBytes: 10, retentionSeconds: 604_800, failure: nil, everReceived: true)
    }

    private func summary(_ trace: StoredTrace) -> TraceSummary {
        let opened = OpenedTrace(trace)
        let root = opened.rootRow < 0 ? nil : opened.span(opened.rootRow)
        let first = opened.span(0)
        let services = TraceServices(opened, slots: ["shop": 3, "db": 24])
        func service(_ span: SpanRecord) -> String { services.index(of: span).map { services.entries[$0].name } ?? "" }
        return TraceSummary(
            id: trace.id, startNanos: opened.startNanos, endNanos: opened.endNanos, spans: opened.count,
            errors: opened.spans.count { $0.status == SpanStatus.error.rawValue }, rootService: root.map(service),
            rootName: root.map { trace.batch.string($0.name) }, firstService: service(first), firstName: trace.batch.string(first.name),
            services: services.entries.map {
                .init(service: ServiceSlot(name: $0.name, slot: $0.slot), spans: $0.spans, errors: $0.errors)
            })
    }
}

/// Keeps what a handler answers.
final class RecordingReply: Reply {
    struct Answer {
        var response: Response?
        var status: GRPCStatus?
        var started: (status: Int, headers: [(name: String, value: String)])?
        var pieces: [[UInt8]] = []
        var isFinished = false
    }
    private let answer = Mutex(Answer())
    /// After how many pieces `write` says that the client is behind.
    private let patience: Int
    private let done: @Sendable () -> Void

    init(patience: Int = .max, done: @escaping @Sendable () -> Void = {}) {
        self.patience = patience
        self.done = done
    }

    var value: Answer { answer.withLock { $0 } }
    func send(_ response: Response) { answer.withLock { $0.response = response } }
    func sendMessage(_ message: [UInt8]) { answer.withLock { $0.pieces = [message] } }
    func fail(_ status: GRPCStatus) { answer.withLock { $0.status = status } }
    func start(status: Int, headers: [(name: String, value: String)]) { answer.withLock { $0.started = (status, headers) } }
    func write(_ bytes: [UInt8]) -> Bool {
        answer.withLock {
            $0.pieces.append(bytes)
            return $0.pieces.count % patience != 0
        }
    }
    func finish() {
        answer.withLock { $0.isFinished = true }
        done()
    }
    func onWritable(_ action: @escaping @Sendable () -> Void) { action() }
    var isCancelled: Bool { false }
    func onCancel(_ action: @escaping @Sendable () -> Void) {}
}

/// An API over some traces, asked as a client would ask it.
struct Door {
    var service: APIService
    let store: FakeStore
    let engine: FakeEngine
    let problems = ProblemLog()
    let readiness = Readiness { Door.now }

    /// The clock of these tests, in ns and s.
    static let now: UInt64 = 1_795_338_900_000_000_000
    static let nowSeconds: UInt64 = now / 1_000_000_000

    init(
        _ traces: [StoredTrace] = [], engine: FakeEngine = FakeEngine(), prefix: String = "", failure: StoreError? = nil,
        other: (any Service)? = nil
    ) {
        self.engine = engine
        store = FakeStore(traces, failure: failure)
        var context = APIContext(
            store: store, engine: engine, build: BuildInfo(version: "0.1.0", revision: "abc1234", date: "2026-11-24"), readiness: readiness, problems: problems,
            metrics: { ($0 == "open" ? "application/openmetrics-text" : "text/plain; version=0.0.4", Array("m 1\n".utf8)) },
            server: { Door.server() }, settings: { $0 == .changed ? "" : "memory: 512MiB\n" }, now: { Door.now })
        context.pathPrefix = prefix
        context.queriesAtOnce = 0
        service = APIService(context, other: other)
    }

    static func server() -> ServerState {
        var state = ServerState(startedNanos: now - 5_000_000_000)
        state.spansPerSecond = 1_240.5
        state.listeners = [.init(name: "otlp-grpc", address: "127.0.0.1:4317", isTLS: false, connections: 3, lastReceivedNanos: now - 400_000_000)]
        state.ledger.received = 10
        state.ledger.stored = 7
        state.ledger.invalid = [("zero trace id", 3)]
        return state
    }

    func get(_ target: String, _ headers: [(name: String, value: String)] = [], method: String = "GET") -> Response {
        let reply = ask(target, headers, method: method)
        return reply.response ?? Response(status: -1)
    }

    /// A call of a gRPC method with one message.
    func call(_ path: String, _ message: [UInt8], patience: Int = .max) -> RecordingReply.Answer {
        let head = RequestHead(method: "POST", path: path, headers: [("content-type", "application/grpc")], httpVersion: .http2, isGRPC: true)
        let reply = RecordingReply(patience: patience)
        switch service.route(head) {
        case .answer(let response): reply.send(response)
        case .fail(let status): reply.fail(status)
        case .collect(let limits, let handle): handle(Request(head: head, body: Body(copying: message), limits: limits), reply)
        }
        return reply.value
    }

    func ask(_ target: String, _ headers: [(name: String, value: String)] = [], method: String = "GET", patience: Int = .max) -> RecordingReply.Answer {
        let parts = target.split(separator: "?", maxSplits: 1)
        let head = RequestHead(method: method, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : nil, headers: headers)
        let reply = RecordingReply(patience: patience)
        switch service.route(head) {
        case .answer(let response): reply.send(response)
        case .fail(let status): reply.fail(status)
        case .collect(let limits, let handle): handle(Request(head: head, body: Body(copying: []), limits: limits), reply)
        }
        return reply.value
    }
}

extension Response {
    var text: String { String(decoding: body, as: UTF8.self) }
    subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
}
