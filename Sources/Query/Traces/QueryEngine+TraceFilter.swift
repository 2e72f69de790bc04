internal import Store
public import Trace
public import TraceQL

extension QueryEngine {
    /// Which spans of a trace satisfy `filter`, with what the depths add; nil when there is no such trace.
    /// - Parameters:
    ///   - descendants: levels below each match that are kept too; nil: all.
    ///   - ancestors: levels above each match that are kept too; nil: all.
    public func spans(of trace: TraceID, matching filter: FieldExpression, descendants: Int?, ancestors: Int?) throws(QueryFailure) -> Set<SpanID>? {
        var compiler = PlanCompiler()
        let filter = try compiler.filter(filter)
        let scan = QueryScan(self, ticket: QueryTicket())
        let reading = Reading(scan, keptGroups: 3)
        while true {
            do {
                let parts = try reading.parts(of: trace)
                return parts.isEmpty ? nil : try WholeTrace(trace, parts).kept(filter, descendants: descendants, ancestors: ancestors)
            } catch let failure as QueryFailure {
                throw failure
            } catch {
                guard reading.skipDamaged(error) else { throw .unreadable("\(error)") }
            }
        }
    }
}

extension WholeTrace {
    fileprivate func kept(_ filter: Filter, descendants: Int?, ancestors: Int?) throws -> Set<SpanID> {
        let matches = try spans(filter)
        let tree = try tree()
        var kept = matches
        // How many levels are still to be kept below (or above) each span.
        var left = [Int](repeating: 0, count: count)
        for span in matches.members { left[span] = (descendants ?? .max - 1) + 1 }
        for span in tree.order.map(Int.init) where tree.parents[span] >= 0 {
            left[span] = max(left[span], left[Int(tree.parents[span])] - 1)
            if left[span] > 0 { kept.insert(span) }
        }
        left = [Int](repeating: 0, count: count)
        for span in matches.members { left[span] = (ancestors ?? .max - 1) + 1 }
        for span in tree.order.reversed().map(Int.init) {
            if left[span] > 0 { kept.insert(span) }
            guard tree.parents[span] >= 0 else { continue }
            let parent = Int(tree.parents[span])
            left[parent] = max(left[parent], left[span] - 1)
        }
        let ids = try ids()
        return Set(kept.members.map { SpanID(bits: ids[$0]) })
    }
}
