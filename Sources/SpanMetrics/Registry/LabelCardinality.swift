internal import SelfStats

/// About how many values each label has. Those of a label that has more than the limit become one.
struct LabelCardinality {
    let limit: Int
    let counters: GeneratorCounters
    private var estimates: [[UInt8]: RecentEstimate] = [:]
    private var over: Set<[UInt8]> = []

    static let overflow = Array("__cardinality_overflow__".utf8)

    init(limit: Int, counters: GeneratorCounters) {
        self.limit = limit
        self.counters = counters
    }

    mutating func apply(to labels: inout [(name: [UInt8], value: [UInt8])]) {
        for index in labels.indices where !labels[index].value.isEmpty {
            let name = labels[index].name
            estimates[name, default: RecentEstimate()].add(labels[index].value.withUnsafeBytes { seededHash($0) })
            if over.contains(name) {
                labels[index].value = Self.overflow
                counters.limitedValues[String(decoding: name, as: UTF8.self)].add()
            }
        }
    }

    /// Looks anew which labels have too many values, which makes the limit a soft one.
    /// - Returns: whether labels would now become others than before.
    mutating func refresh() -> Bool {
        if limit == 0 { return false }
        let now = Set(estimates.filter { $0.value.count > limit }.keys)
        defer { over = now }
        return now != over
    }

    mutating func turnEstimates() { for name in estimates.keys { estimates[name]?.turn() } }

    /// The estimates by label, in the order of their names.
    var demand: [(label: String, values: Int)] {
        estimates.map { (String(decoding: $0.key, as: UTF8.self), $0.value.count) }.sorted { $0.0 < $1.0 }
    }
}
