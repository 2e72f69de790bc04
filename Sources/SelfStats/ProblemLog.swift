internal import Synchronization

/// A request that Loupe could not serve, or served although others would not, as the page tells it to whoever set it up.
public struct FailedAttempt: Sendable, Equatable {
    /// What went wrong, as a word or two: `wrong_path`, `tls_on_plaintext`. Those who report choose it.
    public var kind: String
    /// The client's address without its port.
    public var peer: String
    /// The listener's name, for example `otlp-grpc`.
    public var listener: String
    public var userAgent: String
    /// What happened, with the values seen: "POST /traces is not an OTLP path."
    public var sentence: String
    /// The exact change that helps: "Use the base URL, or …/v1/traces."
    public var fix: String
    public var count: Int
    public var firstNanos: UInt64
    public var lastNanos: UInt64

    public init(
        kind: String, peer: String, listener: String, userAgent: String, sentence: String, fix: String, nanos: UInt64
    ) {
        self.kind = kind
        self.peer = peer
        self.listener = listener
        self.userAgent = userAgent
        self.sentence = sentence
        self.fix = fix
        count = 1
        firstNanos = nanos
        lastNanos = nanos
    }
}

/// The last distinct problems, by peer, listener and kind. A plain value: no lock, no clock.
public struct ProblemList: Sendable {
    public let limit: Int
    /// By time of their last occurrence, oldest first.
    private var problems: [FailedAttempt] = []

    public init(limit: Int = 200) { self.limit = limit }

    /// Adds an occurrence. A repeated problem is counted and says what was seen last; beyond the limit the one that has been
    /// quiet longest is forgotten.
    public mutating func note(_ problem: FailedAttempt) {
        var noted = problem.shortened
        if let place = problems.lastIndex(where: { $0.kind == noted.kind && $0.peer == noted.peer && $0.listener == noted.listener }) {
            let known = problems.remove(at: place)
            noted.count = known.count + problem.count
            noted.firstNanos = min(known.firstNanos, problem.firstNanos)
            noted.lastNanos = max(known.lastNanos, problem.lastNanos)
        }
        problems.append(noted)
        if problems.count > limit { problems.removeFirst() }
    }

    /// At most `count` problems, the latest first.
    public func latest(_ count: Int) -> [FailedAttempt] { problems.suffix(count).reversed() }
}

/// What was refused and why, for the page and for whoever asks the server. Any thread may note and read.
public final class ProblemLog: Sendable {
    private let list: Mutex<ProblemList>

    public init(limit: Int = 200) { list = Mutex(ProblemList(limit: limit)) }

    public func note(_ problem: FailedAttempt) { list.withLock { $0.note(problem) } }

    public func latest(_ count: Int = 50) -> [FailedAttempt] { list.withLock { $0.latest(count) } }
}

extension FailedAttempt {
    /// What a client sends is repeated here, so its length has a limit.
    fileprivate var shortened: FailedAttempt {
        var problem = self
        problem.userAgent = String(userAgent.prefix(200))
        problem.sentence = String(sentence.prefix(500))
        problem.fix = String(fix.prefix(500))
        return problem
    }
}
