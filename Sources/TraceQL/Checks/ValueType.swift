/// What a field expression yields, as far as its text tells.
enum ValueType: Equatable {
    case string, int, float, bool, duration, status, kind
    /// Anything: whatever an attribute turns out to hold.
    case attribute
    case `nil`

    var isNumeric: Bool { self == .int || self == .float || self == .duration || self == .attribute }
    var isBool: Bool { self == .bool || self == .attribute }

    /// Whether values of the two can be compared or computed with.
    func suits(_ other: ValueType) -> Bool {
        self == other || self == .attribute || other == .attribute || (isNumeric && other.isNumeric)
    }

    func takes(_ comparison: Comparison) -> Bool {
        switch self {
        case .bool, .status, .kind, .nil: comparison == .equal || comparison == .notEqual
        case .string, .int, .float, .duration, .attribute: true
        }
    }
}

extension Static {
    var type: ValueType {
        switch self {
        case .none: .nil
        case .string: .string
        case .int: .int
        case .float: .float
        case .bool: .bool
        case .duration: .duration
        case .status: .status
        case .kind: .kind
        }
    }
}

extension Field {
    var type: ValueType {
        guard case .intrinsic(let intrinsic) = self else { return .attribute }
        switch intrinsic {
        case .name, .statusMessage, .spanID, .parentID, .rootName, .rootServiceName, .traceID, .eventName, .linkTraceID, .linkSpanID: return .string
        case .status: return .status
        case .kind: return .kind
        case .duration, .traceDuration, .eventTimeSinceStart: return .duration
        case .childCount, .nestedSetLeft, .nestedSetRight, .nestedSetParent: return .int
        case .instrumentationName, .instrumentationVersion: return .attribute
        }
    }
}
