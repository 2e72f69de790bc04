public import TraceQL

/// Which tag names, or values of a tag, there are.
public struct TagRequest: Sendable {
    /// Only of spans (with their resources, scopes, events and links) that satisfy all conditions of some alternative; nil: of all.
    public var filter: [[FieldExpression]]?
    /// Nanoseconds since 1970; nil: no bound.
    public var fromNanos: UInt64?
    public var toNanos: UInt64?
    /// How many names of each scope, or values, at most.
    public var limit: Int

    public init(filter: [[FieldExpression]]? = nil, fromNanos: UInt64? = nil, toNanos: UInt64? = nil, limit: Int = .max) {
        self.filter = filter
        self.fromNanos = fromNanos
        self.toNanos = toNanos
        self.limit = limit
    }
}

/// Attribute names by scope, sorted.
public struct TagNames: Equatable, Sendable {
    public var span: [String] = []
    public var resource: [String] = []
    public var event: [String] = []
    public var link: [String] = []
    public var instrumentation: [String] = []
    public var statistics = QueryStatistics()

    public init() {}
}

/// Distinct values of one field, sorted by type, then value; elements of arrays count as values.
public struct TagValues: Equatable, Sendable {
    public var values: [Value] = []
    public var statistics = QueryStatistics()

    public init() {}
}
