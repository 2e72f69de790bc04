internal import Logging
internal import SelfStats
internal import Synchronization

/// The series of metrics and their samples: ten minutes of collections in memory, and on disk each collection at once; then a chunk
/// with all series of the ten minutes. Any thread may call; recording and selecting block for the disk.
///
/// A series is known by its labels, over restarts as well. What a kill takes is what was not recorded yet: the time since the last
/// collection.
public final class SeriesStore: Sendable {
    private let database: Database
    private let log: Logger
    private let state: Mutex<State>
    /// Held while a collection is written, so that collections are in order.
    private let recording = Mutex(())
    public let counters = SeriesCounters()

    private struct State: Sendable {
        var lastSweepMillis = Int64.min
        var index = SeriesIndex()
        var window = SeriesWindow()
        /// Oldest first.
        var chunks: [SeriesChunkRow] = []
        var nextChunk: Int64 = 1
        var exemplars = ExemplarRing()
        var lastMillis = Int64.min
        /// Chunks that were damaged when somebody read them, and what was wrong.
        var damage: [Int64: String] = [:]
    }

    static let windowMillis: Int64 = 600_000
    /// Between looks for series that have no samples left, and how long a series is known that has none.
    static let sweepMillis: Int64 = 60_000, knownMillis: Int64 = 3_600_000
    /// Samples after which a window ends early, and beyond which none are taken while the disk is full.
    static let windowSamples = 4_000_000, windowLimit = 8_000_000
    /// Series that are kept; further ones are refused and counted.
    static let seriesLimit = 500_000

    init(_ database: Database, log: Logger) throws(StoreError) {
        self.database = database
        self.log = log
        var state = State()
        for row in try database.loadSeries() {
            guard let labels = SeriesLabels.decode(row.labels), !labels.isEmpty else {
                counters.damaged.add()
                log.warning("the labels of series \(row.id) are damaged; its samples cannot be found any more")
                continue
            }
            state.index.insert(labels, id: row.id, firstMillis: row.firstMillis, lastMillis: row.lastMillis)
        }
        state.chunks = try database.loadSeriesChunks()
        state.nextChunk = (state.chunks.last?.id ?? 0) + 1
        state.lastMillis = state.chunks.map(\.maxMillis).max() ?? .min
        for (millis, data) in try database.loadOpenSeries() {
            guard let row = SeriesCollectionRow(data) else {
                counters.damaged.add()
                log.warning("the metrics collected at \(millis) ms are damaged and left out")
                continue
            }
            for moment in row.moments {
                state.window.add(millis: moment.millis, moment.samples)
                for (id, _) in moment.samples { state.index.note(id, millis: moment.millis) }
            }
            state.lastMillis = max(state.lastMillis, millis)
        }
        self.state = Mutex(state)
    }

    // MARK: Recording

    /// What a recorder hands over: ids ascend.
    struct Recording {
        var millis: Int64
        var zeroMillis: Int64
        var zeros: [UInt32] = []
        var samples: [(id: UInt32, value: Double)] = []
        var new: [SeriesRow] = []
        var exemplars: [SeriesExemplar] = []
    }

    /// Runs `body` while no other collection is recorded.
    func exclusively<R>(_ body: () -> R) -> R { recording.withLock { _ in body() } }

    /// The ids of series with these labels; those that are new get one, until there are too many. `isNew` says whose row is still to be written.
    func ids(of labels: [[SeriesLabel]], millis: Int64) -> [(id: UInt32, isNew: Bool)?] {
        state.withLock { state in
            labels.map { labels in
                if let known = state.index.id(of: labels) { return (known, false) }
                guard state.index.count < Self.seriesLimit else {
                    counters.refusedSeries.add()
                    return nil
                }
                let id = state.index.nextID
                state.index.insert(labels, id: id, firstMillis: .max, lastMillis: .min)
                return (id, true)
            }
        }
    }

