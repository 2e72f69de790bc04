/// How often values fell between fixed bounds, and their sum. Any thread may write it; nothing is locked.
///
/// Values are integers in the unit that is at hand (nanoseconds, bytes); `unitsPerBase` turns them into the base unit
/// that is shown (seconds, bytes). So the sum stays exact and is one addition.
public final class Histogram: Sendable {
    /// Ascending, in the unit of `observe`. A value equal to a bound is below it.
    let bounds: [Int]
    let unitsPerBase: Double
    /// One more than bounds: the last takes what is above them all.
    private let counts: [Counter]
    private let sum = Counter()

    public init(bounds: [Int], unitsPerBase: Double = 1) {
        precondition(!bounds.isEmpty && zip(bounds, bounds.dropFirst()).allSatisfy(<), "bounds must ascend")
        self.bounds = bounds
        self.unitsPerBase = unitsPerBase
        counts = (0...bounds.count).map { _ in Counter() }
    }

    /// Observed in nanoseconds, shown in seconds: from 100 µs to 30 s.
    public static func durations() -> Histogram {
        let milliseconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000]
        return Histogram(bounds: milliseconds.map { Int($0 * 1e6) }, unitsPerBase: 1e9)
    }

    /// Observed and shown in bytes: from 1 KiB to 64 MiB by fours.
    public static func sizes() -> Histogram { Histogram(bounds: (0...8).map { 1024 << (2 * $0) }) }

    public func observe(_ value: Int) {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        counts[low].add()
        sum.add(value)
    }

    /// What was counted so far. Writers go on meanwhile: the sum may be an observation ahead of the counts or behind.
    func snapshot() -> HistogramSnapshot {
        var total = 0
        let cumulative = counts.map { count in
            total += count.value
            return total
        }
        return HistogramSnapshot(
            bounds: bounds.map { Double($0) / unitsPerBase }, cumulative: cumulative, sum: Double(sum.value) / unitsPerBase)
    }
}

/// A histogram at one moment, in the base unit.
struct HistogramSnapshot: Equatable, Sendable {
    var bounds: [Double]
    /// One more than bounds; the last is the count of everything.
    var cumulative: [Int]
    var sum: Double
}
