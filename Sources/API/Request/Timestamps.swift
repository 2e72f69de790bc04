/// `nanos` since 1970 as RFC 3339 in UTC, with as many digits of the second as there are: `2026-08-21T17:27:45.123456789Z`.
func rfc3339(nanos: UInt64) -> String {
    let (days, rest) = (nanos / 86_400_000_000_000, nanos % 86_400_000_000_000)
    let date = civilDate(days: Int(days))
    let seconds = Int(rest / 1_000_000_000)
    var text = "\(pad(date.year, 4))-\(pad(date.month, 2))-\(pad(date.day, 2))T"
    text += "\(pad(seconds / 3_600, 2)):\(pad(seconds / 60 % 60, 2)):\(pad(seconds % 60, 2))"
    let fraction = Int(rest % 1_000_000_000)
    if fraction > 0 {
        var digits = pad(fraction, 9)
        while digits.last == "0" { digits.removeLast() }
        text += "." + digits
    }
    return text + "Z"
}

/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
private func civilDate(days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
}

private func pad(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
