/// A query that yields series.
public indirect enum MetricsExpression: Equatable, Sendable {
    /// The function over the spans that the pipeline selects, one series for each combination of the values of `by`.
    case query(Pipeline, MetricsFunction, by: [Field])
    /// Second stages, applied in order.
    case staged(MetricsExpression, [SecondStage])
    /// Sample by sample.
    case arithmetic(MetricsOperator, MetricsExpression, MetricsExpression)
    /// A constant operand of `arithmetic`; ints were folded as ints.
    case scalar(Double)
}

public enum MetricsOperator: Hashable, Sendable { case add, subtract, multiply, divide }

public enum MetricsFunction: Equatable, Sendable {
    case rate, countOverTime
    case minOverTime(Field), maxOverTime(Field), avgOverTime(Field), sumOverTime(Field)
    case histogramOverTime(Field)
    case quantileOverTime(Field, [Double])
    /// `compare({ selection }, topN, start, end)`; the times, nanoseconds since 1970, come both or not at all.
    case compare(FieldExpression, top: Int, window: CompareWindow?)
}

/// Spans that start after `startNanos` and not later than `endNanos` may belong to the selection.
public struct CompareWindow: Equatable, Sendable {
    public var startNanos: Int64
    public var endNanos: Int64

    public init(startNanos: Int64, endNanos: Int64) {
        self.startNanos = startNanos
        self.endNanos = endNanos
    }
}

/// What follows a metrics function.
public enum SecondStage: Equatable, Sendable {
    case top(Int), bottom(Int)
    /// Keeps the samples for which it holds; a duration threshold was turned into seconds.
    case keep(Comparison, Double)
}
