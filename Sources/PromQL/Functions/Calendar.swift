extension Function {
    /// A part of the date and time, in UTC, that is `seconds` after 1970; NaN for what is no time.
    func calendar(_ seconds: Double) -> Double {
        guard seconds.magnitude < Moments.limitSeconds else { return .nan }
        let whole = Int(seconds.rounded(.down))
        let days = (whole - ((whole % 86_400) + 86_400) % 86_400) / 86_400
        let rest = whole - days * 86_400
        let date = Self.date(days)
        return switch self {
        case .minute: Double(rest / 60 % 60)
        case .hour: Double(rest / 3_600)
        case .dayOfWeek: Double(((days + 4) % 7 + 7) % 7)
        case .dayOfMonth: Double(date.day)
        case .month: Double(date.month)
        case .year: Double(date.year)
        case .daysInMonth: Double(Self.length(date.month, date.year))
        case .dayOfYear: Double((1..<date.month).reduce(0) { $0 + Self.length($1, date.year) } + date.day)
        default: .nan
        }
    }

    private static func length(_ month: Int, _ year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * fromMarch + 2) / 5 + 1)
    }
}
