import API
import Dispatch
import Glibc
import Logging
import Query
import SelfStats
import Settings
import Store
import Synchronization
import Wire

/// A data directory, asked within this process by the same service that answers on the API's port.
final class LocalLoupe: Asking {
    private let store: Store
    private let service: APIService

    /// Opens `directory` if no other process uses it. Nothing in it is too old or too much for us: retention is the server's affair.
    init(_ directory: String) throws(ClientError) {
        guard access(directory + "/loupe.db", F_OK) == 0 else { throw ClientError("there is no data of Loupe in \(directory)") }
        var configuration = StoreConfiguration(directory: directory)
        configuration.retentionSeconds = 36_500 * 86_400
        configuration.maxDiskBytes = 1 << 50
        do {
            (store, _) = try Store.open(configuration, log: Logger(label: "loupe") { _ in SwiftLogNoOpLogHandler() }) { try $0.decoded() }
        } catch {
            let hint = "\(error)".contains("is in use by") ? "; ask the Loupe that uses it with --url" : ""
            throw ClientError("\(error)\(hint)")
        }
        var context = APIContext(
            store: store, engine: QueryEngine(store), build: BuildInfo(version: Version.number, revision: ""), readiness: Readiness(now: nowNanos),
            problems: ProblemLog(), metrics: { _ in ("text/plain", []) }, server: { ServerState(startedNanos: nowNanos()) }, settings: { _ in "" },
            now: nowNanos)
        context.queriesAtOnce = 0
        service = APIService(context, other: nil)
    }

    func get(_ target: String, accept: String) throws(ClientError) -> Answer {
        let parts = target.split(separator: "?", maxSplits: 1)
        let head = RequestHead(
            method: "GET", path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : nil, headers: [("accept", accept)])
        let reply = WaitingReply()
        switch service.route(head) {
        case .answer(let response): reply.send(response)
        case .fail(let status): reply.fail(status)
        case .collect(let limits, let handle): handle(Request(head: head, body: Body(copying: []), limits: limits), reply)
        }
        let response = reply.wait()
        return Answer(status: response.status, headers: response.headers, body: response.body)
    }

    /// To be called at the end.
    func close() { store.close() }
}

/// Keeps the one answer of a handler until it is asked for.
private final class WaitingReply: Reply {
    private let response = Mutex<Response?>(nil)
    private let bell = DispatchSemaphore(value: 0)

    func wait() -> Response {
        bell.wait()
        return response.withLock { $0 } ?? .text(500, "there is no answer")
    }

    func send(_ response: Response) {
        self.response.withLock { $0 = response }
        bell.signal()
    }

    func sendMessage(_ message: [UInt8]) { send(Response(status: 200, body: message)) }
    func fail(_ status: GRPCStatus) { send(.text(500, status.message)) }
    func start(status: Int, headers: [(name: String, value: String)]) { response.withLock { $0 = Response(status: status, headers: headers) } }
    func write(_ bytes: [UInt8]) -> Bool {
        response.withLock { $0?.body += bytes }
        return true
    }
    func finish() { bell.signal() }
    func onWritable(_ action: @escaping @Sendable () -> Void) { action() }
    var isCancelled: Bool { false }
    func onCancel(_ action: @escaping @Sendable () -> Void) {}
}
