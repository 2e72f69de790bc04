public import Trace

/// A service and its colour slot (1...24, wrapping), given when its name was first seen and kept for good.
public struct ServiceSlot: Sendable, Equatable {
    public var name: String
    public var slot: Int
}

/// One trace in a list.
public struct TraceSummary: Sendable, Equatable {
    public struct ServiceCount: Sendable, Equatable {
        public var service: ServiceSlot
        public var spans: Int
        public var errors: Int
    }
    public var id: TraceID
    /// Earliest start and latest end of the spans received so far.
    public var startNanos: UInt64
    public var endNanos: UInt64
    public var spans: Int
    public var errors: Int
    /// The span without parent; nil while none has arrived.
    public var rootService: String?
    public var rootName: String?
    /// The earliest span.
    public var firstService: String
    public var firstName: String
    public var services: [ServiceCount]
}

/// What a list of recent traces should hold.
public struct RecentQuery: Sendable {
    public var limit: Int
    /// Traces that start within; nil is open.
    public var fromNanos: UInt64?
    public var toNanos: UInt64?
    /// Exactly this service takes part.
    public var service: String?
    /// Case-insensitive substring of root name, root service, a service of the trace, or its id.
    public var text: String?
    public var errorsOnly = false
    public var minDurationNanos: UInt64?
    public var maxDurationNanos: UInt64?
    /// The last row of the page before: only traces older than it by (start, id) follow.
    public var before: (startNanos: UInt64, id: TraceID)?
    /// The first page's `asOf`: traces that arrived after it are left out.
    public var asOf: UInt64?

    public init(limit: Int) { self.limit = limit }
}

public struct RecentPage: Sendable {
    public var asOf: UInt64
    public var traces: [TraceSummary]
    public var more: Bool
    public var inspectedTraces: Int
    public var inspectedBytes: Int
}
