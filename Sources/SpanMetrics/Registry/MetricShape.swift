/// A metric that each row of a table may have: its name, and what of the row's numbers are its.
struct MetricShape: Sendable {
    enum Kind: Equatable, Sendable {
        case counter, gauge
        /// Ascending bounds, `+Inf` left out.
        case histogram([Double])
    }

    let name: String
    let help: String
    let kind: Kind
    /// Where the metric's numbers begin in a row: a counter and a gauge have one; a histogram has its sum, then a count for each
    /// bucket, not cumulative.
    private(set) var firstValue = 0
    /// Where a histogram's exemplars begin in a row, one for each bucket.
    private(set) var firstExemplar = 0

    init(_ name: String, _ help: String, _ kind: Kind) {
        self.name = name
        self.help = help
        self.kind = kind
    }

    var valueCount: Int {
        if case .histogram(let bounds) = kind { bounds.count + 2 } else { 1 }
    }

    var exemplarCount: Int {
        if case .histogram(let bounds) = kind { bounds.count + 1 } else { 0 }
    }

    /// Series that one row of the metric is: `_sum`, `_count`, and a `_bucket` for each bound and `+Inf`.
    var seriesCount: Int {
        if case .histogram(let bounds) = kind { bounds.count + 3 } else { 1 }
    }

    static func laidOut(_ metrics: [MetricShape]) -> [MetricShape] {
        var (values, exemplars) = (0, 0)
        return metrics.map { metric in
            var metric = metric
            metric.firstValue = values
            metric.firstExemplar = exemplars
            values += metric.valueCount
            exemplars += metric.exemplarCount
            return metric
        }
    }
}

/// The observation that a bucket shows as its example.
struct ExemplarSlot: BitwiseCopyable, Sendable {
    var traceHigh: UInt64 = 0
    var traceLow: UInt64 = 0
    var value = 0.0
    /// When it was observed, milliseconds since 1970. 0: there is none.
    var millis: Int64 = 0
}
