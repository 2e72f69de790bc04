/// The functions that Loupe answers. What is not here is unknown.
public enum Function: String, CaseIterable, Sendable {
    case abs, ceil, floor, sqrt, exp, ln, log2, log10, sgn, round, clamp
    case clampMin = "clamp_min", clampMax = "clamp_max"
    case sort, sortDesc = "sort_desc"
    case time, pi, vector, scalar, timestamp, absent
    case labelReplace = "label_replace", labelJoin = "label_join"
    case histogramQuantile = "histogram_quantile"
    case minute, hour, month, year
    case dayOfWeek = "day_of_week", dayOfMonth = "day_of_month", dayOfYear = "day_of_year", daysInMonth = "days_in_month"
    case rate, increase, delta, irate, idelta, resets, changes, deriv
    case predictLinear = "predict_linear"
    case sumOverTime = "sum_over_time", avgOverTime = "avg_over_time", minOverTime = "min_over_time", maxOverTime = "max_over_time"
    case countOverTime = "count_over_time", lastOverTime = "last_over_time", presentOverTime = "present_over_time"
    case stddevOverTime = "stddev_over_time", stdvarOverTime = "stdvar_over_time", quantileOverTime = "quantile_over_time"
    case absentOverTime = "absent_over_time"

    public struct Signature: Sendable {
        public var arguments: [Expression.ValueType]
        /// How many of the last arguments may be left out; of a negative number, the last one may be left out or repeated.
        public var variadic = 0
        public var returns = Expression.ValueType.vector
    }

    public var signature: Signature {
        switch self {
        case .abs, .ceil, .floor, .sqrt, .exp, .ln, .log2, .log10, .sgn, .sort, .sortDesc, .timestamp, .absent: Signature(arguments: [.vector])
        case .round: Signature(arguments: [.vector, .scalar], variadic: 1)
        case .clamp: Signature(arguments: [.vector, .scalar, .scalar])
        case .clampMin, .clampMax: Signature(arguments: [.vector, .scalar])
        case .time, .pi: Signature(arguments: [], returns: .scalar)
        case .vector: Signature(arguments: [.scalar])
        case .scalar: Signature(arguments: [.vector], returns: .scalar)
        case .labelReplace: Signature(arguments: [.vector, .string, .string, .string, .string])
        case .labelJoin: Signature(arguments: [.vector, .string, .string, .string], variadic: -1)
        case .histogramQuantile: Signature(arguments: [.scalar, .vector])
        case .minute, .hour, .month, .year, .dayOfWeek, .dayOfMonth, .dayOfYear, .daysInMonth: Signature(arguments: [.vector], variadic: 1)
        case .predictLinear: Signature(arguments: [.matrix, .scalar])
        case .quantileOverTime: Signature(arguments: [.scalar, .matrix])
        case .rate, .increase, .delta, .irate, .idelta, .resets, .changes, .deriv, .sumOverTime, .avgOverTime, .minOverTime, .maxOverTime,
             .countOverTime, .lastOverTime, .presentOverTime, .stddevOverTime, .stdvarOverTime, .absentOverTime: Signature(arguments: [.matrix])
        }
    }
}
