/// Each field once, in the order of the first mention.
struct FieldSet {
    private(set) var fields: [Field] = []
    private var known: Set<Field> = []

    mutating func insert(_ field: Field) {
        if known.insert(field).inserted { fields.append(field) }
    }

    mutating func insert(_ expression: FieldExpression) {
        switch expression {
        case .literal: break
        case .field(let field): insert(field)
        case .negative(let operand), .not(let operand), .isNil(let operand), .isNotNil(let operand), .matches(let operand, _, _): insert(operand)
        case .arithmetic(_, let left, let right), .compare(_, let left, let right), .and(let left, let right), .or(let left, let right):
            insert(left)
            insert(right)
        }
    }

    /// The fields of the parts that `includes` picks.
    mutating func insert(_ pipeline: Pipeline, _ includes: Set<Part>) {
        for stage in pipeline.stages {
            switch stage {
            case .spansets(let expression): insert(expression, includes)
            case .group(let expression): if includes.contains(.results) { insert(expression) }
            case .select(let fields): if includes.contains(.selections) { fields.forEach { insert($0) } }
            case .compare(let aggregate, _, _): if includes.contains(.results), let argument = aggregate.argument { insert(argument) }
            case .coalesce: break
            }
        }
    }

    private mutating func insert(_ expression: SpansetExpression, _ includes: Set<Part>) {
        switch expression {
        case .filter(let filter): if includes.contains(.conditions) { insert(filter) }
        case .pipeline(let pipeline): insert(pipeline, includes)
        case .combined(_, let left, let right):
            insert(left, includes)
            insert(right, includes)
        }
    }

    mutating func insert(_ metrics: MetricsExpression) {
        switch metrics {
        case .query(let pipeline, let function, let labels):
            insert(pipeline, Set(Part.allCases))
            insert(function)
            labels.forEach { insert($0) }
        case .staged(let metrics, _): insert(metrics)
        case .arithmetic(_, let left, let right):
            insert(left)
            insert(right)
        case .scalar: break
        }
    }

    private mutating func insert(_ function: MetricsFunction) {
        switch function {
        case .rate, .countOverTime: break
        case .minOverTime(let field), .maxOverTime(let field), .avgOverTime(let field), .sumOverTime(let field),
            .histogramOverTime(let field), .quantileOverTime(let field, _): insert(field)
        case .compare(let selection, _, _): insert(selection)
        }
    }

    /// Where a pipeline mentions fields: in filters; in `by` and aggregates; in `select`.
    enum Part: CaseIterable { case conditions, results, selections }
}

extension FieldExpression {
    /// What it mentions, each once, in the order of the first mention.
    public var fields: [Field] {
        var set = FieldSet()
        set.insert(self)
        return set.fields
    }
}

extension Pipeline {
    /// What filters, `by`, aggregates and `select` mention, each once, in the order of the first mention: what a search returns with
    /// each span that has it.
    public var fields: [Field] { fields(of: Set(FieldSet.Part.allCases)) }

    /// What filters mention.
    public var conditionFields: [Field] { fields(of: [.conditions]) }

    /// What `by` and aggregates mention.
    public var resultFields: [Field] { fields(of: [.results]) }

    /// What `select` mentions.
    public var selectedFields: [Field] { fields(of: [.selections]) }

    private func fields(of parts: Set<FieldSet.Part>) -> [Field] {
        var set = FieldSet()
        set.insert(self, parts)
        return set.fields
    }
}

extension Query {
    /// What the query mentions, each field once, in the order of the first mention; of a metrics query also what its functions mention.
    public var fields: [Field] {
        switch body {
        case .spansets(let pipeline): return pipeline.fields
        case .metrics(let metrics):
            var set = FieldSet()
            set.insert(metrics)
            return set.fields
        }
    }
}
