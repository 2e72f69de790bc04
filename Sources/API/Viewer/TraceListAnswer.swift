internal import Store
internal import Trace
internal import Wire

/// `/ui/api/traces`: a page of the trace list.
enum TraceListAnswer {
    /// Rows of a page at most.
    static let limit = 500

    static func query(_ parameters: QueryParameters) throws(BadParameter) -> RecentQuery {
        var query = RecentQuery(limit: min(limit, try parameters.number("limit") ?? 50))
        guard query.limit > 0 else { throw BadParameter("limit must be at least 1.") }
        query.service = parameters.text("service")
        query.text = parameters.text("text")
        query.fromNanos = try parameters.nanos("from")
        query.toNanos = try parameters.nanos("to")
        query.asOf = try parameters.nanos("asof")
        query.errorsOnly = parameters["errors"] == "1"
        if let cursor = parameters.text("before") {
            let parts = cursor.split(separator: ",")
            guard parts.count == 2, let start = UInt64(parts[0]), let id = TraceID(hex: parts[1]) else {
                throw BadParameter("before=\(cursor.prefix(80)) is not the start and the id of a trace, such as 1795338823000000000,4bf9….")
            }
            query.before = (start, id)
        }
        return query
    }

    static func json(_ page: RecentPage) -> [UInt8] {
        var answer = JSONAnswer(reserving: page.traces.count * 512 + 64)
        answer.object { answer in
            answer.member("asof", Int(clamping: page.asOf))
            answer.member("more", page.more)
            answer.array("traces") { list in for trace in page.traces { list.object { write(trace, &$0) } } }
        }
        return answer.array()
    }

    private static func write(_ trace: TraceSummary, _ object: inout JSONAnswer) {
        object.member("id", trace.id.hex)
        object.member("start", quoted: trace.startNanos)
        object.member("duration", Int(clamping: trace.durationNanos))
        object.member("spans", trace.spans)
        object.member("errors", trace.errors)
        object.member("rootService", trace.rootService)
        object.member("rootName", trace.rootName)
        object.member("firstService", trace.firstService)
        object.member("firstName", trace.firstName)
        object.array("services") { list in
            for entry in trace.services where !entry.service.name.isEmpty {
                list.object {
                    $0.member("name", entry.service.name)
                    $0.member("slot", entry.service.slot)
                    $0.member("spans", entry.spans)
                    $0.member("errors", entry.errors)
                }
            }
        }
    }
}

extension TraceSummary {
    var durationNanos: UInt64 { endNanos > startNanos ? endNanos - startNanos : 0 }
}

extension QueryParameters {
    fileprivate func number(_ name: String) throws(BadParameter) -> Int? { try nanos(name).map { Int(clamping: $0) } }

    fileprivate func nanos(_ name: String) throws(BadParameter) -> UInt64? {
        guard let text = text(name) else { return nil }
        guard let value = UInt64(text) else { throw BadParameter("\(name)=\(text.prefix(40)) is not a whole number.") }
        return value
    }
}
