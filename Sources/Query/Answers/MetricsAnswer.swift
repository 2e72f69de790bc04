public import TraceQL

/// A metrics query over a range of time.
public struct MetricsRequest: Sendable {
    public var expression: MetricsExpression
    /// Nanoseconds since 1970.
    public var startNanos: UInt64
    public var endNanos: UInt64
    /// Nanoseconds between samples; nil asks for one value over the exact range.
    public var stepNanos: UInt64?
    /// How many exemplars in all, at most; 0: none.
    public var exemplars: Int
    /// How many series at most; 0: all. What is beyond is cut and said.
    public var seriesLimit: Int
    /// Spans weigh by the sampling threshold in their trace state (`ot=th:`).
    public var extrapolates: Bool

    public init(
        expression: MetricsExpression, startNanos: UInt64, endNanos: UInt64, stepNanos: UInt64?, exemplars: Int = 0, seriesLimit: Int = 0,
        extrapolates: Bool = false
    ) {
        self.expression = expression
        self.startNanos = startNanos
        self.endNanos = endNanos
        self.stepNanos = stepNanos
        self.exemplars = exemplars
        self.seriesLimit = seriesLimit
        self.extrapolates = extrapolates
    }
}

public struct MetricsSeries: Equatable, Sendable {
    public var labels: [NamedValue]
    /// One for each of the answer's times; nil: no sample.
    public var values: [Double?]
    public var exemplars: [Exemplar] = []
}

/// A span that a sample stands for.
public struct Exemplar: Equatable, Sendable {
    /// `trace:id`, then the fields that the query used.
    public var labels: [NamedValue]
    public var value: Double
    public var timeNanos: UInt64
}

public struct MetricsAnswer: Equatable, Sendable {
    /// Of the samples, nanoseconds since 1970, aligned to the step: a sample at T covers (T - step, T]. One, the end, for an instant query.
    public var timesNanos: [UInt64]
    /// By number of labels, then their names and values.
    public var series: [MetricsSeries]
    public var statistics: QueryStatistics
    /// Why something is missing: too many series, damaged blocks; nil when the answer is whole.
    public var partial: String?
}
