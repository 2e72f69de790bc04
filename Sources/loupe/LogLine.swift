internal import Glibc
import Logging
import Settings

/// Writes log lines to standard error: for a person (time, level, message, metadata), or as one JSON object a line.
struct LogLine: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    let isJSON: Bool

    init(_ configuration: Configuration) {
        logLevel = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
        isJSON = configuration.logFormat == .json
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let pairs = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }.map { (key: $0.key, value: "\($0.value)") }
        let time = Self.time()
        if isJSON {
            let fields = [("time", time), ("level", event.level.rawValue), ("message", "\(event.message)")] + pairs.map { ($0.key, $0.value) }
            writeLine("{" + fields.map { "\(Self.quoted($0.0)):\(Self.quoted($0.1))" }.joined(separator: ",") + "}", to: .standardError)
        } else {
            let more = pairs.isEmpty ? "" : " " + pairs.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            writeLine("\(time) \(event.level.rawValue.uppercased()) \(event.message)\(more)", to: .standardError)
        }
    }

    /// RFC 3339 with milliseconds, in UTC.
    private static func time() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(1900 + parts.tm_year)-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))T\(padded(Int(parts.tm_hour), 2))"
            + ":\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2)).\(padded(now.tv_nsec / 1_000_000, 3))Z"
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
