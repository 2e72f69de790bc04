internal import TraceQL

/// The bounds that Tempo sets for a question, and the questions' defaults. Clients know the sentences that name them.
enum TempoLimits {
    /// A search over a longer range is refused.
    static let searchRangeSeconds: UInt64 = 168 * 3_600
    /// A metrics query over a longer range is refused.
    static let metricsRangeNanos: UInt64 = 24 * 3_600 * 1_000_000_000
    /// Samples of a series.
    static let metricsSteps: UInt64 = 10_000
    static let exemplars = 100

    static let searchDefaultRangeSeconds: UInt64 = 15 * 60
    static let metricsDefaultRangeNanos: UInt64 = 3_600 * 1_000_000_000

    static let tracesDefault = 20
    static let tracesMaximum = 262_144
    static let spansPerSpansetDefault = 3
    static let spansPerSpansetMaximum = 100

    /// Tag names of each scope, or values of a tag, when the client sets no limit.
    static let tagsDefault = 100_000

    static let queryBytes = 128 << 10
}

extension Query {
    /// Reads a query from outside: its size is checked first.
    init(text: String) throws(BadParameter) {
        guard text.utf8.count <= TempoLimits.queryBytes else {
            throw BadParameter("the query is larger than \(TempoLimits.queryBytes >> 10) KiB")
        }
        do { try self.init(parsing: text) } catch { throw BadParameter(error.description) }
    }
}
