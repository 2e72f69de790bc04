internal import Trace

/// Sets of labels and the numbers of the metrics that share them, a row each. Row 0 is the overflow series: it counts what
/// found no room.
///
/// The numbers of all rows lie in a few arrays, so that a row costs what its numbers take and counting touches nothing else.
final class RowTable {
    let metrics: [MetricShape]
    private(set) var labels: [LabelSet] = [LabelSet.overflow]
    private(set) var values: ContiguousArray<Double>
    private(set) var exemplars: ContiguousArray<ExemplarSlot>
    /// A bit for each metric that the row has.
    private(set) var present: ContiguousArray<UInt32> = [0]
    /// When each metric of each row was last counted in, seconds since 1970.
    private(set) var updated: ContiguousArray<UInt32>
    /// The number of each metric's first series.
    private(set) var numbers: ContiguousArray<Int>
    /// Bits as in `present`: metrics whose first collection, and whose first scrape, is over.
    var collected: ContiguousArray<UInt32> = [0]
    var scraped: ContiguousArray<UInt32> = [0]
    private var rows: [LabelSet: Int] = [:]
    private var free: [Int] = []
    private(set) var demand = RecentEstimate()

    private let valueStride: Int
    private let exemplarStride: Int
    private let rowBytes: Int

    init(_ metrics: [MetricShape]) {
        precondition(metrics.count <= 32)
        self.metrics = MetricShape.laidOut(metrics)
        valueStride = metrics.reduce(0) { $0 + $1.valueCount }
        exemplarStride = metrics.reduce(0) { $0 + $1.exemplarCount }
        values = ContiguousArray(repeating: 0, count: valueStride)
        exemplars = ContiguousArray(repeating: ExemplarSlot(), count: exemplarStride)
        updated = ContiguousArray(repeating: 0, count: metrics.count)
        numbers = ContiguousArray(repeating: 0, count: metrics.count)
        rowBytes = valueStride * 8 + exemplarStride * MemoryLayout<ExemplarSlot>.stride + metrics.count * 12 + 120
    }

    var rowCount: Int { labels.count }

    func value(_ row: Int, _ metric: Int, _ index: Int = 0) -> Double { values[row * valueStride + metrics[metric].firstValue + index] }
    func exemplar(_ row: Int, _ metric: Int, _ bucket: Int) -> ExemplarSlot {
        exemplars[row * exemplarStride + metrics[metric].firstExemplar + bucket]
    }
    func number(_ row: Int, _ metric: Int) -> Int { numbers[row * metrics.count + metric] }
    func has(_ row: Int, _ metric: Int) -> Bool { present[row] & 1 << UInt32(metric) != 0 }

    // MARK: Counting

    @inline(__always) func add(_ amount: Double, _ row: Int, _ metric: Int, seconds: UInt32, _ limits: inout SeriesLimits) {
        let row = admitted(row, metric, &limits)
        updated[row &* metrics.count &+ metric] = seconds
        values[row &* valueStride &+ metrics[metric].firstValue] += amount
    }

    @inline(__always) func set(_ value: Double, _ row: Int, _ metric: Int, seconds: UInt32, _ limits: inout SeriesLimits) {
        let row = admitted(row, metric, &limits)
        updated[row &* metrics.count &+ metric] = seconds
        values[row &* valueStride &+ metrics[metric].firstValue] = value
    }

