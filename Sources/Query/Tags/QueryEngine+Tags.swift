internal import Store
internal import Trace
public import TraceQL

extension QueryEngine {
    /// The names of attributes, by scope.
    public func tagNames(_ request: TagRequest, ticket: QueryTicket = QueryTicket()) throws(QueryFailure) -> TagNames {
        var scan = try TagScan(self, request, ticket)
        let names = try scan.run(TagNameSet()) { scan, block, names in
            try names.add(block, scan.filter)
        } merge: { (all, more) throws(QueryFailure) in
            all.formUnion(more)
        }
        var answer = names.answer(limit: request.limit)
        answer.statistics = scan.statistics
        return answer
    }

    /// The distinct values of a field.
    public func tagValues(of field: Field, _ request: TagRequest, ticket: QueryTicket = QueryTicket()) throws(QueryFailure) -> TagValues {
        var scan = try TagScan(self, request, ticket)
        var answer = TagValues()
        switch field {
        case .intrinsic(.duration), .intrinsic(.traceDuration), .intrinsic(.eventTimeSinceStart), .intrinsic(.childCount), .intrinsic(.nestedSetLeft),
             .intrinsic(.nestedSetRight), .intrinsic(.nestedSetParent), .intrinsic(.spanID), .intrinsic(.parentID), .intrinsic(.traceID),
             .intrinsic(.linkSpanID), .intrinsic(.linkTraceID):
            return answer                // as many as there are spans: no list to choose from
        case .intrinsic(.status): answer.values = [.status(.unset), .status(.ok), .status(.error)]
        case .intrinsic(.kind): answer.values = [.kind(.unspecified), .kind(.internal), .kind(.server), .kind(.client), .kind(.producer), .kind(.consumer)]
        default:
            let values = try scan.run(TagValueSet(limit: request.limit, limitBytes: limits.memoryBytes / 4)) { scan, block, values in
                try values.add(field, block, scan.filter)
            } merge: { (all, more) throws(QueryFailure) in
                try all.formUnion(more)
            }
            answer.values = values.sorted
        }
        if answer.values.count > request.limit { answer.values.removeSubrange(request.limit...) }
        answer.statistics = scan.statistics
        return answer
    }
}
