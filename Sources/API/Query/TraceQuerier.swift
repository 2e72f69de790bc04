public import Query
public import Trace
public import TraceQL

/// What the API needs of the query engine. The calls block until they have their answer, so they belong on threads of their own.
public protocol TraceQuerier: Sendable {
    func search(_ request: SearchRequest, ticket: QueryTicket, found: (FoundTrace) -> Void) throws(QueryFailure) -> SearchAnswer
    func tagNames(_ request: TagRequest, ticket: QueryTicket) throws(QueryFailure) -> TagNames
    func tagValues(of field: Field, _ request: TagRequest, ticket: QueryTicket) throws(QueryFailure) -> TagValues
    func metrics(_ request: MetricsRequest, ticket: QueryTicket) throws(QueryFailure) -> MetricsAnswer
    func spans(of trace: TraceID, matching filter: FieldExpression, descendants: Int?, ancestors: Int?) throws(QueryFailure) -> Set<SpanID>?
}

extension QueryEngine: TraceQuerier {}
