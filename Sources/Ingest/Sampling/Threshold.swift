/// How little randomness is not enough: a span is kept iff its 56-bit randomness is at least this. 2^56 keeps none.
/// Source: https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
struct Threshold: Equatable, Comparable, Sendable {
    var value: UInt64

    static let always = Threshold(value: 0)
    static let never = Threshold(value: 1 << 56)
    /// The smallest probability that is one.
    static let leastProbability = 0x1p-56

    static func < (a: Threshold, b: Threshold) -> Bool { a.value < b.value }

    init(value: UInt64) { self.value = value }

    /// - Parameter precision: how many hexadecimal digits are significant, beyond those that a probability near 0 or 1 takes anyway.
    init(probability: Double, precision: Int) {
        guard (Self.leastProbability..<1).contains(probability) else {
            self = probability >= 1 ? .always : .never
            return
        }
        func leadingDigits(_ p: Double) -> Int { p == 0 ? 0 : (Int(p.exponent) + 1) / -4 }
        let digits = min(14, max(precision + leadingDigits(probability), precision + leadingDigits(1 - probability)))
        var value = (1 << 56) - UInt64((probability * 0x1p56).rounded())
        if digits < 14 {
            let cut = UInt64(4 * (14 - digits))
            value = ((value + (1 << (cut - 1))) >> cut) << cut
        }
        self.value = value
    }

    var probability: Double { Double((1 << 56) - min(value, 1 << 56)) * 0x1p-56 }

    /// Up to 14 digits, zeros at the end cut. `never` has no text and is not written.
    var text: [UInt8] {
        var digits = Self.digits(value)
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return digits
    }

    /// 14 hexadecimal digits.
    static func digits(_ value: UInt64) -> [UInt8] {
        (0..<14).map { place in
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(52 - 4 * place)) & 15
            return nibble < 10 ? 48 + nibble : 87 + nibble
        }
    }
}
