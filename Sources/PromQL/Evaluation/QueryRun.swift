internal import Synchronization

/// Why a query that parses has no answer.
public enum EvaluationError: Error, Equatable, Sendable {
    /// What it asks for cannot be done with these series: labels that collide, matches that are not unique.
    case execution(String)
    case tooManySamples
    case timedOut
    case cancelled
    /// The series cannot be read.
    case storage(String)

    public var message: String {
        switch self {
        case .execution(let words), .storage(let words): words
        case .tooManySamples: "query processing would load too many samples into memory in query execution"
        case .timedOut: "query timed out in query execution"
        case .cancelled: "query was canceled in query execution"
        }
    }
}

/// One run of a query: what it holds, and whether it has to end. Any thread may cancel it.
public final class QueryRun: Sendable {
    private let sampleLimit: Int
    private let deadline: ContinuousClock.Instant
    private let isCancelled = Atomic(false)
    private let held = Atomic(0)
    private let peak = Atomic(0)
    private let loaded = Atomic(0)

    /// - Parameter sampleLimit: how many samples it may hold at a time; each takes 8 to 16 bytes.
    public init(sampleLimit: Int = 50_000_000, deadline: ContinuousClock.Instant) {
        self.sampleLimit = sampleLimit
        self.deadline = deadline
    }

    public func cancel() { isCancelled.store(true, ordering: .relaxed) }

    /// To be called between pieces of work of some milliseconds at most.
    public func check() throws(EvaluationError) {
        if isCancelled.load(ordering: .relaxed) { throw .cancelled }
        if ContinuousClock.now >= deadline { throw .timedOut }
    }

    /// Before `samples` more are held.
    public func charge(samples: Int) throws(EvaluationError) {
        try check()
        let (sum, isTooMuch) = held.load(ordering: .relaxed).addingReportingOverflow(samples)
        guard !isTooMuch, sum <= sampleLimit else { throw .tooManySamples }
        held.store(sum, ordering: .relaxed)
        peak.max(sum, ordering: .relaxed)
    }

    func release(samples: Int) { held.subtract(samples, ordering: .relaxed) }

    func count(loaded samples: Int) { loaded.add(samples, ordering: .relaxed) }

    /// How many samples selectors gave, over all steps.
    public var totalSamples: Int { loaded.load(ordering: .relaxed) }
    /// How many were held at once, at most.
    public var peakSamples: Int { peak.load(ordering: .relaxed) }
}
