internal import SelfStats

/// How many series there are in all tables, and whether there is room for more.
struct SeriesLimits {
    let configuration: RegistryConfiguration
    let counters: GeneratorCounters
    private(set) var activeSeries = 0
    private(set) var activeRows = 0
    /// What rows and their labels take, all tables.
    private(set) var rowBytes = 0
    /// The number that the next series gets. None is given twice.
    private(set) var nextNumber = 0

    init(_ configuration: RegistryConfiguration, _ counters: GeneratorCounters) {
        self.configuration = configuration
        self.counters = counters
    }

    /// Whether a set of labels may get a row of `bytes`. A row that may not is counted as limited.
    mutating func admitsRow(bytes: Int) -> Bool {
        let hasRoom = switch configuration.limiter {
        case .entities: configuration.maxActive == 0 || activeRows < configuration.maxActive
        case .series: configuration.maxActive == 0 || activeSeries < configuration.maxActive
        }
        guard hasRoom, rowBytes + bytes <= configuration.memoryBytes else {
            counters.limitedSeries.add()
            return false
        }
        activeRows += 1
        rowBytes += bytes
        return true
    }

    /// Whether a row may have a metric of `series` series.
    mutating func admitsSeries(_ series: Int) -> Bool {
        guard configuration.limiter == .entities || configuration.maxActive == 0 || activeSeries + series <= configuration.maxActive else {
            counters.limitedSeries.add()
            return false
        }
        activeSeries += series
        counters.addedSeries.add(series)
        return true
    }

    mutating func number(_ series: Int) -> Int {
        defer { nextNumber += series }
        return nextNumber
    }

    mutating func removeSeries(_ series: Int) {
        activeSeries -= series
        counters.removedSeries.add(series)
    }

    mutating func removeRow(bytes: Int) {
        activeRows -= 1
        rowBytes -= bytes
    }
}
