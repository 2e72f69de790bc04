internal import TraceQL

/// Arithmetic between queries.
enum MetricsMath {
    private static let name = "__name__"

    /// Series are matched by their labels without `__name__`; a single series without other labels is matched with each.
    static func combine(_ operation: MetricsOperator, _ left: [MetricsSeries], _ right: [MetricsSeries]) -> [MetricsSeries] {
        if left.count == 1, key(left[0]).isEmpty {
            return right.compactMap { combine(operation, left[0], $0, exemplars: key($0).isEmpty ? left[0].exemplars + $0.exemplars : $0.exemplars) }
        }
        if right.count == 1, key(right[0]).isEmpty { return left.compactMap { combine(operation, $0, right[0], exemplars: $0.exemplars) } }
        let partners = Dictionary(right.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        return left.compactMap { series in
            partners[key(series)].flatMap { combine(operation, series, $0, exemplars: series.exemplars + $0.exemplars) }
        }
    }

    private static func key(_ series: MetricsSeries) -> [NamedValue] { series.labels.filter { $0.name != name }.sorted { $0.name < $1.name } }

    private static func combine(_ operation: MetricsOperator, _ left: MetricsSeries, _ right: MetricsSeries, exemplars: [Exemplar]) -> MetricsSeries? {
        var labels = left.labels.filter { $0.name != name }
        for label in right.labels where label.name != name && !labels.contains(where: { $0.name == label.name }) { labels.append(label) }
        if case .string(let a)? = left.labels.first(where: { $0.name == name })?.value,
           case .string(let b)? = right.labels.first(where: { $0.name == name })?.value {
            labels.insert(NamedValue(name, .string("(\(a) \(operation.text) \(b))")), at: 0)
        }
        let values = zip(left.values, right.values).map { a, b -> Double? in if let a, let b { operation.apply(a, b) } else { nil } }
        // Two series that meet nowhere still make one, without samples.
        return MetricsSeries(labels: labels, values: values, exemplars: exemplars)
    }
}

extension MetricsOperator {
    /// Nil for a division by zero.
    func apply(_ a: Double, _ b: Double) -> Double? {
        switch self {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: b == 0 ? nil : a / b
        }
    }
}
