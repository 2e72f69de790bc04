/// Evaluates an expression over all steps of a grid at once: every node gives its rows, one value for each step. What a node
/// holds is charged to the run, and released when its parent has used it.
struct Evaluator {
    let source: any SeriesSource
    let run: QueryRun
    let notes: Notes
    let grid: Grid
    let lookbackMillis: Int64
    /// The first and the last step of the whole query, whatever grid a subquery has.
    let firstMillis: Int64
    let lastMillis: Int64

    // MARK: By type

    func scalar(_ expression: Expression) throws(EvaluationError) -> [Double] {
        switch expression.kind {
        case .number(let value, _): return steps(value)
        case .parens(let inner): return try scalar(inner)
        case .unary(let isNegative, let inner):
            let values = try scalar(inner)
            return isNegative ? values.map { -$0 } : values
        case .binary(let binary):
            let left = try scalar(binary.left)
            try run.charge(samples: left.count)
            let right = try scalar(binary.right)
            run.release(samples: left.count)
            return zip(left, right).map { left, right in
                binary.op.isComparison ? (binary.op.holds(left, right) ? 1 : 0) : binary.op.value(left, right)
            }
        case .call(.time, _): return (0..<grid.count).map { Double(grid.time($0)) / 1_000 }
        case .call(.pi, _): return steps(.pi)
        case .call(.scalar, let arguments): return try onlyValue(of: arguments[0])
        default: return steps(.nan)
        }
    }

    func vector(_ expression: Expression) throws(EvaluationError) -> [Row] {
        try run.check()
        switch expression.kind {
        case .selector(let selector): return try rows(selector, .value)
        case .parens(let inner): return try vector(inner)
        case .unary(let isNegative, let inner):
            let rows = try vector(inner)
            guard isNegative else { return rows }
            return try settled(mapped(rows) { value, _ in -value }, .wholeQuery)
        case .binary(let binary): return try self.binary(binary)
        case .aggregation(let aggregation): return try self.aggregation(aggregation)
        case .call(let function, let arguments): return try call(function, arguments, expression)
        case .number, .string, .range, .subquery: return []
        }
    }

    /// The value of a vector of one element; NaN where there is none, or more.
    private func onlyValue(of expression: Expression) throws(EvaluationError) -> [Double] {
        let rows = try vector(expression)
        defer { release(rows: rows.count) }
        return (0..<grid.count).map { step in
            var found: Double?
            for row in rows where row.values[step].isPresent {
                if found != nil { return .nan }
                found = row.values[step]
            }
            return found ?? .nan
        }
    }

    // MARK: Rows

    func steps(_ value: Double) -> [Double] { [Double](repeating: value, count: grid.count) }

    /// Each value of `rows` replaced, and their names taken away.
    func mapped(_ rows: [Row], _ change: (Double, _ step: Int) -> Double) -> [Row] {
        rows.map { row in
            var row = Row(labels: row.labels.withoutMetricName, values: row.values)
            for step in row.values.indices where row.values[step].isPresent { row.values[step] = change(row.values[step], step) }
            return row
        }
    }

    /// As many samples as a row weighs, its labels included.
    var rowWeight: Int { grid.count + 8 }

    /// Before `count` rows are made.
    func charge(rows count: Int) throws(EvaluationError) {
        let (samples, isTooMuch) = count.multipliedReportingOverflow(by: rowWeight)
        try run.charge(samples: isTooMuch ? .max : samples)
    }

    func release(rows count: Int) { run.release(samples: count * rowWeight) }

    /// `combined`, with what falls away released.
    func settled(_ rows: [Row], _ collisions: Collisions) throws(EvaluationError) -> [Row] {
        let settled = try combined(rows, collisions)
        release(rows: rows.count - settled.count)
        return settled
    }

    /// Rows as series, by labels, without the steps at which they have no value.
    func series(_ rows: [Row]) -> [Series] {
        var series: [Series] = []
        for row in rows {
            let present = row.values.indices.filter { row.values[$0].isPresent }
            if present.isEmpty { continue }
            series.append(Series(row.labels, timestamps: present.map(grid.time), values: present.map { row.values[$0] }))
        }
        series.sort { $0.labels < $1.labels }
        return series
    }

    func answer(_ value: Answer.Value) -> Answer {
        Answer(
            value: value, warnings: notes.warnings, infos: notes.infos, totalSamples: run.totalSamples, peakSamples: run.peakSamples)
    }
}
