public import Trace
public import TraceQL

/// A search: which traces, and how much of each.
public struct SearchRequest: Sendable {
    public enum Condition: Sendable {
        case traceQL(Pipeline)
        case tags(TagSearch)
    }

    public var condition: Condition
    /// Nanoseconds since 1970. A trace is in range when [its start, its end] touches [from, to]; nil: no bound.
    public var fromNanos: UInt64?
    public var toNanos: UInt64?
    /// How many traces: the newest ones.
    public var limit: Int
    /// How many spans of each spanset.
    public var spansPerSpanset: Int

    public init(condition: Condition, fromNanos: UInt64? = nil, toNanos: UInt64? = nil, limit: Int = 20, spansPerSpanset: Int = 3) {
        self.condition = condition
        self.fromNanos = fromNanos
        self.toNanos = toNanos
        self.limit = limit
        self.spansPerSpanset = spansPerSpanset
    }
}

/// A search by `tags=`: every tag must be found on some span of the trace, as a substring of the value, whatever the case.
public struct TagSearch: Equatable, Sendable {
    public var tags: [Tag]
    /// Of the trace, nanoseconds; nil: any.
    public var minDurationNanos: UInt64?
    public var maxDurationNanos: UInt64?

    public struct Tag: Equatable, Sendable {
        public var key: String
        public var value: String

        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    public init(tags: [Tag], minDurationNanos: UInt64? = nil, maxDurationNanos: UInt64? = nil) {
        self.tags = tags
        self.minDurationNanos = minDurationNanos
        self.maxDurationNanos = maxDurationNanos
    }
}

/// A trace that a search found, with what is known of it over all spans received so far.
public struct FoundTrace: Equatable, Sendable {
    public struct Service: Equatable, Sendable {
        public var name: String
        public var spans: Int
        public var errors: Int
    }

    public struct Spanset: Equatable, Sendable {
        /// Before it was cut to the wanted number of spans.
        public var matched: Int
        /// Never empty; by start, then id.
        public var spans: [Span]
        /// Results of stages: `by(...)`, `count()` and so on, named as they print.
        public var attributes: [NamedValue]
    }

    public struct Span: Equatable, Sendable {
        public var id: SpanID
        /// Only when the query mentions or selects it.
        public var name: String?
        public var startNanos: UInt64
        public var durationNanos: UInt64
        /// Fields that the query mentions or selects, under their names without scope.
        public var attributes: [NamedValue]
    }

    public var id: TraceID
    /// Of the span without a parent; nil when none has come yet.
    public var rootService: String?
    public var rootName: String?
    public var startNanos: UInt64
    /// Latest end minus earliest start.
    public var durationNanos: UInt64
    /// By name.
    public var services: [Service]
    /// Empty for a search by tags.
    public var spansets: [Spanset]
}

/// How much a query looked at.
public struct QueryStatistics: Equatable, Sendable {
    public var traces = 0
    public var spans = 0
    public var bytes = 0
    public var blocks = 0
    /// Of all blocks in range.
    public var blockBytes = 0

    public init() {}
}

public struct SearchAnswer: Equatable, Sendable {
    /// Newest first.
    public var traces: [FoundTrace]
    public var statistics: QueryStatistics
    /// Why something is missing: damaged blocks, in words; nil when the answer is whole.
    public var partial: String?
}
