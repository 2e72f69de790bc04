/// Durations as Go writes and reads them: `1h2m3.4s`, `250ms`.
enum GoDuration {
    /// Reads a Go duration (`1h30m`, `1.5s`, `250ms`), in nanoseconds. The message of the error is Go's own.
    static func parse(_ text: String) throws(BadParameter) -> Int64 {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        if rest == "0" { return 0 }
        guard !rest.isEmpty else { throw invalid(text) }
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let value = Double(number.hasPrefix(".") ? "0\(number)" : number.hasSuffix(".") ? "\(number)0" : String(number)) else {
                throw invalid(text)
            }
            rest.removeFirst(number.count)
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            guard !unit.isEmpty else { throw BadParameter("time: missing unit in duration \(quoted(text))") }
            guard let nanos = unitNanos(unit) else { throw BadParameter("time: unknown unit \(quoted(unit)) in duration \(quoted(text))") }
            rest.removeFirst(unit.count)
            total += value * nanos
        }
        guard total < 9.2e18 else { throw invalid(text) }
        return Int64(isNegative ? -total : total)
    }

    /// `nanos` as Go prints it: hours, minutes and seconds from a second on, else one of ms, µs, ns.
    static func text(_ nanos: UInt64) -> String {
        switch nanos {
        case 0: return "0s"
        case ..<1_000: return "\(nanos)ns"
        case ..<1_000_000: return decimal(nanos, per: 1_000) + "µs"
        case ..<1_000_000_000: return decimal(nanos, per: 1_000_000) + "ms"
        default:
            let minutes = nanos / 60_000_000_000
            let seconds = decimal(nanos % 60_000_000_000, per: 1_000_000_000) + "s"
            if minutes == 0 { return seconds }
            return minutes < 60 ? "\(minutes)m\(seconds)" : "\(minutes / 60)h\(minutes % 60)m\(seconds)"
        }
    }

    private static func decimal(_ value: UInt64, per unit: UInt64) -> String {
        let rest = value % unit
        guard rest > 0 else { return "\(value / unit)" }
        var digits = String("\(unit + rest)".dropFirst())          // the leading 1 keeps the zeros behind the point
        while digits.last == "0" { digits.removeLast() }
        return "\(value / unit).\(digits)"
    }

    private static func unitNanos(_ unit: Substring) -> Double? {
        switch unit {
        case "ns": 1
        case "us", "µs", "μs": 1e3
        case "ms": 1e6
        case "s": 1e9
        case "m": 60e9
        case "h": 3_600e9
        case "d": 86_400e9                                          // not Go's, but Prometheus', which `since` may use
        case "w": 604_800e9
        default: nil
        }
    }

    private static func invalid(_ text: String) -> BadParameter { BadParameter("time: invalid duration \(quoted(text))") }
    private static func quoted(_ text: some StringProtocol) -> String { "\"\(text)\"" }
}
