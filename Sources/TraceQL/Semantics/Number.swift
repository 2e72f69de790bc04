internal import Glibc

/// A number of the language that keeps its exactness: ints, and nanoseconds of durations, as they are.
public enum Number: Sendable {
    case int(Int64)
    case float(Double)

    public var double: Double {
        switch self {
        case .int(let value): Double(value)
        case .float(let value): value
        }
    }

    /// Below, at or above zero, exactly over the whole range of both types; nil for NaN.
    public func order(to other: Number) -> Int? {
        switch (self, other) {
        case (.int(let a), .int(let b)): a < b ? -1 : a == b ? 0 : 1
        case (.float(let a), .float(let b)): a < b ? -1 : a == b ? 0 : a > b ? 1 : nil
        case (.int(let a), .float(let b)): Self.order(a, b)
        case (.float(let a), .int(let b)): Self.order(b, a).map { -$0 }
        }
    }

    private static func order(_ a: Int64, _ b: Double) -> Int? {
        if b.isNaN { return nil }
        if b >= 0x1p63 { return -1 }
        if b < -0x1p63 { return 1 }
        let whole = Int64(b.rounded(.down))
        if a != whole { return a < whole ? -1 : 1 }
        return b > Double(whole) ? -1 : 0
    }
}

extension ArithmeticOperator {
    /// An int of two ints, else a float. Nil when it cannot be computed: an int divided by zero, an overflow.
    public func of(_ left: Number, _ right: Number) -> Number? {
        guard case .int(let x) = left, case .int(let y) = right else { return .float(of(left.double, right.double)) }
        return of(x, y).map { .int($0) }
    }

    private func of(_ x: Double, _ y: Double) -> Double {
        switch self {
        case .add: x + y
        case .subtract: x - y
        case .multiply: x * y
        case .divide: x / y
        case .modulo: fmod(x, y)
        case .power: pow(x, y)
        }
    }

    private func of(_ x: Int64, _ y: Int64) -> Int64? {
        func checked(_ result: (partialValue: Int64, overflow: Bool)) -> Int64? { result.overflow ? nil : result.partialValue }
        switch self {
        case .add: return checked(x.addingReportingOverflow(y))
        case .subtract: return checked(x.subtractingReportingOverflow(y))
        case .multiply: return checked(x.multipliedReportingOverflow(by: y))
        case .divide: return checked(x.dividedReportingOverflow(by: y))
        case .modulo: return y == 0 ? nil : checked(x.remainderReportingOverflow(dividingBy: y))
        case .power:
            if y < 0 { return x == 1 ? 1 : x == -1 ? (y % 2 == 0 ? 1 : -1) : x == 0 ? nil : 0 }
            var result: Int64 = 1, base = x, exponent = y
            while exponent > 0 {
                if exponent & 1 == 1 {
                    guard let product = checked(result.multipliedReportingOverflow(by: base)) else { return nil }
                    result = product
                }
                exponent >>= 1
                if exponent > 0 {
                    guard let square = checked(base.multipliedReportingOverflow(by: base)) else { return nil }
                    base = square
                }
            }
            return result
        }
    }
}
