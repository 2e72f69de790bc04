/// Doubles as text: the fewest digits that read back as the same number.
public enum NumberText {
    /// Never with an exponent, however long.
    public static func plain(_ value: Double, infinity: String = "+Inf") -> String {
        special(value, infinity) ?? Digits(value).plain
    }

    /// As samples are sent: with an exponent below 1e-6 and from 1e21 on: `1e-07`, `1e+21`.
    public static func sample(_ value: Double) -> String {
        if let special = special(value, "+Inf") { return special }
        let isPlain = value == 0 || (value.magnitude >= 1e-6 && value.magnitude < 1e21)
        return isPlain ? Digits(value).plain : Digits(value).scientific
    }

    /// Seconds, with three digits of fraction unless they are zero: `1700000990.100`.
    public static func seconds(millis: Int64) -> String {
        let whole = "\(millis < 0 ? "-" : "")\(millis.magnitude / 1_000)"
        let fraction = millis.magnitude % 1_000
        if fraction == 0 { return whole }
        let digits = String(fraction)
        return whole + "." + String(repeating: "0", count: 3 - digits.utf8.count) + digits
    }

    private static func special(_ value: Double, _ infinity: String) -> String? {
        if value.isNaN { return "NaN" }
        return value.isInfinite ? (value < 0 ? "-Inf" : infinity) : nil
    }

    /// `0.digits × 10^point`, taken from Swift's own shortest text.
    private struct Digits {
        private var isNegative: Bool
        private var digits: [UInt8]
        private var point: Int

        init(_ value: Double) {
            isNegative = value.sign == .minus
            let parts = value.magnitude.description.split(separator: "e")
            let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
            digits = Array(mantissa[0].utf8) + (mantissa.count > 1 ? Array(mantissa[1].utf8) : [])
            point = mantissa[0].utf8.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
            while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
            while digits.count > 1, digits.first == UInt8(ascii: "0") {
                digits.removeFirst()
                point -= 1
            }
        }

        var plain: String {
            let text = String(decoding: digits, as: UTF8.self)
            let sign = isNegative ? "-" : ""
            if text == "0" { return sign + text }
            if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + text }
            if point >= digits.count { return sign + text + String(repeating: "0", count: point - digits.count) }
            return sign + text.prefix(point) + "." + text.dropFirst(point)
        }

        var scientific: String {
            let text = String(decoding: digits, as: UTF8.self)
            let exponent = point - 1
            let magnitude = String(exponent.magnitude)
            return (isNegative ? "-" : "") + text.prefix(1) + (digits.count > 1 ? "." + text.dropFirst() : "")
                + "e" + (exponent < 0 ? "-" : "+") + (magnitude.utf8.count < 2 ? "0" : "") + magnitude
        }
    }
}
