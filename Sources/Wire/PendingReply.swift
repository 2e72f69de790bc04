internal import Synchronization

/// The `Reply` of one request, on HTTP/1 and HTTP/2 alike: it turns calls from any thread into mail for the connection.
final class PendingReply: Reply {
    private let id: Int
    private let mailbox: Mailbox
    private let isGRPC: Bool
    private let acceptsGzip: Bool
    let state: ReplyState

    init(id: Int, mailbox: Mailbox, isGRPC: Bool, acceptsGzip: Bool, state: ReplyState) {
        self.id = id
        self.mailbox = mailbox
        self.isGRPC = isGRPC
        self.acceptsGzip = acceptsGzip
        self.state = state
    }

    /// A handler that forgets to answer must not leave its client waiting.
    deinit {
        if !state.isCancelled, state.end() { mailbox.post(id, .abandoned) }
    }

    func send(_ response: Response) {
        guard state.end() else { return }
        mailbox.post(id, .whole(acceptsGzip ? response.compressed() : response.varied()))
    }

    func sendMessage(_ message: [UInt8]) {
        guard state.end() else { return }
        mailbox.post(id, isGRPC ? .message(message) : .whole(Response(
            status: 200, headers: [("content-type", "application/octet-stream")], body: message)))
    }

    func fail(_ status: GRPCStatus) {
        guard state.end() else { return }
        mailbox.post(id, .failure(status))
    }

    func start(status: Int, headers: [(name: String, value: String)]) {
        guard !state.hasEnded else { return }
        mailbox.post(id, .start(status: status, headers: headers))
    }

    func write(_ bytes: [UInt8]) -> Bool {
        guard !state.hasEnded, !state.isCancelled else { return false }
        let isBehind = state.queue(bytes.count)
        mailbox.post(id, .more(bytes))
        return !isBehind
    }

    func finish() {
        guard state.end() else { return }
        mailbox.post(id, .end)
    }

    func onWritable(_ action: @escaping @Sendable () -> Void) { state.onWritable(action) }
    var isCancelled: Bool { state.isCancelled }
    func onCancel(_ action: @escaping @Sendable () -> Void) { state.onCancel(action) }
}

/// What a reply and its connection both have to know: how far the client is behind, and whether it is gone.
final class ReplyState: Sendable {
    /// A streaming answer is told to wait above `highBytes`, and to go on below `lowBytes`.
    private static let highBytes = 256 << 10
    private static let lowBytes = 64 << 10

    private let ended = Atomic<Bool>(false)
    private let cancelled = Atomic<Bool>(false)
    private let queuedBytes = Atomic<Int>(0)
    private let waiters = Mutex(Waiters())
    /// Runs the waiters' actions, which may be long; nil runs them where they are noticed.
    private let workers: WorkerPool?

    private struct Waiters {
        var forCancel: [@Sendable () -> Void] = []
        var forWritable: [@Sendable () -> Void] = []
    }

    init(workers: WorkerPool?) { self.workers = workers }

    var hasEnded: Bool { ended.load(ordering: .acquiring) }
    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    /// True for the one who ends it.
    func end() -> Bool { !ended.exchange(true, ordering: .acquiringAndReleasing) }

    /// True when the client is behind.
    func queue(_ bytes: Int) -> Bool {
        queuedBytes.wrappingAdd(bytes, ordering: .sequentiallyConsistent).newValue > Self.highBytes
    }

    /// The connection has passed `bytes` on.
    func dequeue(_ bytes: Int) {
        let (before, after) = queuedBytes.wrappingSubtract(bytes, ordering: .sequentiallyConsistent)
        guard before > Self.lowBytes, after <= Self.lowBytes else { return }
        run(waiters.withLock { waiters in
            defer { waiters.forWritable = [] }
            return waiters.forWritable
        })
    }

    /// The client has gone, or its deadline has passed.
    func cancel() {
        let actions = waiters.withLock { waiters in
            cancelled.store(true, ordering: .sequentiallyConsistent)
            defer { waiters = Waiters() }
            return waiters.forCancel + waiters.forWritable
        }
        run(actions)
    }

    /// The answer is complete: nobody needs to be told anything any more.
    func settle() {
        waiters.withLock { $0 = Waiters() }
    }

    func onWritable(_ action: @escaping @Sendable () -> Void) {
        let isReady = waiters.withLock { waiters in
            // Read under the lock: a `dequeue` that passes the mark later finds the action here.
            if isCancelled || queuedBytes.load(ordering: .sequentiallyConsistent) <= Self.lowBytes { return true }
            waiters.forWritable.append(action)
            return false
        }
        if isReady { run([action]) }
    }

    func onCancel(_ action: @escaping @Sendable () -> Void) {
        let isCancelled = waiters.withLock { waiters in
            if self.isCancelled { return true }
            if !hasEnded { waiters.forCancel.append(action) }
            return false
        }
        if isCancelled { run([action]) }
    }

    private func run(_ actions: [@Sendable () -> Void]) {
        guard let workers else { return actions.forEach { $0() } }
        workers.submit(actions.map { .action($0) })
    }
}
