/// What plain scalars of YAML 1.2's core schema mean. Source: https://yaml.org/spec/1.2.2/#103-core-schema
enum PlainScalar {
    static func bool(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    static func int(_ text: String) -> Int64? {
        if text.hasPrefix("0x") { return Int64(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0o") { return Int64(text.dropFirst(2), radix: 8) }
        return Int64(text)
    }

    static func double(_ text: String) -> Double? {
        switch text {
        case ".nan", ".NaN", ".NAN": return .nan
        case ".inf", ".Inf", ".INF", "+.inf": return .infinity
        case "-.inf", "-.Inf", "-.INF": return -.infinity
        default:
            // Swift reads words and hexadecimal floats too, which YAML has not.
            guard text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
            return Double(text)
        }
    }

    private static let units: [(name: String, nanos: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    /// `1h2m3.5s` in nanoseconds; `0` needs no unit.
    static func nanos(_ text: String) -> Int64? {
        if text == "0" { return 0 }
        var rest = Substring(text)
        var total = 0.0
        repeat {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            guard let number = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            guard let unit = units.first(where: { rest.hasPrefix($0.name) && !rest.dropFirst($0.name.count).hasPrefix("s") }) else { return nil }
            total += number * unit.nanos
            rest = rest.dropFirst(unit.name.count)
        } while !rest.isEmpty
        return total < 9e18 ? Int64(total.rounded()) : nil
    }
}
