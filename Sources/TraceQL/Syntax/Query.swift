/// A TraceQL query that was parsed and checked: what can be asked of it can be answered.
public struct Query: Equatable, Sendable {
    public enum Body: Equatable, Sendable {
        /// A search. A metrics function behind it makes it `metrics`.
        case spansets(Pipeline)
        case metrics(MetricsExpression)
    }

    public var body: Body
    /// What `with(...)` said, in the order written; the last `with` replaces earlier ones.
    public var hints: [Hint]

    public init(body: Body, hints: [Hint] = []) {
        self.body = body
        self.hints = hints
    }
}

/// `name = value` of a `with(...)`.
public struct Hint: Equatable, Sendable {
    public var name: String
    public var value: Static

    public init(name: String, value: Static) {
        self.name = name
        self.value = value
    }
}

/// Stages, each of which maps a trace's spansets to spansets; the first is given one spanset of all the trace's spans.
public struct Pipeline: Equatable, Sendable {
    public var stages: [Stage]

    public init(_ stages: [Stage]) { self.stages = stages }
}

public enum Stage: Equatable, Sendable {
    /// Spansets out of a trace's spans; as a later stage (a filter alone), it filters what is left.
    case spansets(SpansetExpression)
    /// `by(expression)`: splits each spanset by the expression's value.
    case group(FieldExpression)
    /// `coalesce()`: one spanset out of all.
    case coalesce
    /// `select(...)`: fields to return with each span.
    case select([Field])
    /// `count() > 2`: keeps the spansets for which it holds.
    case compare(Aggregate, Comparison, Static)
}

public indirect enum SpansetExpression: Equatable, Sendable {
    /// `{ expression }`; `{}` is `{ true }`.
    case filter(FieldExpression)
    /// A pipeline in parentheses.
    case pipeline(Pipeline)
    case combined(SpansetOperator, SpansetExpression, SpansetExpression)
}

/// How two spansets of a trace are combined.
public struct SpansetOperator: Hashable, Sendable {
    public enum Relation: Hashable, Sendable {
        case and, or
        /// `>`: right spans that are children of a left one; and so on.
        case child, descendant, parent, ancestor, sibling
    }

    /// What comes back: right spans that stand in the relation to some left one, those that stand in it to none, or both sides of each pair.
    public enum Form: Hashable, Sendable { case plain, negated, union }

    public var relation: Relation
    public var form: Form

    public init(_ relation: Relation, _ form: Form = .plain) {
        self.relation = relation
        self.form = form
    }
}

public enum Aggregate: Equatable, Sendable {
    case count
    case max(FieldExpression), min(FieldExpression), avg(FieldExpression), sum(FieldExpression)
}

public enum Comparison: Hashable, Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}
