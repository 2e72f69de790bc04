/// Writes queries in Tempo's one way, in which everything but a field or a constant is put in parentheses as an operand. Into one
/// string, so that deep trees do not copy theirs at every level.
struct Printer {
    private(set) var text = ""

    mutating func write(_ expression: FieldExpression) {
        switch expression {
        case .literal(let constant): text += constant.description
        case .field(let field): text += field.description
        case .negative(let operand): writePrefix("-", operand)
        case .not(let operand): writePrefix("!", operand)
        case .arithmetic(let op, let left, let right): write(left, op.text, right)
        case .compare(let comparison, let left, let right): write(left, comparison.text, right)
        case .isNil(let operand): write(operand, "=", .literal(.none))
        case .isNotNil(let operand): write(operand, "!=", .literal(.none))
        case .matches(let operand, let pattern, let negated): write(operand, negated ? "!~" : "=~", .literal(.string(pattern)))
        case .and(let left, let right): write(left, "&&", right)
        case .or(let left, let right): write(left, "||", right)
        }
    }

    private mutating func write(_ left: FieldExpression, _ op: String, _ right: FieldExpression) {
        writeOperand(left)
        text += " \(op) "
        writeOperand(right)
    }

    /// One prefix behind another needs no parentheses.
    private mutating func writePrefix(_ op: String, _ operand: FieldExpression) {
        text += op
        switch operand {
        case .negative, .not: write(operand)
        default: writeOperand(operand)
        }
    }

    mutating func writeOperand(_ expression: FieldExpression) {
        switch expression {
        case .literal, .field: write(expression)
        default: writeInParentheses { $0.write(expression) }
        }
    }

    // MARK: Pipelines

    mutating func write(_ pipeline: Pipeline) {
        writeList(pipeline.stages, separator: " | ") { $0.write($1) }
    }

    private mutating func write(_ stage: Stage) {
        switch stage {
        case .spansets(let expression): write(expression)
        case .group(let expression): writeCall("by") { $0.write(expression) }
        case .coalesce: text += "coalesce()"
        case .select(let fields): writeCall("select") { $0.write(fields) }
        case .compare(let aggregate, let comparison, let constant):
            write(aggregate)
            text += " \(comparison.text) \(constant)"
        }
    }

    private mutating func write(_ expression: SpansetExpression) {
        switch expression {
        case .filter(let filter): writeFilter(filter)
        case .pipeline(let pipeline): writeInParentheses { $0.write(pipeline) }
        case .combined(let op, let left, let right):
            writeOperand(left)
            text += " \(op.text) "
            writeOperand(right)
        }
    }

    private mutating func writeOperand(_ expression: SpansetExpression) {
        if case .pipeline = expression { return write(expression) }
        writeInParentheses { $0.write(expression) }
    }

    private mutating func writeFilter(_ filter: FieldExpression) {
        text += "{ "
        write(filter)
        text += " }"
    }

    mutating func write(_ aggregate: Aggregate) {
        switch aggregate {
        case .count: text += "count()"
        case .max(let argument): writeCall("max") { $0.write(argument) }
        case .min(let argument): writeCall("min") { $0.write(argument) }
        case .avg(let argument): writeCall("avg") { $0.write(argument) }
        case .sum(let argument): writeCall("sum") { $0.write(argument) }
        }
    }

    // MARK: Metrics

    mutating func write(_ metrics: MetricsExpression) {
        switch metrics {
        case .query(let pipeline, let function, let labels):
            write(pipeline)
            text += " | "
            write(function)
            if !labels.isEmpty { writeCall(" by ") { $0.write(labels) } }
        case .staged(let metrics, let stages):
            write(metrics)
            for stage in stages { write(stage) }
        case .arithmetic(let op, let left, let right):
            writeOperand(left)
            text += " \(op.text) "
            writeOperand(right)
        case .scalar(let value): text += Static.float(value).description
        }
    }

    private mutating func writeOperand(_ metrics: MetricsExpression) {
        if case .scalar = metrics { return write(metrics) }
        writeInParentheses { $0.write(metrics) }
    }

    private mutating func write(_ function: MetricsFunction) {
        writeCall(function.name) { printer in
            switch function {
            case .rate, .countOverTime: break
            case .minOverTime(let field), .maxOverTime(let field), .avgOverTime(let field), .sumOverTime(let field), .histogramOverTime(let field):
                printer.text += field.description
            case .quantileOverTime(let field, let quantiles):
                printer.text += field.description
                for quantile in quantiles { printer.text += ", \(Static.float(quantile))" }
            case .compare(let selection, let top, let window):
                printer.writeFilter(selection)
                printer.text += ", \(top)"
                if let window { printer.text += ", \(window.startNanos), \(window.endNanos)" }
            }
        }
    }

    private mutating func write(_ stage: SecondStage) {
        switch stage {
        case .top(let count): text += " | topk(\(count))"
        case .bottom(let count): text += " | bottomk(\(count))"
        case .keep(let comparison, let value): text += " \(comparison.text) \(Static.float(value))"
        }
    }

    // MARK: Queries

    mutating func write(_ query: Query) {
        switch query.body {
        case .spansets(let pipeline): write(pipeline)
        case .metrics(let metrics): write(metrics)
        }
        guard !query.hints.isEmpty else { return }
        writeCall(" with ") { $0.writeList(query.hints, separator: ", ") { $0.text += "\($1.name) = \($1.value)" } }
    }

    private mutating func write(_ fields: [Field]) {
        writeList(fields, separator: ", ") { $0.text += $1.description }
    }

    private mutating func writeList<Item>(_ items: [Item], separator: String, _ body: (inout Printer, Item) -> Void) {
        for (number, item) in items.enumerated() {
            if number > 0 { text += separator }
            body(&self, item)
        }
    }

    private mutating func writeCall(_ name: String, _ body: (inout Printer) -> Void) {
        text += name
        writeInParentheses(body)
    }

    private mutating func writeInParentheses(_ body: (inout Printer) -> Void) {
        text += "("
        body(&self)
        text += ")"
    }
}
