/// A source without series, for a Loupe that keeps none.
public struct NoSeries: SeriesSource {
    public init() {}

    public func select(_: [Matcher], fromMillis _: Int64, throughMillis _: Int64, run _: QueryRun) throws(EvaluationError) -> [Series] { [] }
    public func labelSets(_: [Matcher], fromMillis _: Int64, throughMillis _: Int64, run _: QueryRun) throws(EvaluationError) -> [Labels] { [] }
    public func exemplars(
        _: [Matcher], fromMillis _: Int64, throughMillis _: Int64, run _: QueryRun
    ) throws(EvaluationError) -> [(series: Labels, exemplars: [Exemplar])] { [] }
    public var families: [MetricFamily] { [] }
}
