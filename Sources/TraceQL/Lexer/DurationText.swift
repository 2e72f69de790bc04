/// Durations as text: Prometheus' and Go's ways to write one, and Go's to print one.
public enum DurationText {
    enum Reading: Equatable { case value(Int64), tooLarge, none }

    /// Reads `1d12h` as Prometheus does, else `1.5s` or `1h0.5m` as Go does. No sign.
    static func nanos(_ text: String) -> Reading {
        guard let pieces = pieces(of: text) else { return .none }
        if let reading = prometheus(pieces) { return reading }
        return go(pieces)
    }

    /// Digits, digits after a point, and a unit.
    private struct Piece {
        var whole: Substring
        var fraction: Substring?
        var unit: Substring
    }

    private static func pieces(of text: String) -> [Piece]? {
        var rest = text[...]
        var pieces: [Piece] = []
        func digits() -> Substring {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            return digits
        }
        while !rest.isEmpty {
            let whole = digits()
            var fraction: Substring?
            if rest.first == "." {
                rest = rest.dropFirst()
                fraction = digits()
            }
            let unit = rest.prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
            rest = rest.dropFirst(unit.count)
            guard !unit.isEmpty, !whole.isEmpty || fraction?.isEmpty == false else { return nil }
            pieces.append(Piece(whole: whole, fraction: fraction, unit: unit))
        }
        return pieces.isEmpty ? nil : pieces
    }

    /// Largest first, each once, whole numbers. Nil when it is not written so.
    private static func prometheus(_ pieces: [Piece]) -> Reading? {
        let day: Int64 = 86_400_000_000_000
        let units: [(name: Substring, nanos: Int64)] = [
            ("y", 365 * day), ("w", 7 * day), ("d", day), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
        ]
        var next = 0
        var total: Int64? = 0
        for piece in pieces {
            guard piece.fraction == nil, let index = units[next...].firstIndex(where: { $0.name == piece.unit }) else { return nil }
            next = index + 1
            total = total.flatMap { sum in Int64(piece.whole).flatMap { add($0, times: units[index].nanos, to: sum) } }
        }
        return total.map(Reading.value) ?? .tooLarge
    }

    /// Any combination, with decimals. https://pkg.go.dev/time#ParseDuration
    private static func go(_ pieces: [Piece]) -> Reading {
        var total: Int64? = 0
        for piece in pieces {
            let unit: Int64
            switch piece.unit {
            case "ns": unit = 1
            case "us", "\u{b5}s", "\u{3bc}s": unit = 1000
            case "ms": unit = 1_000_000
            case "s": unit = 1_000_000_000
            case "m": unit = 60_000_000_000
            case "h": unit = 3_600_000_000_000
            default: return .none
            }
            let whole = piece.whole.isEmpty ? 0 : Int64(piece.whole)
            total = total.flatMap { sum in whole.flatMap { add($0, times: unit, to: sum) } }
            total = total.flatMap { add(fractionNanos(piece.fraction ?? "", of: unit), times: 1, to: $0) }
        }
        return total.map(Reading.value) ?? .tooLarge
    }

    /// The digits after the point, of a unit of so many nanoseconds, rounded down. What lies beyond 18 digits is no nanosecond.
    private static func fractionNanos(_ digits: Substring, of unit: Int64) -> Int64 {
        let digits = digits.prefix(18)
        guard let value = Int64(digits) else { return 0 }
        let scale = digits.reduce(Int64(1)) { scale, _ in scale * 10 }
        let product = value.multipliedFullWidth(by: unit)
        return scale.dividingFullWidth(product).quotient
    }

    private static func add(_ value: Int64, times unit: Int64, to sum: Int64) -> Int64? {
        let (product, tooLarge) = value.multipliedReportingOverflow(by: unit)
        let (result, tooLargeSum) = sum.addingReportingOverflow(product)
        return tooLarge || tooLargeSum ? nil : result
    }

    /// As Go prints a duration: `1h30m0s`, `10.001s`, `250ms`, `2.5µs`, `0s`. https://pkg.go.dev/time#Duration.String
    public static func text(nanos: Int64) -> String {
        let magnitude = nanos.magnitude
        let sign = nanos < 0 ? "-" : ""
        switch magnitude {
        case 0: return "0s"
        case ..<1000: return "\(sign)\(magnitude)ns"
        case ..<1_000_000: return sign + decimal(magnitude, digits: 3) + "\u{b5}s"
        case ..<1_000_000_000: return sign + decimal(magnitude, digits: 6) + "ms"
        default: break
        }
        let minutes = magnitude / 60_000_000_000
        let seconds = decimal(magnitude % 60_000_000_000, digits: 9) + "s"
        if minutes == 0 { return sign + seconds }
        return minutes < 60 ? "\(sign)\(minutes)m\(seconds)" : "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    /// `value` / 10^`digits`, without zeros at the end.
    private static func decimal(_ value: UInt64, digits: Int) -> String {
        let scale = (0..<digits).reduce(UInt64(1)) { scale, _ in scale * 10 }
        let fraction = value % scale
        guard fraction > 0 else { return "\(value / scale)" }
        let padded = String(String(fraction + scale).dropFirst())
        return "\(value / scale)." + padded.prefix(through: padded.lastIndex { $0 != "0" } ?? padded.startIndex)
    }
}
