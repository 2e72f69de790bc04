/// What stands between two pipes or in parentheses. An opening parenthesis does not say yet which of these it begins.
struct Term {
    enum Kind {
        /// Filters, alone or combined.
        case spansets(SpansetExpression)
        /// Pipelines in parentheses, alone or combined.
        case pipelines(SpansetExpression)
        /// Stages without parentheses around them.
        case stages([Stage])
        case constant(Static)
        case aggregate(Aggregate)
        /// `avg(.a) + 1`: to be read, but not answered.
        case aggregateArithmetic
        /// `({} | count())`, alone or in arithmetic: likewise.
        case pipelineAggregate
        /// `count() > 2`.
        case condition(Stage)
        case metrics(MetricsExpression)
    }

    var kind: Kind
    /// Its first token.
    var place: Int
    var height: Int
    /// Whether each spanset of it is in parentheses, so that it may stand beside pipelines.
    var isParenthesised = false
}

extension Term {
    /// As stages of a pipeline that others may follow. Pipelines in parentheses are none.
    var stages: [Stage]? {
        switch kind {
        case .spansets(let expression): [.spansets(expression)]
        case .condition(let stage): [stage]
        case .stages(let stages): stages
        case .pipelines, .constant, .aggregate, .aggregateArithmetic, .pipelineAggregate, .metrics: nil
        }
    }

    /// As a side of an operator between pipelines in parentheses.
    var pipelines: SpansetExpression? {
        switch kind {
        case .pipelines(let expression): expression
        case .spansets(let expression) where isParenthesised: expression
        default: nil
        }
    }

    /// Whether it stands for a number: a constant, or one for each spanset.
    var isNumber: Bool {
        switch kind {
        case .constant, .aggregate, .aggregateArithmetic, .pipelineAggregate: true
        case .spansets, .pipelines, .stages, .condition, .metrics: false
        }
    }
}
