internal import Trace

/// How many spans one stands for that was sampled before it got here.
enum SamplingMultiplier {
    /// From the `ot` member of a trace state, by OpenTelemetry's probability sampling; nil when it says nothing of use.
    ///
    /// With a random value the multiplier is rounded to a whole number, up as often as its fraction says, the same on every span
    /// of a trace.
    /// Source: https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
    static func of(traceState: UnsafeRawBufferPointer) -> Double? {
        guard let member = member(of: traceState), member.count <= 256 else { return nil }
        var threshold: UInt64?
        var random: UInt64?
        if member.isEmpty { return nil }
        for part in member.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false) {
            guard let colon = part.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let key = part[part.startIndex..<colon], value = part[(colon + 1)...]
            guard isKey(key), isValue(value) else { return nil }
            if key.elementsEqual("th".utf8), threshold == nil {
                guard let number = hexadecimal(value), !value.isEmpty else { return nil }
                threshold = number << UInt64(4 * (14 - value.count))
            } else if key.elementsEqual("rv".utf8), random == nil {
                guard value.count == 14, let number = hexadecimal(value) else { return nil }
                random = number
            }
        }
        guard let threshold else { return nil }
        let all = 0x1p56
        let multiplier = all / (all - Double(threshold))
        guard let random else { return multiplier }
        let whole = multiplier.rounded(.down)
        return Double(random >> 3) / 0x1p53 < multiplier - whole ? whole + 1 : whole
    }

    /// From an attribute that holds the ratio of the spans kept; only numbers that are no integers count.
    static func of(ratio: AttributeView) -> Double? {
        guard ratio.type == .double else { return nil }
        let value = Double(bitPattern: ratio.bits)
        return value > 0 && value.isFinite ? 1 / value : nil
    }

    /// The value of the first member named `ot`; blanks around members mean nothing.
    private static func member(of state: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer>? {
        for part in state.split(separator: UInt8(ascii: ",")) {
            var member = part
            while let first = member.first, first == 32 || first == 9 { member = member.dropFirst() }
            while let last = member.last, last == 32 || last == 9 { member = member.dropLast() }
            if member.starts(with: "ot=".utf8) { return member.dropFirst(3) }
        }
        return nil
    }

    private static func isKey(_ key: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard let first = key.first, (97...122).contains(first) else { return false }
        return key.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }

    private static func isValue(_ value: Slice<UnsafeRawBufferPointer>) -> Bool {
        value.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 46 || $0 == 95 }
    }

    /// At most 14 digits.
    private static func hexadecimal(_ digits: Slice<UnsafeRawBufferPointer>) -> UInt64? { digits.count > 14 ? nil : hexValue(digits) }
}
