internal import Wire

/// `start` and `end` of searches, tags and traces: whole unix seconds, both or neither. Refusals in Tempo's words. (tempo-api.md §5.1)
struct SecondsRange: Equatable {
    /// 0: not given.
    var start: UInt64 = 0
    var end: UInt64 = 0

    init() {}

    init(start: UInt64, end: UInt64) throws(BadParameter) {
        if start == 0, end > 0 {
            throw BadParameter("error parsing date range: only one of start and end provided: must provide both or neither")
        }
        if start > 0, end <= start {
            throw BadParameter("http parameter start must be before end. received start=\(start) end=\(end)")
        }
        self.start = start
        self.end = end
    }

    init(_ parameters: QueryParameters) throws(BadParameter) {
        let start = try parameters.unsigned32("start") ?? 0
        let end = try parameters.unsigned32("end") ?? 0
        try self.init(start: UInt64(start), end: UInt64(end))
    }

    /// As a hint for the lookup of a trace: one alone is no range.
    init(hint parameters: QueryParameters) throws(BadParameter) {
        let start = try parameters.unsigned32("start") ?? 0
        let end = try parameters.unsigned32("end") ?? 0
        if start > 0, end > 0 { try self.init(start: UInt64(start), end: UInt64(end)) } else { self.init() }
    }

    var isGiven: Bool { end > 0 }
    var fromNanos: UInt64? { isGiven ? start * 1_000_000_000 : nil }
    var toNanos: UInt64? { isGiven ? end * 1_000_000_000 : nil }
}
