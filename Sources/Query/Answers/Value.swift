public import TraceQL

/// A value of a span's field, with its type.
public enum Value: Hashable, Sendable {
    case none
    case string(String)
    case int(Int64)
    case float(Double)
    case bool(Bool)
    /// Nanoseconds.
    case duration(Int64)
    case status(Static.Status)
    case kind(Static.Kind)
    /// Elements of one type, or of several, which no condition matches.
    case array([Value])
    /// What the language has no type for (bytes, key-value lists), as JSON text.
    case other(String)
}

/// A name with its value: a label, an attribute of a spanset or of a span.
public struct NamedValue: Hashable, Sendable {
    public var name: String
    public var value: Value

    public init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }
}
