internal import SelfStats

/// What the journal counts about itself. Written by its thread, read by any.
final class JournalStatistics: Sendable {
    let appends = Counter()
    let refusals = Counter()
    let bytes = Counter()
    let syncs = Counter()
    let syncNanos = Counter()
    /// Upper bounds of `syncBuckets`, in seconds; the last bucket has none.
    static let syncBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]
    /// Syncs by duration; each counts once.
    let syncBuckets: [Counter] = (0...syncBounds.count).map { _ in Counter() }

    func countSync(nanos: Int) {
        syncs.add()
        syncNanos.add(nanos)
        let seconds = Double(nanos) / 1e9
        syncBuckets[Self.syncBounds.firstIndex { seconds <= $0 } ?? Self.syncBounds.count].add()
    }
}
