public import Trace
public import TraceQL

extension QueryEngine {
    /// - Parameter found: is handed each trace once, newest first, as soon as it is certain to be in the answer; it may be slow
    ///   (streaming) and may cancel the ticket.
    public func search(_ request: SearchRequest, ticket: QueryTicket = QueryTicket(), found: (FoundTrace) -> Void = { _ in }) throws(QueryFailure) -> SearchAnswer {
        fatalError("being written")
    }

    public func tagNames(_ request: TagRequest, ticket: QueryTicket = QueryTicket()) throws(QueryFailure) -> TagNames {
        fatalError("being written")
    }

    public func tagValues(of field: Field, _ request: TagRequest, ticket: QueryTicket = QueryTicket()) throws(QueryFailure) -> TagValues {
        fatalError("being written")
    }

    public func metrics(_ request: MetricsRequest, ticket: QueryTicket = QueryTicket()) throws(QueryFailure) -> MetricsAnswer {
        fatalError("being written")
    }

    /// Which spans of a trace satisfy `filter`, with what the depths add; nil when there is no such trace.
    /// - Parameters:
    ///   - descendants: levels below each match that are kept too; nil: all.
    ///   - ancestors: levels above each match that are kept too; nil: all.
    public func spans(of trace: TraceID, matching filter: FieldExpression, descendants: Int?, ancestors: Int?) throws(QueryFailure) -> Set<SpanID>? {
        fatalError("being written")
    }
}
