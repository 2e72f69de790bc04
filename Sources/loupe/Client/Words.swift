import Glibc

/// A duration in a width that reads well: `812 ns`, `3.21 ms`, `1.5 s`, `2 m 05 s`.
func durationText(_ nanos: UInt64) -> String {
    switch nanos {
    case ..<1_000: "\(nanos) ns"
    case ..<1_000_000: "\(significant(Double(nanos) / 1e3)) µs"
    case ..<1_000_000_000: "\(significant(Double(nanos) / 1e6)) ms"
    case ..<60_000_000_000: "\(significant(Double(nanos) / 1e9)) s"
    case ..<3_600_000_000_000: "\(nanos / 60_000_000_000) m \(twoDigits(Int(nanos / 1_000_000_000 % 60))) s"
    default: "\(nanos / 3_600_000_000_000) h \(twoDigits(Int(nanos / 60_000_000_000 % 60))) m"
    }
}

/// A number with four digits that count, and no zeros behind the point.
func significant(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "∞" : "-∞" }
    let size = abs(value)
    if size != 0, size < 0.001 || size >= 1e15 { return value.description }
    var unit = 1.0
    while size * unit < 1_000, unit < 1_000_000 { unit *= 10 }
    let rounded = (value * unit).rounded() / unit
    return rounded == rounded.rounded() ? String(Int(rounded)) : rounded.description
}

/// A moment in the local time zone, to the millisecond.
func localTime(_ nanos: UInt64) -> String {
    var seconds = time_t(nanos / 1_000_000_000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    let millis = String(1_000 + Int(nanos / 1_000_000 % 1_000)).dropFirst()
    return "\(1900 + parts.tm_year)-\(twoDigits(Int(parts.tm_mon) + 1))-\(twoDigits(Int(parts.tm_mday))) "
        + "\(twoDigits(Int(parts.tm_hour))):\(twoDigits(Int(parts.tm_min))):\(twoDigits(Int(parts.tm_sec))).\(millis)"
}

/// `1 span`, `2 spans`.
func counted(_ count: Int, _ noun: String) -> String { "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")" }

private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
