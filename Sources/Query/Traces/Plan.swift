internal import TraceQL

/// A pipeline made ready: its filters as conditions over columns, its stages named as answers name them.
struct Plan: Sendable {
    indirect enum Node: Sendable {
        case filter(Filter)
        case pipeline([Stage])
        case combined(SpansetOperator, Node, Node)
    }

    enum Stage: Sendable {
        case spansets(Node)
        case group(FieldExpression, label: String)
        case coalesce
        case compare(Aggregate, Comparison, Static, label: String)
    }

    let stages: [Stage]
    /// What `select` asks for and conditions mention, first mention first.
    let fields: [Field]

    init(_ pipeline: Pipeline) throws(QueryFailure) {
        var compiler = PlanCompiler()
        self = try compiler.plan(pipeline)
    }

    fileprivate init(_ stages: [Stage], _ fields: [Field]) {
        self.stages = stages
        self.fields = fields
    }

    /// Whether each span can be judged without its trace's other spans.
    var isRowWise: Bool { stages.allSatisfy { if case .spansets(let node) = $0 { node.isRowWise } else { false } } }

    /// The spans of a group that a row-wise plan selects.
    func mask(_ group: Group) throws -> Mask {
        var mask = Mask.all
        for case .spansets(let node) in stages {
            mask = mask & (try node.mask(group))
            if mask.isNone { break }
        }
        return mask
    }

    /// False when the trace certainly yields nothing, judged by the filters' masks over its rows in `group`. Unless these are
    /// all its rows, it is enough that some may take part.
    func mayMatch(_ group: Group, _ rows: Range<Int>, isWhole all: Bool) throws -> Bool {
        guard all else { return try mayTake(group, rows) }
        for (index, stage) in stages.enumerated() {
            switch stage {
            case .spansets(let node): if !(try node.mayMatch(group, rows)) { return false }
            case .compare(.count, let comparison, let bound, _):
                guard index == 1, case .spansets(.filter(let filter)) = stages[0] else { continue }
                if !Value.int(Int64(try group.mask(filter).count(in: rows))).compare(comparison, Value(bound)) { return false }
            default: break
            }
        }
        return true
    }
}

extension Plan {
    /// Whether the rows may be some of those that make a trace match; of a matching trace, some part has such rows.
    private func mayTake(_ group: Group, _ rows: Range<Int>) throws -> Bool {
        guard case .spansets(let node)? = stages.first else { return true }
        return try node.mayTake(group, rows)
    }
}

extension Plan.Node {
    func mayTake(_ group: Group, _ rows: Range<Int>) throws -> Bool {
        switch self {
        case .filter(let filter): return try group.mask(filter).contains(in: rows)
        case .pipeline(let stages):
            guard case .spansets(let node)? = stages.first else { return true }
            return try node.mayTake(group, rows)
        case .combined(let operation, let left, let right):
            return try right.mayTake(group, rows) || (operation.form != .negated && left.mayTake(group, rows))
        }
    }

    var isRowWise: Bool {
        switch self {
        case .filter: true
        case .pipeline(let stages): stages.allSatisfy { if case .spansets(let node) = $0 { node.isRowWise } else { false } }
        case .combined(let operation, let left, let right): operation.relation == .or && left.isRowWise && right.isRowWise
        }
    }

    func mask(_ group: Group) throws -> Mask {
        switch self {
        case .filter(let filter): return try group.mask(filter)
        case .pipeline(let stages):
            var mask = Mask.all
            for case .spansets(let node) in stages { mask = mask & (try node.mask(group)) }
            return mask
        case .combined(_, let left, let right): return (try left.mask(group)) | (try right.mask(group))
        }
    }

    func mayMatch(_ group: Group, _ rows: Range<Int>) throws -> Bool {
        switch self {
        case .filter(let filter): return try group.mask(filter).contains(in: rows)
        case .pipeline(let stages):
            for case .spansets(let node) in stages where !(try node.mayMatch(group, rows)) { return false }
            return true
        case .combined(let operation, let left, let right):
            if operation.relation == .or { return try left.mayMatch(group, rows) || right.mayMatch(group, rows) }
            if operation.form == .negated { return try right.mayMatch(group, rows) }
            return try left.mayMatch(group, rows) && right.mayMatch(group, rows)
        }
    }
}

/// Compiles the stages of a query, and numbers its filters.
struct PlanCompiler {
    private var conditions = ConditionCompiler()
    private var filters = 0
    private(set) var fields: [Field] = []

    mutating func plan(_ pipeline: Pipeline) throws(QueryFailure) -> Plan { Plan(try stages(pipeline), fields) }

    mutating func filter(_ expression: FieldExpression) throws(QueryFailure) -> Filter {
        note(expression.fields)
        filters += 1
        return Filter(try conditions.compile(expression), number: filters, text: expression.description)
    }

    private mutating func note(_ more: [Field]) { for field in more where !fields.contains(field) { fields.append(field) } }

    private mutating func stages(_ pipeline: Pipeline) throws(QueryFailure) -> [Plan.Stage] {
        var stages: [Plan.Stage] = []
        for stage in pipeline.stages {
            switch stage {
            case .spansets(let expression): stages.append(.spansets(try node(expression)))
            case .group(let expression):
                note(expression.fields)
                stages.append(.group(expression, label: "by(\(expression.description))"))
            case .coalesce: stages.append(.coalesce)
            case .select(let selected): note(selected)
            case .compare(let aggregate, let comparison, let bound):
                note(aggregate.argument?.fields ?? [])
                stages.append(.compare(aggregate, comparison, bound, label: aggregate.description))
            }
        }
        if case .spansets? = stages.first { return stages }
        return [.spansets(.filter(try filter(.literal(.bool(true)))))] + stages
    }

    private mutating func node(_ expression: SpansetExpression) throws(QueryFailure) -> Plan.Node {
        switch expression {
        case .filter(let inner): return .filter(try filter(inner))
        case .pipeline(let pipeline): return .pipeline(try stages(pipeline))
        case .combined(let operation, let left, let right): return .combined(operation, try node(left), try node(right))
        }
    }
}
