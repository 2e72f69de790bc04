public import SelfStats

/// A series and its samples in the range asked for, in the order of their times.
public struct SelectedSeries: Sendable, Equatable {
    /// In the order of their names.
    public var labels: [SeriesLabel]
    /// Milliseconds since 1970.
    public var times: [Int64] = []
    public var values: [Double] = []

    init(labels: [SeriesLabel]) { self.labels = labels }

    mutating func append(_ samples: SeriesSamples, _ times: [Int64], _ from: Int64, _ through: Int64) {
        for (place, value) in zip(samples.places, samples.values) {
            let time = times[Int(place)]
            guard time >= from, time <= through, self.times.last.map({ $0 < time }) ?? true else { continue }
            self.times.append(time)
            values.append(value)
        }
    }
}

/// An observation that stands for others of a series.
public struct SeriesExemplar: Sendable, Equatable {
    var id: UInt32
    public var traceID: String
    public var value: Double
    public var millis: Int64
}

/// The latest exemplars; older ones make room.
struct ExemplarRing: Sendable {
    private var kept: [SeriesExemplar] = []
    private var oldest = 0
    static let limit = 20_000

    mutating func add(_ exemplar: SeriesExemplar) {
        if kept.count < Self.limit { return kept.append(exemplar) }
        kept[oldest] = exemplar
        oldest = (oldest + 1) % Self.limit
    }

    var all: [SeriesExemplar] { Array(kept[oldest...] + kept[..<oldest]) }
}

/// What the keeping of series counts about itself; shown at `/metrics`.
public struct SeriesCounters: Sendable {
    public let samples = Counter()
    public let chunks = Counter()
    public let chunkBytes = Counter()
    public let expiredChunks = Counter()
    /// Writes that failed.
    public let failures = Counter()
    /// Collections that are not kept.
    public let droppedCollections = Counter()
    /// Series that were too many, each time.
    public let refusedSeries = Counter()
    /// Reads that met damage and went on without it.
    public let damaged = Counter()

    init() {}
}

public struct SeriesStatus: Sendable, Equatable {
    public var series: Int
    public var chunks: Int
    public var chunkBytes: Int
    /// Samples that are in no chunk yet.
    public var openSamples: Int
    public var memoryBytes: Int
    public var oldestMillis: Int64?
    /// A sentence for each chunk that was found damaged.
    public var damage: [String]
}
