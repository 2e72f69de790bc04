extension Query {
    /// The pipeline that a search answers: of a metrics query the spans it counts.
    ///
    /// - Throws: for arithmetic between metrics, which has no one pipeline.
    public var searchPipeline: Pipeline {
        get throws(QueryError) {
            switch body {
            case .spansets(let pipeline): return pipeline
            case .metrics(let metrics):
                guard let pipeline = metrics.pipeline else { throw QueryError(.unsupported, "metrics math cannot be searched") }
                return pipeline
            }
        }
    }

    /// The filter of a query that is one spanset filter and nothing else.
    public var singleFilter: FieldExpression? {
        guard case .spansets(let pipeline) = body, pipeline.stages.count == 1, case .spansets(.filter(let filter)) = pipeline.stages[0] else {
            return nil
        }
        return filter
    }
}

extension MetricsExpression {
    /// What selects the spans, unless there are several.
    public var pipeline: Pipeline? {
        switch self {
        case .query(let pipeline, _, _): pipeline
        case .staged(let metrics, _): metrics.pipeline
        case .arithmetic, .scalar: nil
        }
    }
}
