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

    /// Strings are equal byte for byte (Unicode's canonical equivalence does not count), floats bit for bit, and NaN is NaN: so that
    /// values that are counted apart stay apart, in whatever order they come.
    public static func == (a: Value, b: Value) -> Bool {
        switch (a, b) {
        case (.none, .none): true
        case (.string(let a), .string(let b)), (.other(let a), .other(let b)): a.utf8.elementsEqual(b.utf8)
        case (.int(let a), .int(let b)), (.duration(let a), .duration(let b)): a == b
        case (.float(let a), .float(let b)): a.bitPattern == b.bitPattern || a.isNaN && b.isNaN
        case (.bool(let a), .bool(let b)): a == b
        case (.status(let a), .status(let b)): a == b
        case (.kind(let a), .kind(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .none: hasher.combine(0)
        case .string(var text), .other(var text): text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        case .int(let int), .duration(let int): hasher.combine(int)
        case .float(let float): hasher.combine(float.isNaN ? Double.nan.bitPattern : float.bitPattern)
        case .bool(let flag): hasher.combine(flag)
        case .status(let status): hasher.combine(status)
        case .kind(let kind): hasher.combine(kind)
        case .array(let elements): hasher.combine(elements)
        }
    }
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
