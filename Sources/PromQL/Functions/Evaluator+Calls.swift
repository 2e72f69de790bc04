internal import Glibc

extension Evaluator {
    /// Functions that give a vector.
    func call(_ function: Function, _ arguments: [Expression], _ call: Expression) throws(EvaluationError) -> [Row] {
        switch function {
        case .abs: return try elements(arguments) { $0.magnitude }
        case .ceil: return try elements(arguments) { $0.rounded(.up) }
        case .floor: return try elements(arguments) { $0.rounded(.down) }
        case .sqrt: return try elements(arguments) { $0.squareRoot() }
        case .exp: return try elements(arguments, Glibc.exp)
        case .ln: return try elements(arguments, Glibc.log)
        case .log2: return try elements(arguments, Glibc.log2)
        case .log10: return try elements(arguments, Glibc.log10)
        case .sgn: return try elements(arguments) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
        case .round: return try rounded(arguments)
        case .clamp, .clampMin, .clampMax: return try clamped(function, arguments)
        case .sort, .sortDesc: return try sorted(arguments[0], isDescending: function == .sortDesc)
        case .vector:
            try charge(rows: 1)
            return [Row(labels: Labels(), values: try scalar(arguments[0]))]
        case .timestamp: return try timestamps(arguments[0])
        case .absent: return try absence(arguments[0])
        case .labelReplace: return try labelReplace(arguments)
        case .labelJoin: return try labelJoin(arguments)
        case .histogramQuantile: return try histogramQuantiles(arguments)
        case .minute, .hour, .month, .year, .dayOfWeek, .dayOfMonth, .dayOfYear, .daysInMonth:
            guard arguments.isEmpty else { return try elements(arguments) { function.calendar($0) } }
            try charge(rows: 1)
            return [Row(labels: Labels(), values: (0..<grid.count).map { function.calendar(Double(grid.time($0)) / 1_000) })]
        case .time, .pi, .scalar: return []                         // these give a scalar
        default: return try overRange(function, arguments)
        }
    }

    private func elements(_ arguments: [Expression], _ change: (Double) -> Double) throws(EvaluationError) -> [Row] {
        try settled(mapped(vector(arguments[0])) { value, _ in change(value) }, .perStep)
    }

    /// Ties go up.
    private func rounded(_ arguments: [Expression]) throws(EvaluationError) -> [Row] {
        let rows = try vector(arguments[0])
        let nearest = arguments.count > 1 ? try scalar(arguments[1]) : steps(1)
        return try settled(mapped(rows) { value, step in
            let inverse = 1 / nearest[step]
            return (value * inverse + 0.5).rounded(.down) / inverse
        }, .perStep)
    }

    private func clamped(_ function: Function, _ arguments: [Expression]) throws(EvaluationError) -> [Row] {
        let rows = try vector(arguments[0])
        let lower = function == .clampMax ? steps(-.infinity) : try scalar(arguments[1])
        let upper = function == .clampMin ? steps(.infinity) : try scalar(arguments[arguments.count - 1])
        return try settled(mapped(rows) { value, step in
            if lower[step] > upper[step] { return absent }
            if value.isNaN || lower[step].isNaN || upper[step].isNaN { return .nan }
            return max(lower[step], min(upper[step], value))
        }, .perStep)
    }

    /// At one step alone; NaN comes last.
    private func sorted(_ argument: Expression, isDescending: Bool) throws(EvaluationError) -> [Row] {
        var rows = try vector(argument)
        guard grid.count == 1 else { return rows }
        rows.sort { left, right in
            let (left, right) = (left.values[0], right.values[0])
            if left.isNaN || right.isNaN { return !left.isNaN }
            return isDescending ? left > right : left < right
        }
        return rows
    }

    /// Of the sample that a selector finds; elsewhere of the step.
    private func timestamps(_ argument: Expression) throws(EvaluationError) -> [Row] {
        if case .selector(let selector) = argument.bare.kind {
            return try settled(mapped(rows(selector, .timestamp)) { value, _ in value }, .perStep)
        }
        return try settled(mapped(vector(argument)) { _, step in Double(grid.time(step)) / 1_000 }, .perStep)
    }

    private func absence(_ argument: Expression) throws(EvaluationError) -> [Row] {
        let rows = try vector(argument)
        try charge(rows: 1)
        var row = Row(labels: argument.absentLabels, values: steps(1))
        for step in row.values.indices where rows.contains(where: { $0.values[step].isPresent }) { row.values[step] = absent }
        release(rows: rows.count)
        return row.isEmpty ? [] : [row]
    }

    private func histogramQuantiles(_ arguments: [Expression]) throws(EvaluationError) -> [Row] {
        let rows = try vector(arguments[1])
        let quantiles = try scalar(arguments[0])
        if !rows.isEmpty { warnOfQuantiles(quantiles, arguments[0]) }
        var places: [Labels: Int] = [:]
        var histograms: [(labels: Labels, buckets: [(bound: Double, row: Int)])] = []
        for (index, row) in rows.enumerated() {
            guard let bound = Double(prometheus: row.labels["le"]) else { continue }
            let labels = row.labels.removing(["le"])
            let place = places[labels] ?? histograms.count
            if place == histograms.count {
                places[labels] = place
                histograms.append((labels, []))
            }
            histograms[place].buckets.append((bound, index))
        }
        try charge(rows: histograms.count)
        var results: [Row] = []
        for histogram in histograms {
            try run.check()
            var result = Row(labels: histogram.labels.withoutMetricName, values: steps(absent))
            for step in 0..<grid.count {
                let buckets = histogram.buckets.compactMap { bound, row in
                    rows[row].values[step].isPresent ? Bucket(bound: bound, count: rows[row].values[step]) : nil
                }
                if buckets.isEmpty { continue }
                let (value, wasRepaired) = histogramQuantile(quantiles[step], buckets)
                result.values[step] = value
                if wasRepaired {
                    let name = histogram.labels[Labels.metricName]
                    notes.info(
                        "input to histogram_quantile needed to be fixed for monotonicity"
                            + " (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)"
                            + (name.isEmpty ? "" : " for metric name \(quoted(name))"), arguments[1])
                }
            }
            results.append(result)
        }
        release(rows: rows.count)
        return try settled(results, .perStep)
    }
}

extension Expression {
    /// What `absent` knows of the series that is not there: what a plain selector wants its labels to be.
    var absentLabels: Labels {
        let matchers: [Matcher] = switch bare.kind {
        case .selector(let selector), .range(let selector, _): selector.matchers
        default: []
        }
        let named = matchers.filter { matcher in
            matcher.name != Labels.metricName && matcher.op == .equal && matchers.count { $0.name.hasSameBytes(as: matcher.name) } == 1
        }
        return Labels(named.map { Labels.Label($0.name, $0.value) })
    }
}

extension Double {
    /// A number as label values have it: `0.5`, `+Inf`, `1e3`.
    init?(prometheus text: String) {
        switch text.lowercased() {
        case "+inf", "inf", "+infinity", "infinity": self = .infinity
        case "-inf", "-infinity": self = -.infinity
        case "nan", "+nan", "-nan": self = .nan
        default:
            guard text.utf8.allSatisfy({ $0.isDigit || "+-.eE".utf8.contains($0) }), let value = Double(text) else { return nil }
            self = value
        }
    }
}
