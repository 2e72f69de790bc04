internal import Synchronization

/// Brings the collections of one source into the store. The source numbers its series as it likes, and says their labels once.
public final class SeriesRecorder: Sendable {
    private struct State: Sendable {
        /// By the source's number. Series that were refused have none.
        var ids: [Int: UInt32] = [:]
        /// Series whose row is not on disk yet, because writing failed.
        var unwritten: [UInt32: [SeriesLabel]] = [:]
    }
    private let store: SeriesStore
    private let state = Mutex(State())

    init(_ store: SeriesStore) { self.store = store }

    /// A series that a source begins to collect. The labels need no order; `__name__` is one of them.
    public struct Birth: Sendable {
        public var number: Int
        public var labels: [SeriesLabel]
        /// Whether it was 0 at `zeroMillis`.
        public var hasZero: Bool

        public init(number: Int, labels: [SeriesLabel], hasZero: Bool) {
            self.number = number
            self.labels = labels
            self.hasZero = hasZero
        }
    }

    public struct Exemplar: Sendable {
        public var number: Int
        public var traceID: String
        public var value: Double
        public var millis: Int64

        public init(number: Int, traceID: String, value: Double, millis: Int64) {
            self.number = number
            self.traceID = traceID
            self.value = value
            self.millis = millis
        }
    }

    /// Records a collection: the values of the series numbered `numbers` at `millis`. To be called every collection interval.
    ///
    /// Blocks for the disk. False when the collection was not kept; the log says why.
    @discardableResult public func record(
        millis: Int64, zeroMillis: Int64, born: [Birth], numbers: [Int], values: [Double], exemplars: [Exemplar] = [], gone: [Range<Int>] = []
    ) -> Bool {
        store.exclusively { state.withLock { state in
            var recording = SeriesStore.Recording(millis: millis, zeroMillis: zeroMillis)
            let labels = born.map { $0.labels.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }
            for ((birth, labels), found) in zip(zip(born, labels), store.ids(of: labels, millis: millis)) {
                state.ids[birth.number] = found?.id
                guard let found else { continue }
                if found.isNew { state.unwritten[found.id] = labels }
                if birth.hasZero { recording.zeros.append(found.id) }
            }
            for (number, value) in zip(numbers, values) { if let id = state.ids[number] { recording.samples.append((id, value)) } }
            recording.samples.sort { $0.id < $1.id }
            recording.zeros.sort()
            recording.new = state.unwritten.sorted { $0.key < $1.key }.map {
                SeriesRow(id: $0.key, labels: SeriesLabels.encode($0.value), firstMillis: millis, lastMillis: millis)
            }
            recording.exemplars = exemplars.compactMap { exemplar in
                state.ids[exemplar.number].map { SeriesExemplar(id: $0, traceID: exemplar.traceID, value: exemplar.value, millis: exemplar.millis) }
            }
            for range in gone { for number in range { state.ids[number] = nil } }
            if recording.samples.isEmpty { return true }
            let isKept = store.record(recording)
            if isKept { state.unwritten = [:] }
            return isKept
        } }
    }
}

extension SeriesStore {
    /// For one source, whose numbers mean the same for as long as the recorder lives.
    public func recorder() -> SeriesRecorder { SeriesRecorder(self) }
}
