/// A series and some of its samples, in order of time. A stale marker among the values says that the series ended there.
public struct Series: Equatable, Sendable {
    public var labels: Labels
    /// Milliseconds since 1970, strictly ascending.
    public var timestamps: [Int64]
    /// One for each timestamp.
    public var values: [Double]

    public init(_ labels: Labels, timestamps: [Int64], values: [Double]) {
        self.labels = labels
        self.timestamps = timestamps
        self.values = values
    }

    /// The NaN that ends a series. Any other NaN is a value like others.
    public static let staleMarker = Double(bitPattern: 0x7ff0_0000_0000_0002)
    public static func isStaleMarker(_ value: Double) -> Bool { value.bitPattern == staleMarker.bitPattern }
}

/// An observation that was kept along with a series, with labels of its own: the trace it came from.
public struct Exemplar: Equatable, Sendable {
    public var labels: Labels
    public var value: Double
    public var timestampMillis: Int64

    public init(_ labels: Labels, value: Double, timestampMillis: Int64) {
        self.labels = labels
        self.value = value
        self.timestampMillis = timestampMillis
    }
}

/// What is known of all series of one name.
public struct MetricFamily: Equatable, Sendable {
    public var name: String
    /// `counter`, `gauge`, `histogram`, `unknown`.
    public var type: String
    public var help: String
    public var unit: String

    public init(name: String, type: String, help: String, unit: String = "") {
        self.name = name
        self.type = type
        self.help = help
        self.unit = unit
    }
}

/// Where the language reads. Calls block, and come from the threads that queries run on. Windows include both of their ends.
///
/// A source asks `run` now and then whether the query has to end, and throws `EvaluationError.storage` when it cannot read.
public protocol SeriesSource: Sendable {
    /// The series that all of `matchers` accept, with their samples in the window; none without a sample there. In any order,
    /// each label set once. Samples that are read are to be charged to `run` before they are held.
    func select(_ matchers: [Matcher], fromMillis: Int64, throughMillis: Int64, run: QueryRun) throws(EvaluationError) -> [Series]

    /// The label sets of the series that all of `matchers` accept (all series, when there is none) and that have a sample in the
    /// window, in any order, each once. Stale markers are no samples.
    func labelSets(_ matchers: [Matcher], fromMillis: Int64, throughMillis: Int64, run: QueryRun) throws(EvaluationError) -> [Labels]

    /// The exemplars in the window of the series that all of `matchers` accept, those of a series in order of time.
    func exemplars(
        _ matchers: [Matcher], fromMillis: Int64, throughMillis: Int64, run: QueryRun
    ) throws(EvaluationError) -> [(series: Labels, exemplars: [Exemplar])]

    /// In any order, each name once.
    var families: [MetricFamily] { get }
}