    /// Counts `value` as often as `weight` says.
    /// - Parameter bounds: those of the metric, which the caller has at hand.
    @inline(__always) func observe(
        _ value: Double, weight: Double, _ row: Int, _ metric: Int, bounds: ContiguousArray<Double>, trace: TraceID, millis: Int64,
        seconds: UInt32, _ limits: inout SeriesLimits
    ) {
        let row = admitted(row, metric, &limits)
        updated[row &* metrics.count &+ metric] = seconds
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low &+ high) / 2
            if bounds[middle] < value { low = middle &+ 1 } else { high = middle }
        }
        let first = row &* valueStride &+ metrics[metric].firstValue
        values[first] += value * weight
        values[first &+ 1 &+ low] += weight
        if !trace.isZero {
            exemplars[row &* exemplarStride &+ metrics[metric].firstExemplar &+ low] =
                ExemplarSlot(traceHigh: trace.high, traceLow: trace.low, value: value, millis: millis)
        }
    }

    @inline(__always) private func admitted(_ row: Int, _ metric: Int, _ limits: inout SeriesLimits) -> Int {
        present[row] & 1 << UInt32(truncatingIfNeeded: metric) != 0 ? row : admit(row, metric, &limits)
    }

    /// The row that counts a metric which `row` does not have yet: itself when there is room, the overflow row otherwise.
    @inline(never) private func admit(_ row: Int, _ metric: Int, _ limits: inout SeriesLimits) -> Int {
        if row != 0, !limits.admitsSeries(metrics[metric].seriesCount) {
            return has(0, metric) ? 0 : admit(0, metric, &limits)
        }
        present[row] |= 1 << UInt32(metric)
        numbers[row * metrics.count + metric] = limits.number(metrics[metric].seriesCount)
        return row
    }

    // MARK: Rows

    /// The row of `labels`, made when there is room; the overflow row otherwise.
    func row(of set: LabelSet, _ limits: inout SeriesLimits) -> Int {
        demand.add(set.bytes.withUnsafeBytes { seededHash($0) })
        if let known = rows[set] { return known }
        guard limits.admitsRow(bytes: bytes(of: set)) else { return 0 }
        let row: Int
        if let reused = free.popLast() {
            row = reused
            labels[row] = set
        } else {
            row = labels.count
            labels.append(set)
            values.append(contentsOf: repeatElement(0, count: valueStride))
            exemplars.append(contentsOf: repeatElement(ExemplarSlot(), count: exemplarStride))
            updated.append(contentsOf: repeatElement(0, count: metrics.count))
            numbers.append(contentsOf: repeatElement(0, count: metrics.count))
            present.append(0)
            collected.append(0)
            scraped.append(0)
        }
        rows[set] = row
        return row
    }

    private func bytes(of set: LabelSet) -> Int { rowBytes + set.bytes.count }

    /// Removes every metric that was not counted in since `seconds`, and rows that have none left. Keys that lead to rows are
    /// worthless when this returns true.
    /// - Parameter gone: takes the numbers of the series removed.
    func removeStale(before seconds: UInt32, _ limits: inout SeriesLimits, gone: inout [Range<Int>]) -> Bool {
        var removedRows = false
        for row in labels.indices {
            for metric in metrics.indices where has(row, metric) && updated[row * metrics.count + metric] < seconds {
                let shape = metrics[metric]
                let bit = ~(UInt32(1) << UInt32(metric))
                present[row] &= bit
                collected[row] &= bit
                scraped[row] &= bit
                for index in 0..<shape.valueCount { values[row * valueStride + shape.firstValue + index] = 0 }
                for index in 0..<shape.exemplarCount { exemplars[row * exemplarStride + shape.firstExemplar + index] = ExemplarSlot() }
                gone.append(number(row, metric)..<number(row, metric) + shape.seriesCount)
                if row != 0 { limits.removeSeries(shape.seriesCount) }
            }
            if row != 0, present[row] == 0, rows[labels[row]] == row {
                limits.removeRow(bytes: bytes(of: labels[row]))
                rows[labels[row]] = nil
                labels[row] = .overflow
                free.append(row)
                removedRows = true
            }
        }
        return removedRows
    }

    func turnEstimates() { demand.turn() }

    /// About how many series there would be without limits.
    var seriesDemand: Int { demand.count * metrics.reduce(0) { $0 + $1.seriesCount } }
    var allocatedBytes: Int {
        values.capacity * 8 + exemplars.capacity * MemoryLayout<ExemplarSlot>.stride + (updated.capacity + numbers.capacity * 2) * 4
            + labels.capacity * 8 + present.capacity * 12 + rows.capacity * 24 + labels.reduce(0) { $0 + $1.bytes.count + 32 }
    }
}
