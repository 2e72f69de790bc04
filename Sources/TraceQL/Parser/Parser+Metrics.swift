extension Parser {
    static let metricsFunctions: Set<String> = [
        "rate", "count_over_time", "min_over_time", "max_over_time", "avg_over_time", "sum_over_time",
        "histogram_over_time", "quantile_over_time", "compare",
    ]

    /// A metrics function with its labels and second stages.
    mutating func parseMetrics(over pipeline: Pipeline) throws(QueryError) -> Sized<MetricsExpression> {
        let name = word
        index += 1
        try expect(.open)
        var height = 1
        let function: MetricsFunction
        switch name {
        case "rate", "count_over_time":
            try expect(.close)
            function = name == "rate" ? .rate : .countOverTime
        case "quantile_over_time":
            let field = try parseField()
            try expect(.comma)
            function = .quantileOverTime(field, try parseList { parser throws(QueryError) in try parser.parseQuantile() })
        case "compare":
            let selection = try parseFilter()
            height = selection.height
            function = try parseComparison(of: selection.node)
        default:
            let field = try parseField()
            try expect(.close)
            function =
                switch name {
                case "min_over_time": .minOverTime(field)
                case "max_over_time": .maxOverTime(field)
                case "avg_over_time": .avgOverTime(field)
                case "sum_over_time": .sumOverTime(field)
                default: .histogramOverTime(field)
                }
        }
        let metrics = MetricsExpression.query(pipeline, function, by: name == "compare" ? [] : try parseLabels())
        return Sized(node: try parseSecondStages(after: metrics), height: height)
    }

    /// `by (.a, .b)`, or nothing.
    private mutating func parseLabels() throws(QueryError) -> [Field] {
        guard take(word: "by") else { return [] }
        try expect(.open)
        return try parseList { parser throws(QueryError) in try parser.parseField() }
    }

    private mutating func parseQuantile() throws(QueryError) -> Double {
        let quantile: Double
        switch current.kind {
        case .int(let value): quantile = Double(value)
        case .float(let value): quantile = value
        default: throw unexpected(expected: "a quantile such as 0.9")
        }
        index += 1
        return quantile
    }

    private mutating func parseInt(_ what: String) throws(QueryError) -> Int64 {
        guard case .int(let value) = current.kind else { throw unexpected(expected: what) }
        index += 1
        return value
    }

    /// What follows the selection of `compare`: how many values of each attribute, and a window of time.
    private mutating func parseComparison(of selection: FieldExpression) throws(QueryError) -> MetricsFunction {
        var top = 10
        var window: CompareWindow?
        if take(.comma) {
            top = Int(try parseInt("how many values to return"))
            if take(.comma) {
                let start = try parseInt("the start in nanoseconds")
                try expect(.comma)
                window = CompareWindow(startNanos: start, endNanos: try parseInt("the end in nanoseconds"))
            }
        }
        try expect(.close, or: ",")
        return .compare(selection, top: top, window: window)
    }

    // MARK: Second stages

    /// `| topk(5)`, `> 0.5`, any number of them.
    mutating func parseSecondStages(after metrics: MetricsExpression) throws(QueryError) -> MetricsExpression {
        var stages: [SecondStage] = []
        while let symbol, symbol == .pipe || symbol.comparison != nil {
            index += 1
            if symbol == .pipe {
                stages.append(try parseRanking())
            } else {
                let threshold = try parseTerm(Precedence.comparison + 1)
                guard case .constant(let constant) = threshold.kind else { throw unexpected(at: threshold.place, expected: "a number", "a duration") }
                stages.append(try secondStage(symbol, constant, at: threshold.place))
            }
        }
        return metrics.followed(by: stages)
    }

    private mutating func parseRanking() throws(QueryError) -> SecondStage {
        guard let word, word == "topk" || word == "bottomk" else { throw unexpected(expected: "topk", "bottomk") }
        index += 1
        try expect(.open)
        let count = Int(try parseInt("how many series to keep"))
        try expect(.close)
        return word == "topk" ? .top(count) : .bottom(count)
    }

    /// A comparison with a constant at `place`. Samples that are durations are in seconds.
    func secondStage(_ symbol: Symbol, _ constant: Static, at place: Int) throws(QueryError) -> SecondStage {
        guard let comparison = symbol.comparison else { throw unexpected(at: place, expected: "a comparison") }
        switch constant {
        case .int(let value): return .keep(comparison, Double(value))
        case .float(let value): return .keep(comparison, value)
        case .duration(let nanos): return .keep(comparison, Double(nanos) / 1e9)
        default: throw unexpected(at: place, expected: "a number", "a duration")
        }
    }

    /// A side of arithmetic between metrics.
    func metricsOperand(_ term: Term) throws(QueryError) -> MetricsExpression {
        switch term.kind {
        case .metrics(let metrics): return metrics
        case .constant(.int(let value)): return .scalar(Double(value))
        case .constant(.float(let value)): return .scalar(value)
        case .constant(.duration): throw error(.invalid, "duration cannot be used as a scalar operand", at: term.place)
        default: throw unexpected(at: term.place, expected: "a number", "a metrics query in parentheses")
        }
    }
}

extension MetricsExpression {
    /// With more second stages, which join those that are there.
    func followed(by stages: [SecondStage]) -> MetricsExpression {
        if stages.isEmpty { return self }
        if case .staged(let metrics, let earlier) = self { return .staged(metrics, earlier + stages) }
        return .staged(self, stages)
    }
}

extension Symbol {
    var metricsOperator: MetricsOperator? {
        switch self {
        case .plus: .add
        case .minus: .subtract
        case .times: .multiply
        case .over: .divide
        default: nil
        }
    }
}
