internal import Glibc

extension Binary.Operator {
    /// Of two numbers, as doubles have it. Not for comparisons and sets.
    func value(_ left: Double, _ right: Double) -> Double {
        switch self {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        case .modulo: fmod(left, right)
        case .power: pow(left, right)
        case .atan2: Glibc.atan2(left, right)
        case .or, .and, .unless, .equal, .notEqual, .lessOrEqual, .less, .greaterOrEqual, .greater: .nan
        }
    }

    /// Whether a comparison holds. NaN is different from all, and in no order.
    func holds(_ left: Double, _ right: Double) -> Bool {
        switch self {
        case .equal: left == right
        case .notEqual: left != right
        case .lessOrEqual: left <= right
        case .less: left < right
        case .greaterOrEqual: left >= right
        case .greater: left > right
        default: false
        }
    }
}
