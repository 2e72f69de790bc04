internal import Store
internal import Trace
internal import TraceQL

/// `compare()`: how often each value of each attribute is found in a selection of the spans, and in the rest.
struct ComparisonScan: Sendable {
    let plan: Plan
    let selection: Filter
    let window: CompareWindow?
    let intervals: Intervals
    let extrapolates: Bool

    enum Side: Int { case baseline = 0, selection }

    /// Counts of one attribute: of each value, and of all spans that have the attribute.
    struct Counts: Sendable {
        var values: [Value: [SlotCount]] = [:]
        var totals: [Double]

        init(intervals: Int) { totals = [Double](repeating: 0, count: 2 * intervals) }
    }

    /// How many in a slot (2 x interval + side). A slot may occur several times in a list.
    struct SlotCount: Sendable {
        var slot: Int32
        var count: Double
    }

    /// Distinct values of an attribute beyond which only the most frequent half of them is kept: what is counted of the
    /// most frequent ones is then a lower bound.
    static let valueLimit = 8_192

    typealias Gathered = [Field: Counts]

    func gather(_ block: Block, into gathered: inout Gathered) throws {
        var counter = ComparisonCounter(block)
        for index in block.directory.groups.indices {
            try block.reading.checkCancelled()
            let group = block.group(index)
            let base = try plan.selection(group)
            if base.isNone { continue }
            try counter.count(group, try slots(group, base), extrapolates ? try SamplingWeights.of(group) : nil)
        }
        try counter.finish { field, value, slot, count in
            gathered[field, default: Counts(intervals: intervals.count)].add(value, slot, count)
        }
        for field in gathered.keys { gathered[field]!.limit() }
    }

    /// For each span: 2 x interval + side, or -1.
    private func slots(_ group: Group, _ base: Mask) throws -> [Int32] {
        let chosen = try group.mask(selection)
        let starts = try group.starts()
        var cursor = Intervals.Cursor(intervals)
        let bases = base.bytes(group.count), choices = chosen.bytes(group.count)
        return (0..<group.count).map { row in
            guard bases[row] != 0 else { return -1 }
            let interval = cursor.sample(starts[row])
            guard interval >= 0 else { return -1 }
            var isSelected = choices[row] != 0
            if let window { isSelected = isSelected && starts[row] > UInt64(clamping: window.startNanos) && starts[row] <= UInt64(clamping: window.endNanos) }
            return Int32(interval * 2 + (isSelected ? 1 : 0))
        }
    }

    func merge(_ other: Gathered, into all: inout Gathered) {
        for (field, counts) in other {
            guard var mine = all[field] else {
                all[field] = counts
                continue
            }
            for slot in mine.totals.indices { mine.totals[slot] += counts.totals[slot] }
            for (value, numbers) in counts.values { mine.values[value, default: []] += numbers }
            mine.limit()
            all[field] = mine
        }
    }

    // MARK: Series

    func series(_ gathered: Gathered, top: Int) -> [MetricsSeries] {
        var made: [MetricsSeries] = []
        for (field, counts) in gathered {
            let name = field.description
            for side in [Side.baseline, .selection] {
                let meta = side == .baseline ? "baseline" : "selection"
                guard side.total(counts.totals) > 0 else { continue }
                var ranked: [(value: Value, total: Double)] = []
                for (value, numbers) in counts.values {
                    let total = side.total(numbers)
                    if total > 0 { ranked.append((value, total)) }
                }
                ranked.sort { $0.total != $1.total ? $0.total > $1.total : $0.value.totalOrder($1.value) < 0 }
                for entry in ranked.prefix(top) {
                    let labels = [NamedValue("__meta_type", .string(meta)), NamedValue(name, entry.value.asLabel)]
                    made.append(MetricsSeries(labels: labels, values: side.samples(counts.values[entry.value]!, intervals.count)))
                }
                made.append(MetricsSeries(
                    labels: [NamedValue("__meta_type", .string(meta + "_total")), NamedValue(name, .string("nil"))], values: side.samples(counts.totals)))
            }
        }
        return made
    }
}

extension ComparisonScan.Side {
    func samples(_ numbers: [Double]) -> [Double?] { stride(from: rawValue, to: numbers.count, by: 2).map { numbers[$0] } }
    func samples(_ counts: [ComparisonScan.SlotCount], _ intervals: Int) -> [Double?] {
        var samples = [Double](repeating: 0, count: intervals)
        for entry in counts where Int(entry.slot) & 1 == rawValue { samples[Int(entry.slot) >> 1] += entry.count }
        return samples
    }

    func total(_ counts: [ComparisonScan.SlotCount]) -> Double { counts.reduce(0) { Int($1.slot) & 1 == rawValue ? $0 + $1.count : $0 } }
    func total(_ numbers: [Double]) -> Double { stride(from: rawValue, to: numbers.count, by: 2).reduce(0) { $0 + numbers[$1] } }
}

extension ComparisonScan.Counts {
    /// - Parameter value: nil for spans whose value is one of too many to name.
    mutating func add(_ value: Value?, _ slot: Int, _ count: Double) {
        totals[slot] += count
        if let value { values[value, default: []].append(.init(slot: Int32(slot), count: count)) }
    }

    /// Keeps memory bounded.
    mutating func limit() {
        guard values.count > ComparisonScan.valueLimit else { return }
        let ranked = values.map { (value: $0.key, total: $0.value.reduce(0) { $0 + $1.count }) }.sorted {
            $0.total != $1.total ? $0.total > $1.total : $0.value.totalOrder($1.value) < 0
        }
        for entry in ranked.dropFirst(ComparisonScan.valueLimit / 2) { values[entry.value] = nil }
    }
}

extension MetricsRun {
    mutating func compare(_ pipeline: Pipeline, _ selection: FieldExpression, top: Int, _ window: CompareWindow?) throws(QueryFailure) -> [MetricsSeries] {
        var compiler = PlanCompiler()
        let plan = try compiler.plan(pipeline)
        let comparison = ComparisonScan(
            plan: plan, selection: try compiler.filter(selection), window: window, intervals: intervals, extrapolates: request.extrapolates)
        var total: ComparisonScan.Gathered = [:]
        try overBlocks(ComparisonScan.Gathered(), { block, gathered in try comparison.gather(block, into: &gathered) },
                       merge: { comparison.merge($0, into: &total) })
        return comparison.series(total, top: top)
    }
}
