/// Why an operation on constants has no result.
struct ConstantError: Error, Equatable {
    var message: String
}

/// Arithmetic outside of filters, which is done while parsing: int with int gives int, a float makes it float, a duration duration.
extension Static {
    func negated() -> Result<Static, ConstantError> {
        switch self {
        case .float(let value): .success(.float(-value))
        default: Static.int(0).folded(.subtract, self)
        }
    }

    func folded(_ op: ArithmeticOperator, _ other: Static) -> Result<Static, ConstantError> {
        switch (self, other) {
        case (.int(let left), .int(let right)):
            return Self.whole(op, left, right).map(Static.int)
        case (.float(let left), .float(let right)):
            return Self.real(op, left, right).map(Static.float)
        case (.int(let left), .float(let right)):
            return Self.real(op, Double(left), right).map(Static.float)
        case (.float(let left), .int(let right)):
            return Self.real(op, left, Double(right)).map(Static.float)
        case (.duration(let left), .duration(let right)), (.duration(let left), .int(let right)), (.int(let left), .duration(let right)):
            return Self.whole(op, left, right).flatMap(Self.duration)
        case (.duration(let left), .float(let right)):
            return Self.real(op, Double(left), right).flatMap(Self.duration)
        case (.float(let left), .duration(let right)):
            return Self.real(op, left, Double(right)).flatMap(Self.duration)
        default:
            return .failure(ConstantError(message: "illegal operation for the given types: \(self) \(op.text) \(other)"))
        }
    }

    private static func whole(_ op: ArithmeticOperator, _ left: Int64, _ right: Int64) -> Result<Int64, ConstantError> {
        if op == .divide, right == 0 { return .failure(ConstantError(message: "division by zero")) }
        let (value, overflow) =
            switch op {
            case .add: left.addingReportingOverflow(right)
            case .subtract: left.subtractingReportingOverflow(right)
            case .multiply: left.multipliedReportingOverflow(by: right)
            case .divide: left.dividedReportingOverflow(by: right)
            case .modulo, .power: (0, true)
            }
        return overflow ? .failure(ConstantError(message: "the result does not fit into 64 bits")) : .success(value)
    }

    private static func real(_ op: ArithmeticOperator, _ left: Double, _ right: Double) -> Result<Double, ConstantError> {
        let value: Double =
            switch op {
            case .add: left + right
            case .subtract: left - right
            case .multiply: left * right
            case .divide: left / right
            case .modulo, .power: .nan
            }
        return value.isNaN ? .failure(ConstantError(message: "the result is not a number")) : .success(value)
    }

    /// The smallest number has no text as a duration, and so is none.
    private static func duration(_ nanos: Int64) -> Result<Static, ConstantError> {
        nanos == .min ? .failure(ConstantError(message: "the duration does not fit into 64 bits")) : .success(.duration(nanos))
    }

    private static func duration(_ nanos: Double) -> Result<Static, ConstantError> {
        guard let nanos = Int64(exactly: nanos.rounded(.towardZero)) else {
            return .failure(ConstantError(message: "the duration does not fit into 64 bits"))
        }
        return duration(nanos)
    }
}
