import Synchronization

/// Counters that come into being with the label values that are met, up to a limit. Looking one up takes a lock: a hot
/// path looks up once and keeps the counter.
public final class LabeledCounters: Sendable {
    let labelNames: [String]
    private let limit: Int
    private let counters = Mutex<[[String]: Counter]>([:])

    /// - Parameter limit: how many combinations of values are told apart. All others are counted as `other`.
    public init(_ labelNames: String..., limit: Int = 100) {
        self.labelNames = labelNames
        self.limit = limit
    }

    /// The counter of these values, one for each label name.
    public subscript(values: String...) -> Counter {
        precondition(values.count == labelNames.count, "one value for each label")
        return counters.withLock { counters in
            if let known = counters[values] { return known }
            let key = counters.count < limit ? values : values.map { _ in "other" }
            if let known = counters[key] { return known }
            let counter = Counter()
            counters[key] = counter
            return counter
        }
    }

    /// Every combination met so far with its count, in the order of the values.
    public var values: [(labels: [String], count: Int)] {
        counters.withLock { $0.map { (labels: $0.key, count: $0.value.value) } }.sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
    }

    /// Every series so far, in the order of the values.
    func series() -> [Series] {
        counters.withLock { Array($0) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { Series(labels: Labels(Array(zip(labelNames, $0.key))), .whole($0.value.value)) }
    }
}
