internal import Glibc
internal import Synchronization

/// The `date` header: `Sun, 06 Nov 1994 08:49:37 GMT`. Source: RFC 9110, section 5.6.7.
enum HTTPDate {
    static func format(unixSeconds: Int) -> String {
        var seconds = time_t(unixSeconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let date = "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
        return "\(date) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    /// The time's text, made anew once a second.
    static var now: String {
        let seconds = time(nil)
        return latest.withLock { latest in
            if latest.seconds != seconds { latest = (seconds, format(unixSeconds: seconds)) }
            return latest.text
        }
    }

    private static let latest = Mutex<(seconds: Int, text: String)>((0, ""))

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
