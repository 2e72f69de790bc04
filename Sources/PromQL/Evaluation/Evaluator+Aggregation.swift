extension Evaluator {
    func aggregation(_ aggregation: Aggregation) throws(EvaluationError) -> [Row] {
        let rows = try vector(aggregation.inner)
        let groups = Groups(rows, aggregation)
        switch aggregation.op {
        case .topk, .bottomk: return try ranked(rows, groups, aggregation)
        case .countValues:
            let counted = try countedValues(rows, groups, aggregation.parameter?.literal ?? "")
            release(rows: rows.count)
            return counted
        default: break
        }
        var parameters: [Double] = []
        if aggregation.op == .quantile, let parameter = aggregation.parameter {
            parameters = try scalar(parameter)
            if !rows.isEmpty { warnOfQuantiles(parameters, parameter) }
        }
        try charge(rows: groups.labels.count)
        var results = groups.labels.map { Row(labels: $0, values: steps(absent)) }
        var values: [Double] = []
        for (group, members) in groups.members.enumerated() {
            for step in 0..<grid.count {
                if step % 256 == 0 { try run.check() }
                values.removeAll(keepingCapacity: true)
                for member in members where rows[member].values[step].isPresent { values.append(rows[member].values[step]) }
                if values.isEmpty { continue }
                results[group].values[step] = aggregation.op.value(values, parameters.isEmpty ? .nan : parameters[step])
            }
        }
        release(rows: rows.count)
        return results
    }

    /// The `k` greatest or least of each group; a NaN is neither. At one step alone they come in their order.
    private func ranked(_ rows: [Row], _ groups: Groups, _ aggregation: Aggregation) throws(EvaluationError) -> [Row] {
        guard let parameter = aggregation.parameter else { return [] }
        let counts = try scalar(parameter)
        var results = rows
        var order: [Int] = []
        for step in 0..<grid.count {
            try run.check()
            guard let wide = Int64(exactly: counts[step].rounded(.towardZero)) else {
                throw .execution("Scalar value \(NumberText.sample(counts[step])) overflows int64")
            }
            let count = max(0, Int(wide))
            for members in groups.members {
                var present = members.filter { rows[$0].values[step].isPresent }
                present.sort { left, right in                          // stable: of equals the earlier stays
                    let (left, right) = (rows[left].values[step], rows[right].values[step])
                    if left.isNaN || right.isNaN { return !left.isNaN }
                    return aggregation.op == .topk ? left > right : left < right
                }
                for member in present.dropFirst(count) { results[member].values[step] = absent }
                order += present.prefix(count)
            }
        }
        guard grid.count == 1 else { return results }
        release(rows: rows.count - order.count)
        return order.map { results[$0] }
    }

    private func countedValues(_ rows: [Row], _ groups: Groups, _ label: String) throws(EvaluationError) -> [Row] {
        guard !label.isEmpty else { throw .execution("invalid label name \"\"") }
        var results: [Row] = []
        var places: [Labels: Int] = [:]
        for (group, members) in groups.members.enumerated() {
            for member in members {
                try run.check()
                for (step, value) in rows[member].values.enumerated() where value.isPresent {
                    let labels = groups.labels[group].setting(label, NumberText.plain(value))
                    let place = places[labels] ?? results.count
                    if place == results.count {
                        try charge(rows: 1)
                        results.append(Row(labels: labels, values: steps(absent)))
                        places[labels] = place
                    }
                    let before = results[place].values[step]
                    results[place].values[step] = before.isPresent ? before + 1 : 1
                }
            }
        }
        return results
    }

    func warnOfQuantiles(_ quantiles: [Double], _ place: Expression) {
        for quantile in quantiles where !(0...1).contains(quantile) {
            notes.warning("quantile value should be between 0 and 1, got \(NumberText.sample(quantile))", place)
        }
    }
}

/// Rows put together by what their labels have in common.
private struct Groups {
    private(set) var labels: [Labels] = []
    /// The rows of each group, in their order.
    private(set) var members: [[Int]] = []

    init(_ rows: [Row], _ aggregation: Aggregation) {
        var places: [Labels: Int] = [:]
        let removed = aggregation.labels + [Labels.metricName]
        for (index, row) in rows.enumerated() {
            let key = aggregation.isWithout ? row.labels.removing(removed) : row.labels.keeping(aggregation.labels)
            let place = places[key] ?? labels.count
            if place == labels.count {
                places[key] = place
                labels.append(key)
                members.append([])
            }
            members[place].append(index)
        }
    }
}

extension Aggregation.Operator {
    /// Of at least one value; for those that give one for each group.
    fileprivate func value(_ values: [Double], _ parameter: Double) -> Double {
        switch self {
        case .sum: total(values.span)
        case .avg: average(values.span)
        case .count: Double(values.count)
        case .group: 1
        case .min: least(values.span)
        case .max: greatest(values.span)
        case .stdvar: variance(values.span)
        case .stddev: variance(values.span).squareRoot()
        case .quantile: PromQL.value(atQuantile: parameter, values.span)
        case .topk, .bottomk, .countValues: .nan
        }
    }
}
