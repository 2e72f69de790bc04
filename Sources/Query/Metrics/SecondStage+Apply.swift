internal import TraceQL

extension SecondStage {
    func apply(_ series: [MetricsSeries]) -> [MetricsSeries] {
        var result = series
        switch self {
        case .keep(let comparison, let bound):
            for index in result.indices {
                for sample in result[index].values.indices {
                    guard let value = result[index].values[sample], !Value.float(value).compare(comparison, .float(bound)) else { continue }
                    result[index].values[sample] = nil
                }
            }
        case .top(let wanted), .bottom(let wanted):
            let isTop = if case .top = self { true } else { false }
            guard wanted < series.count else { return series }
            // Of equal values topk prefers the first labels, bottomk the last.
            let order = series.indices.sorted { SeriesOrder.isBefore(series[$0].labels, series[$1].labels) }
            let rank = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
            for sample in series[0].values.indices {
                let present = series.indices.filter { series[$0].values[sample] != nil }.sorted { a, b in
                    let left = series[a].values[sample]!, right = series[b].values[sample]!
                    if left != right { return isTop ? left > right : left < right }
                    return isTop ? rank[a]! < rank[b]! : rank[a]! > rank[b]!
                }
                for loser in present.dropFirst(wanted) { result[loser].values[sample] = nil }
            }
        }
        return result.filter { $0.values.contains { $0 != nil } }
    }
}

/// Series stand by number of labels, then names and values.
enum SeriesOrder {
    static func isBefore(_ a: [NamedValue], _ b: [NamedValue]) -> Bool {
        if a.count != b.count { return a.count < b.count }
        for (left, right) in zip(a, b) {
            if left.name != right.name { return left.name.utf8.lexicographicallyPrecedes(right.name.utf8) }
            let order = left.value.totalOrder(right.value)
            if order != 0 { return order < 0 }
        }
        return false
    }
}

extension [MetricsSeries] {
    mutating func sort() { sort { SeriesOrder.isBefore($0.labels, $1.labels) } }

    func mapValues(_ body: (Double) -> Double?) -> [MetricsSeries] {
        compactMap { series in
            var series = series
            series.values = series.values.map { $0.flatMap(body) }
            return series.values.contains { $0 != nil } ? series : nil
        }
    }
}

extension Value {
    private var typeRank: Int {
        switch self {
        case .none: 0
        case .bool: 1
        case .int, .float: 2
        case .duration: 3
        case .status: 4
        case .kind: 5
        case .string: 6
        case .array: 7
        case .other: 8
        }
    }

    /// Of any two values: by type, then value.
    func totalOrder(_ other: Value) -> Int {
        if typeRank != other.typeRank { return typeRank - other.typeRank }
        switch (self, other) {
        case (.bool(let a), .bool(let b)): return (a ? 1 : 0) - (b ? 1 : 0)
        case (.status(let a), .status(let b)): return Int(a.rawValue) - Int(b.rawValue)
        case (.kind(let a), .kind(let b)): return Int(a.rawValue) - Int(b.rawValue)
        case (.array(let a), .array(let b)):
            for (left, right) in zip(a, b) {
                let order = left.totalOrder(right)
                if order != 0 { return order }
            }
            return a.count - b.count
        case (.other(let a), .other(let b)): return Value.string(a).order(to: .string(b)) ?? 0
        default:
            if let order = order(to: other), order != 0 { return order }
            if case .float(let a) = self, case .float(let b) = other {
                // NaN comes last, and -0 before 0.
                if a.isNaN || b.isNaN { return (a.isNaN ? 1 : 0) - (b.isNaN ? 1 : 0) }
                return a.sign == b.sign ? 0 : a.sign == .minus ? -1 : 1
            }
            if case .int = self, case .float = other { return -1 }
            if case .float = self, case .int = other { return 1 }
            return 0
        }
    }
}
