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
        var values: [Value: [Double]] = [:]
        var totals: [Double]
        /// Values seldom seen were given up: there are too many.
        var isCut = false

        init(intervals: Int) { totals = [Double](repeating: 0, count: 2 * intervals) }
    }

    /// Distinct values of an attribute beyond which those seen once are given up.
    static let valueLimit = 20_000

    typealias Gathered = [Field: Counts]

    static let intrinsics: [Intrinsic] = [
        .name, .status, .statusMessage, .kind, .rootName, .rootServiceName, .instrumentationName, .instrumentationVersion, .childCount,
    ]

    func gather(_ block: Block, into gathered: inout Gathered) throws {
        let fields = fields(of: block)
        var codes: [FieldCodes] = fields.map { FieldCodes($0, block) }
        // One row of counts for each side and interval that the block touches: codes come as they come.
        var local: [LocalCounts] = fields.map { _ in LocalCounts() }
        for index in block.directory.groups.indices {
            try block.reading.checkCancelled()
            let group = block.group(index)
            let base = try plan.selection(group)
            if base.isNone { continue }
            let slots = try slots(group, base)
            let weights = extrapolates ? try SamplingWeights.of(group) : nil
            for place in fields.indices { local[place].add(try codes[place].codes(group), slots, weights) }
        }
        for place in fields.indices { local[place].merge(codes[place].values, intervals.count, into: &gathered[fields[place], default: Counts(intervals: intervals.count)]) }
        codes.removeAll()
    }

    /// For each span: 2 x interval + side, or -1.
    private func slots(_ group: Group, _ base: Mask) throws -> [Int32] {
        let chosen = try group.mask(selection)
        let starts = try group.starts()
        var cursor = Intervals.Cursor(intervals)
        return (0..<group.count).map { row in
            guard base[row] else { return -1 }
            let interval = cursor.sample(starts[row])
            guard interval >= 0 else { return -1 }
            var isSelected = chosen[row]
            if let window { isSelected = isSelected && starts[row] > UInt64(clamping: window.startNanos) && starts[row] <= UInt64(clamping: window.endNanos) }
            return Int32(interval * 2 + (isSelected ? 1 : 0))
        }
    }

    private func fields(of block: Block) -> [Field] {
        var fields = Self.intrinsics.map { Field.intrinsic($0) }
        fields += block.columnsByName(.span).keys.map { .attribute(.span, $0) }
        var resource: Set<String> = [], scope: Set<String> = []
        for envelope in block.directory.envelopes.indices {
            resource.formUnion(block.resource(ofEnvelope: envelope).map(\.name))
            scope.formUnion(block.scope(ofEnvelope: envelope).map(\.name))
        }
        return fields + resource.map { .attribute(.resource, $0) } + scope.map { .attribute(.instrumentation, $0) }
    }

    /// Counts of one field in one block: code by code for each slot that occurs.
    private struct LocalCounts {
        private var slots: [Int32] = []
        private var counts: [[Double]] = []

        mutating func add(_ codes: [UInt32], _ rows: [Int32], _ weights: [Double]?) {
            let size = Int(codes.max() ?? 0) + 1
            for place in counts.indices where counts[place].count < size { counts[place].append(contentsOf: repeatElement(0, count: size - counts[place].count)) }
            var lastSlot: Int32 = -1, place = -1
            var start = 0
            while start < rows.count {
                let slot = rows[start]
                var end = start + 1
                while end < rows.count, rows[end] == slot { end += 1 }
                defer { start = end }
                if slot < 0 { continue }
                if slot != lastSlot {
                    lastSlot = slot
                    place = slots.firstIndex(of: slot) ?? slots.count
                    if place == slots.count {
                        slots.append(slot)
                        counts.append([Double](repeating: 0, count: size))
                    }
                }
                counts[place].withUnsafeMutableBufferPointer { counts in
                    for row in start..<end { counts[Int(codes[row])] += weights?[row] ?? 1 }
                }
            }
        }

        func merge(_ values: [Value], _ intervals: Int, into all: inout Counts) {
            for (place, slot) in slots.enumerated() {
                for (code, count) in counts[place].enumerated() where count > 0 && code > 0 {
                    all.totals[Int(slot)] += count
                    all.values[values[code], default: [Double](repeating: 0, count: 2 * intervals)][Int(slot)] += count
                }
            }
            all.limit()
        }
    }

    func merge(_ other: Gathered, into all: inout Gathered) {
        for (field, counts) in other {
            guard var mine = all[field] else {
                all[field] = counts
                continue
            }
            for slot in mine.totals.indices { mine.totals[slot] += counts.totals[slot] }
            mine.isCut = mine.isCut || counts.isCut
            for (value, numbers) in counts.values {
                if var known = mine.values[value] {
                    for slot in known.indices { known[slot] += numbers[slot] }
                    mine.values[value] = known
                } else {
                    mine.values[value] = numbers
                }
            }
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
                    made.append(MetricsSeries(labels: labels, values: side.samples(counts.values[entry.value]!)))
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
    func total(_ numbers: [Double]) -> Double { stride(from: rawValue, to: numbers.count, by: 2).reduce(0) { $0 + numbers[$1] } }
}

extension ComparisonScan.Counts {
    /// Keeps memory bounded: beyond the limit, values seen once go, but for those that come first in order.
    mutating func limit() {
        guard values.count > ComparisonScan.valueLimit else { return }
        isCut = true
        let rare = values.filter { $0.value.reduce(0, +) <= 1 }.keys.sorted { $0.totalOrder($1) < 0 }
        for value in rare.dropFirst(1000) { values[value] = nil }
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
