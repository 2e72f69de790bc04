/// An expression over one span (and its events and links).
public indirect enum FieldExpression: Equatable, Sendable {
    case literal(Static)
    case field(Field)
    case negative(FieldExpression)
    case not(FieldExpression)
    case arithmetic(ArithmeticOperator, FieldExpression, FieldExpression)
    case compare(Comparison, FieldExpression, FieldExpression)
    /// `= nil` and `!= nil`.
    case isNil(FieldExpression), isNotNil(FieldExpression)
    /// `=~` and, negated, `!~`, with a pattern that RE2 takes.
    case matches(FieldExpression, pattern: String, negated: Bool)
    case and(FieldExpression, FieldExpression)
    case or(FieldExpression, FieldExpression)
}

public enum ArithmeticOperator: Hashable, Sendable {
    case add, subtract, multiply, divide, modulo, power
}

/// A constant.
public enum Static: Hashable, Sendable {
    case none                       // nil
    case string(String)
    case int(Int64)
    case float(Double)
    case bool(Bool)
    /// Nanoseconds.
    case duration(Int64)
    case status(Status)
    case kind(Kind)

    /// By OTLP's numbers.
    public enum Status: UInt8, Hashable, Sendable { case unset = 0, ok, error }
    public enum Kind: UInt8, Hashable, Sendable { case unspecified = 0, `internal`, server, client, producer, consumer }
}

/// Something that a span has.
public enum Field: Hashable, Sendable {
    case intrinsic(Intrinsic)
    case attribute(Scope, String)

    /// Where an attribute is looked for.
    public enum Scope: Hashable, Sendable {
        /// `.x`: the span, else its resource.
        case any
        case span, resource, event, link, instrumentation
    }
}

/// What a span has without being told in an attribute. Old and scoped spellings are one case.
public enum Intrinsic: Hashable, Sendable, CaseIterable {
    case name, status, statusMessage, kind, duration
    case spanID, parentID, childCount
    case traceDuration, rootName, rootServiceName, traceID
    case nestedSetLeft, nestedSetRight, nestedSetParent
    case eventName, eventTimeSinceStart
    case linkTraceID, linkSpanID
    case instrumentationName, instrumentationVersion
}