    /// Keeps a collection. False when it could not be written, or is not later than the one before; then nothing of it is kept on disk.
    func record(_ recording: Recording) -> Bool {
        var recording = recording
        let refusal: String? = state.withLock { state in
            if recording.millis <= state.lastMillis { return "their time is not after that of those before: the clock stepped back" }
            if state.window.sampleCount >= Self.windowLimit { return "too many wait to be written" }
            // A zero must come after all that the series has.
            recording.zeros.removeAll { (state.index.entries[$0]?.lastMillis ?? .max) >= recording.zeroMillis }
            return nil
        }
        if let refusal {
            counters.droppedCollections.add()
            log.warning("metrics of one collection are not kept: \(refusal)")
            return false
        }
        let zeros = recording.zeroMillis < recording.millis ? recording.zeros.map { (id: $0, value: 0.0) } : []
        let moments = [(recording.zeroMillis, zeros), (recording.millis, recording.samples)]
        do throws(DatabaseFailure) {
            try database.commitSeries(new: recording.new, millis: recording.millis, open: SeriesCollectionRow(moments: moments).encoded)
        } catch {
            counters.failures.add()
            counters.droppedCollections.add()
            log.warning("\(error.description)")
            return false
        }
        let isDue = state.withLock { state in
            for (millis, samples) in moments {
                state.window.add(millis: millis, samples)
                for (id, _) in samples { state.index.note(id, millis: millis) }
            }
            state.lastMillis = recording.millis
            for exemplar in recording.exemplars { state.exemplars.add(exemplar) }
            return !state.window.isEmpty
                && (recording.millis - state.window.firstMillis >= Self.windowMillis || state.window.sampleCount >= Self.windowSamples)
        }
        counters.samples.add(recording.samples.count + zeros.count)
        if isDue { closeWindow() }
        return true
    }

    /// Makes a chunk of the window. When the disk does not take it, the window goes on and the next collection tries again.
    func closeWindow() {
        let (window, id, reach) = state.withLock { state in
            (state.window, state.nextChunk, state.window.columns.keys.sorted().compactMap { id in
                state.index.entries[id].map { entry in
                    SeriesRow(
                        id: id, labels: SeriesLabels.encode(state.index.labels(of: entry)), firstMillis: entry.firstMillis,
                        lastMillis: entry.lastMillis)
                }
            })
        }
        if window.isEmpty { return }
        let data = window.encoded
        let row = SeriesChunkRow(
            id: id, minMillis: window.firstMillis, maxMillis: window.lastMillis, samples: window.sampleCount, bytes: data.count)
        do throws(DatabaseFailure) { try database.commitSeries(chunk: row, data: data, reach: reach) } catch {
            counters.failures.add()
            return log.warning("\(error.description); the samples stay in memory, trying again")
        }
        state.withLock { state in
            state.chunks.append(row)
            state.nextChunk = id + 1
            state.window = SeriesWindow()
        }
        counters.chunks.add()
        counters.chunkBytes.add(data.count)
    }

    // MARK: Reading

    /// The series that pass all tests and have samples in the range, in no particular order of labels, each with its samples in the range.
    /// - Parameter charge: is told of samples as they are read, some thousands at a time; it throws to end the reading.
    /// - Throws: when the database cannot be read. What is damaged is left out, counted and named in the log.
    public func select(
        _ tests: [SeriesTest], fromMillis: Int64, throughMillis: Int64, charge: (_ samples: Int) throws -> Void = { _ in }
    ) throws -> [SelectedSeries] {
        let (ids, labels, chunks, window) = state.withLock { state in
            let ids = state.index.select(tests, from: fromMillis, through: throughMillis)
            let labels = ids.map { id in state.index.entries[id].map { state.index.labels(of: $0) } ?? [] }
            let chunks = state.chunks.filter { $0.maxMillis >= fromMillis && $0.minMillis <= throughMillis }
            let hasWindow = !state.window.isEmpty && state.window.lastMillis >= fromMillis && state.window.firstMillis <= throughMillis
            let columns = hasWindow ? ids.map { state.window.columns[$0] } : []
            return (ids, labels, chunks, (times: state.window.times, columns: columns))
        }
        var found = labels.map { SelectedSeries(labels: $0) }
        if ids.isEmpty { return [] }
        let places = Dictionary(uniqueKeysWithValues: zip(ids, ids.indices))
        for chunk in chunks {
            guard let data = try database.seriesChunk(chunk.id) else { continue }   // retention was here
            var damage: [SeriesDamage] = [], read = 0
            do throws(SeriesDamage) {
                let reader = try SeriesChunkReader(data)
                damage = reader.read(ids) { id, samples in
                    guard let place = places[id] else { return }
                    let before = found[place].times.count
                    found[place].append(samples, reader.times, fromMillis, throughMillis)
                    read += found[place].times.count - before
                }
            } catch { damage = [error] }
            try charge(read)
            if !damage.isEmpty { note(damage, chunk) }
        }
        var read = 0
        for (place, samples) in window.columns.enumerated() {
            guard let samples else { continue }
            let before = found[place].times.count
            found[place].append(samples, window.times, fromMillis, throughMillis)
            read += found[place].times.count - before
        }
        try charge(read)
        return found.filter { !$0.times.isEmpty }
    }

