/// Names and values of labels, in the order in which they are shown. Written as a literal: `["transport": "grpc"]`.
public struct Labels: Equatable, Sendable, ExpressibleByDictionaryLiteral {
    var pairs: [(name: String, value: String)]

    public init(dictionaryLiteral pairs: (String, String)...) { self.init(pairs) }
    public init(_ pairs: [(String, String)]) { self.pairs = pairs.map { ($0.0, $0.1) } }

    public static func == (a: Labels, b: Labels) -> Bool { a.pairs.elementsEqual(b.pairs, by: ==) }
    static func + (a: Labels, b: Labels) -> Labels { Labels(a.pairs + b.pairs) }
}

/// One value of a family at one moment.
struct Series: Equatable, Sendable {
    enum Value: Equatable, Sendable {
        case whole(Int)
        case real(Double)
        case histogram(HistogramSnapshot)
    }
    var labels: Labels
    var value: Value

    init(labels: Labels, _ value: Value) {
        self.labels = labels
        self.value = value
    }
}

/// A family whose series somebody else keeps, at one moment: what `Registry` gets from its sources.
public struct FamilySnapshot: Sendable {
    public enum Kind: String, Sendable { case counter, gauge, histogram }

    public struct Series: Sendable {
        public enum Value: Sendable {
            case number(Double)
            case histogram(BucketSnapshot)
        }
        public var labels: Labels
        public var value: Value

        public init(labels: Labels, _ value: Value) {
            self.labels = labels
            self.value = value
        }
    }

    public var name: String
    public var help: String
    public var kind: Kind
    public var series: [Series]

    public init(name: String, help: String, kind: Kind, series: [Series]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.series = series
    }
}

/// A histogram whose counts need not be whole.
public struct BucketSnapshot: Sendable {
    /// The `le` of each bucket but the last, which is `+Inf`.
    public var bounds: [String]
    /// One more than bounds; the last is the count of everything.
    public var cumulative: [Double]
    public var sum: Double
    /// One for each bucket, or nothing at all.
    public var exemplars: [Exemplar?]

    public struct Exemplar: Sendable {
        public var labels: Labels
        public var value: Double
        /// When it was observed, in milliseconds since 1970.
        public var millis: Int64

        public init(labels: Labels, value: Double, millis: Int64) {
            self.labels = labels
            self.value = value
            self.millis = millis
        }
    }

    public init(bounds: [String], cumulative: [Double], sum: Double, exemplars: [Exemplar?]) {
        self.bounds = bounds
        self.cumulative = cumulative
        self.sum = sum
        self.exemplars = exemplars
    }
}

/// One row of the table of metrics: a name, what it means, and where its series are read from when someone asks.
///
/// The values live where they are counted, in the rooms; a family only refers to them. So the same counter may stand
/// behind several names (`renamed`, or a second row), which is how the names of the Collector and of Tempo are served.
public struct Family: Sendable {
    enum Kind: String, Sendable { case counter, gauge, histogram }

    public let name: String
    let help: String
    let kind: Kind
    let series: @Sendable () -> [Series]

    // MARK: Counters

    public static func counter(_ name: String, _ help: String, _ counter: Counter, labels: Labels = [:]) -> Family {
        .counter(name, help, each: [(labels, counter)])
    }

    /// One series for each counter. The labels must tell them apart.
    public static func counter(_ name: String, _ help: String, each counters: [(Labels, Counter)]) -> Family {
        Family(name: name, help: help, kind: .counter) { counters.map { Series(labels: $0.0, .whole($0.1.value)) } }
    }

    public static func counter(_ name: String, _ help: String, _ counters: LabeledCounters) -> Family {
        Family(name: name, help: help, kind: .counter) { counters.series() }
    }

    /// A total that is worked out when asked for.
    public static func counter(_ name: String, _ help: String, labels: Labels = [:], read: @escaping @Sendable () -> Int) -> Family {
        Family(name: name, help: help, kind: .counter) { [Series(labels: labels, .whole(read()))] }
    }

    public static func counter(
        _ name: String, _ help: String, labels: Labels = [:], seconds: @escaping @Sendable () -> Double
    ) -> Family {
        Family(name: name, help: help, kind: .counter) { [Series(labels: labels, .real(seconds()))] }
    }

    // MARK: Gauges

    public static func gauge(_ name: String, _ help: String, _ value: Counter, labels: Labels = [:]) -> Family {
        .gauge(name, help, labels: labels) { value.value }
    }

    public static func gauge(_ name: String, _ help: String, labels: Labels = [:], read: @escaping @Sendable () -> Int) -> Family {
        Family(name: name, help: help, kind: .gauge) { [Series(labels: labels, .whole(read()))] }
    }

    public static func gauge(
        _ name: String, _ help: String, labels: Labels = [:], seconds: @escaping @Sendable () -> Double
    ) -> Family {
        Family(name: name, help: help, kind: .gauge) { [Series(labels: labels, .real(seconds()))] }
    }

    /// Several series that are read together, for example one for each listener.
    public static func gauge(_ name: String, _ help: String, each read: @escaping @Sendable () -> [(Labels, Int)]) -> Family {
        Family(name: name, help: help, kind: .gauge) { read().map { Series(labels: $0.0, .whole($0.1)) } }
    }

    // MARK: Histograms

    public static func histogram(_ name: String, _ help: String, _ histogram: Histogram, labels: Labels = [:]) -> Family {
        .histogram(name, help, each: [(labels, histogram)])
    }

    public static func histogram(_ name: String, _ help: String, each histograms: [(Labels, Histogram)]) -> Family {
        Family(name: name, help: help, kind: .histogram) { histograms.map { Series(labels: $0.0, .histogram($0.1.snapshot())) } }
    }

    // MARK: Other names

    /// The same series under another program's name for them, with its labels in front of ours.
    public func renamed(_ name: String, adding labels: Labels = [:]) -> Family {
        Family(name: name, help: help, kind: kind) { [series] in series().map { Series(labels: labels + $0.labels, $0.value) } }
    }

    private init(name: String, help: String, kind: Kind, series: @escaping @Sendable () -> [Series]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.series = series
    }
}
