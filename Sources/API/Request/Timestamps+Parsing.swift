/// A moment as Tempo's metrics endpoints take it: up to ten digits are seconds, more are nanoseconds, with a point it is seconds
/// and their fraction, else RFC 3339. In nanoseconds since 1970; nil for anything else. (tempo-api.md §7.1)
func parseMoment(_ text: String) -> UInt64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    if parts.count <= 2, parts.allSatisfy({ $0.utf8.allSatisfy(\.isDecimal) }), let whole = UInt64(parts[0].isEmpty ? "0" : parts[0]) {
        if parts.count == 1 { return parts[0].utf8.count > 10 ? whole : whole * 1_000_000_000 }
        guard whole <= 9_999_999_999, text.utf8.count > 1 else { return nil }
        return whole * 1_000_000_000 + nanos(fraction: parts[1])
    }
    guard let (seconds, nanos) = parseRFC3339(text), seconds >= 0, seconds < 9_223_372_036 else { return nil }
    return UInt64(seconds) * 1_000_000_000 + nanos
}

/// `2026-11-22T09:13:43.5Z`, `2026-11-22T10:13:43+01:00`: seconds since 1970, which may be negative, and what goes beyond.
func parseRFC3339(_ text: String) -> (seconds: Int, nanos: UInt64)? {
    var rest = Substring(text).utf8
    func number(_ digits: Int) -> Int? {
        let prefix = rest.prefix(digits)
        guard prefix.count == digits, prefix.allSatisfy(\.isDecimal) else { return nil }
        rest = rest.dropFirst(digits)
        return prefix.reduce(0) { $0 * 10 + Int($1 - 48) }
    }
    func literal(_ characters: String) -> Bool {
        guard let first = rest.first, characters.utf8.contains(first) else { return false }
        rest = rest.dropFirst()
        return true
    }
    guard let year = number(4), literal("-"), let month = number(2), literal("-"), let day = number(2), literal("Tt "),
          let hour = number(2), literal(":"), let minute = number(2), literal(":"), let second = number(2),
          (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61 else { return nil }
    var fraction: UInt64 = 0
    if literal(".") {
        let digits = rest.prefix(while: \.isDecimal)
        guard !digits.isEmpty else { return nil }
        fraction = nanos(fraction: Substring(digits))
        rest = rest.dropFirst(digits.count)
    }
    var seconds = daysSince1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    if !literal("Zz") {
        let isEast = rest.first == UInt8(ascii: "+")
        guard literal("+-"), let hours = number(2), literal(":"), let minutes = number(2) else { return nil }
        seconds += (isEast ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }
    return rest.isEmpty ? (seconds, fraction) : nil
}

/// Nine digits count, the rest is cut.
private func nanos(fraction: Substring) -> UInt64 {
    let digits = fraction.utf8.prefix(9)
    return (digits + [UInt8](repeating: 48, count: 9 - digits.count)).reduce(0) { $0 * 10 + UInt64($1 - 48) }
}

/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
private func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

extension UInt8 {
    fileprivate var isDecimal: Bool { self >= 48 && self <= 57 }
}
