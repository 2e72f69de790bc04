import Query
import Synchronization
import Trace
import TraceQL
@testable import API

/// Answers every question with what it was given, and remembers what was asked.
final class FakeEngine: TraceQuerier {
    struct Answers: Sendable {
        var search = SearchAnswer.of([])
        var names = TagNames()
        var values = TagValues()
        var metrics = MetricsAnswer.of([])
        /// By function, in the place of `metrics`.
        var metricsByFunction: [String: MetricsAnswer] = [:]
        var spans: Set<SpanID>?
        var failure: QueryFailure?
    }
    struct Asked: Sendable {
        var searches: [SearchRequest] = []
        var tags: [TagRequest] = []
        var fields: [Field] = []
        var metrics: [MetricsRequest] = []
        var depths: [String] = []
    }
    private let answers: Answers
    private let record = Mutex(Asked())
    /// Runs before each trace of a search is handed over.
    private let beforeFound: @Sendable () -> Void

    init(_ answers: Answers = Answers(), beforeFound: @escaping @Sendable () -> Void = {}) {
        self.answers = answers
        self.beforeFound = beforeFound
    }

    var asked: Asked { record.withLock { $0 } }

    func search(_ request: SearchRequest, ticket: QueryTicket, found: (FoundTrace) -> Void) throws(QueryFailure) -> SearchAnswer {
        record.withLock { $0.searches.append(request) }
        try fail()
        for trace in answers.search.traces {
            beforeFound()
            found(trace)
        }
        return answers.search
    }

    func tagNames(_ request: TagRequest, ticket: QueryTicket) throws(QueryFailure) -> TagNames {
        record.withLock { $0.tags.append(request) }
        try fail()
        return answers.names
    }

    func tagValues(of field: Field, _ request: TagRequest, ticket: QueryTicket) throws(QueryFailure) -> TagValues {
        record.withLock {
            $0.tags.append(request)
            $0.fields.append(field)
        }
        try fail()
        return answers.values
    }

    func metrics(_ request: MetricsRequest, ticket: QueryTicket) throws(QueryFailure) -> MetricsAnswer {
        record.withLock { $0.metrics.append(request) }
        try fail()
        guard case .query(let pipeline, let function, _) = request.expression else { return answers.metrics }
        let key = function == .countOverTime ? "count \(pipeline.stages.count)" : "quantile"
        return answers.metricsByFunction[key] ?? answers.metrics
    }

    func spans(of trace: TraceID, matching filter: FieldExpression, descendants: Int?, ancestors: Int?) throws(QueryFailure) -> Set<SpanID>? {
        record.withLock { $0.depths.append("\(descendants.map(String.init) ?? "all") \(ancestors.map(String.init) ?? "all")") }
        try fail()
        return answers.spans
    }

    private func fail() throws(QueryFailure) { if let failure = answers.failure { throw failure } }
}
