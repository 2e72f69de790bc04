extension Query {
    /// Whether what was read makes sense and can be answered.
    func check() throws(QueryError) {
        switch body {
        case .spansets(let pipeline): try pipeline.check()
        case .metrics(let metrics): try metrics.check()
        }
    }
}

extension Pipeline {
    fileprivate func check() throws(QueryError) {
        for stage in stages {
            switch stage {
            case .spansets(let expression): try expression.check()
            case .group(let expression):
                _ = try expression.checkedType()
                guard !expression.fields.isEmpty else { throw QueryError(.invalid, "grouping field expressions must reference the span: by(\(expression))") }
            case .compare(let aggregate, _, let constant):
                try aggregate.check()
                guard constant.type.isNumeric else {
                    throw QueryError(.invalid, "binary operations must operate on the same type: \(Pipeline([stage]))")
                }
            case .coalesce, .select: break
            }
        }
    }
}

extension SpansetExpression {
    fileprivate func check() throws(QueryError) {
        switch self {
        case .filter(let filter): try filter.checkIsFilter()
        case .pipeline(let pipeline): try pipeline.check()
        case .combined(_, let left, let right):
            try left.check()
            try right.check()
        }
    }
}

extension FieldExpression {
    fileprivate func checkIsFilter() throws(QueryError) {
        guard try checkedType().isBool else {
            throw QueryError(.invalid, "span filter field expressions must resolve to a boolean: { \(self) }")
        }
    }
}

extension Aggregate {
    /// What it is an aggregate of; nothing for `count()`.
    public var argument: FieldExpression? {
        switch self {
        case .count: nil
        case .max(let argument), .min(let argument), .avg(let argument), .sum(let argument): argument
        }
    }

    fileprivate func check() throws(QueryError) {
        guard let argument else { return }
        guard try argument.checkedType().isNumeric else {
            throw QueryError(.invalid, "aggregate field expressions must resolve to a number type: \(self)")
        }
        guard !argument.fields.isEmpty else { throw QueryError(.invalid, "aggregate field expressions must reference the span: \(self)") }
    }
}

extension MetricsExpression {
    fileprivate func check() throws(QueryError) {
        switch self {
        case .query(let pipeline, let function, let labels):
            try pipeline.check()
            try function.check(labels)
        case .staged(let metrics, let stages):
            if metrics.isComparison { throw QueryError(.invalid, "compare() takes no second stage") }
            try metrics.check()
            for stage in stages { try stage.check() }
        case .arithmetic(_, let left, let right):
            if left.isComparison || right.isComparison { throw QueryError(.invalid, "compare() takes no arithmetic") }
            try left.check()
            try right.check()
        case .scalar: break
        }
    }

    private var isComparison: Bool {
        if case .query(_, .compare, _) = self { true } else { false }
    }
}

extension MetricsFunction {
    fileprivate func check(_ labels: [Field]) throws(QueryError) {
        // Quantiles, histograms and averages need a label for themselves.
        var limit = 5
        switch self {
        case .quantileOverTime(_, let quantiles):
            limit = 4
            for quantile in quantiles where !(0...1).contains(quantile) {
                throw QueryError(.invalid, "quantile must be between 0 and 1: \(Static.float(quantile))")
            }
        case .histogramOverTime, .avgOverTime: limit = 4
        case .compare(let selection, let top, let window):
            try selection.checkIsFilter()
            guard (1...1000).contains(top) else { throw QueryError(.invalid, "compare() returns 1 to 1000 values, not \(top)") }
            if let window, window.endNanos <= window.startNanos {
                throw QueryError(.invalid, "compare() needs an end after the start: \(window.startNanos), \(window.endNanos)")
            }
        case .rate, .countOverTime, .minOverTime, .maxOverTime, .sumOverTime: break
        }
        guard labels.count <= limit else {
            throw QueryError(.unsupported, "\(name)() by more than \(limit) fields not yet supported, found \(labels.count)")
        }
    }
}

extension SecondStage {
    fileprivate func check() throws(QueryError) {
        switch self {
        case .top(let count) where count < 1: throw QueryError(.invalid, "topk() keeps at least 1 series, not \(count)")
        case .bottom(let count) where count < 1: throw QueryError(.invalid, "bottomk() keeps at least 1 series, not \(count)")
        case .top, .bottom, .keep: break
        }
    }
}