    private func note(_ damage: [SeriesDamage], _ chunk: SeriesChunkRow) {
        counters.damaged.add()
        let what = damage.map(\.what).joined(separator: "; ")
        let text = "metrics of \(chunk.minMillis) to \(chunk.maxMillis) ms since 1970 are damaged and left out: \(what)"
        let isNews = state.withLock { state in
            defer { state.damage[chunk.id] = text }
            return state.damage[chunk.id] == nil
        }
        if isNews { log.error("\(text)") }
    }

    /// The labels of the series that pass all tests and have samples in the range, with the times of their first and last sample overall.
    public func series(
        _ tests: [SeriesTest], fromMillis: Int64, throughMillis: Int64
    ) -> [(labels: [SeriesLabel], firstMillis: Int64, lastMillis: Int64)] {
        state.withLock { state in
            state.index.select(tests, from: fromMillis, through: throughMillis).compactMap { id in
                state.index.entries[id].map { (state.index.labels(of: $0), $0.firstMillis, $0.lastMillis) }
            }
        }
    }

    /// Exemplars of the series that pass all tests, in the order in which they were recorded. They are in memory only, the latest few.
    public func exemplars(
        _ tests: [SeriesTest], fromMillis: Int64, throughMillis: Int64
    ) -> [(labels: [SeriesLabel], exemplar: SeriesExemplar)] {
        state.withLock { state in
            let ids = Set(state.index.select(tests, from: .min, through: .max))
            let found = state.exemplars.all.filter { ids.contains($0.id) && $0.millis >= fromMillis && $0.millis <= throughMillis }
            return found.compactMap { exemplar in
                state.index.entries[exemplar.id].map { (state.index.labels(of: $0), exemplar) }
            }
        }
    }

    /// Names of the labels of the series that pass all tests and have samples in the range, in their order.
    public func labelNames(_ tests: [SeriesTest], fromMillis: Int64, throughMillis: Int64) -> [String] {
        Set(series(tests, fromMillis: fromMillis, throughMillis: throughMillis).flatMap { $0.labels.map(\.name) }).sorted()
    }

    /// Values of one label, as `labelNames`.
    public func labelValues(_ name: String, _ tests: [SeriesTest], fromMillis: Int64, throughMillis: Int64) -> [String] {
        Set(series(tests, fromMillis: fromMillis, throughMillis: throughMillis).compactMap { one in
            one.labels.first { $0.name == name }?.value
        }).sorted()
    }

    public var status: SeriesStatus {
        state.withLock { state in
            SeriesStatus(
                series: state.index.count, chunks: state.chunks.count, chunkBytes: state.chunks.reduce(0) { $0 + $1.bytes },
                openSamples: state.window.sampleCount, memoryBytes: state.index.allocatedBytes + state.window.allocatedBytes,
                oldestMillis: state.chunks.first?.minMillis ?? (state.window.isEmpty ? nil : state.window.firstMillis),
                damage: state.damage.sorted { $0.key < $1.key }.map(\.value))
        }
    }

    // MARK: Retention

    /// Deletes chunks all of whose samples are before `millis`, and series that have none after it.
    /// - Returns: bytes of the chunks that went.
    @discardableResult func expire(before millis: Int64) -> Int {
        exclusively {
            let (chunks, series) = state.withLock { state -> ([SeriesChunkRow], [UInt32]) in
                let chunks = state.chunks.filter { $0.maxMillis < millis }
                let sinceSweep = millis.subtractingReportingOverflow(state.lastSweepMillis)
                if chunks.isEmpty, !sinceSweep.overflow, sinceSweep.partialValue < Self.sweepMillis { return ([], []) }
                state.lastSweepMillis = millis
                // Who sends a series says its labels once, so what was sent lately stays known.
                let end = min(millis, state.lastMillis == .min ? .min : state.lastMillis - Self.knownMillis)
                return (chunks, state.index.entries.filter { $0.value.lastMillis != .min && $0.value.lastMillis < end }.map(\.key))
            }
            if chunks.isEmpty, series.isEmpty { return 0 }
            do throws(DatabaseFailure) { try database.deleteSeries(chunks: chunks.map(\.id), series: series) } catch {
                log.warning("\(error.description); trying again")
                return 0
            }
            let ids = Set(chunks.map(\.id))
            state.withLock { state in
                state.chunks.removeAll { ids.contains($0.id) }
                state.index.remove(series)
                for id in ids { state.damage[id] = nil }
            }
            counters.expiredChunks.add(chunks.count)
            return chunks.reduce(0) { $0 + $1.bytes }
        }
    }

    /// Deletes oldest chunks of at least `bytes`, if there are so many.
    func evict(bytes: Int) {
        var rest = bytes
        var end: Int64?
        for chunk in state.withLock({ $0.chunks }) where rest > 0 {
            end = chunk.maxMillis
            rest -= chunk.bytes
        }
        if let end { expire(before: end + 1) }
    }
}
