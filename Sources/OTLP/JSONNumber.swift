/// Numbers in JSON text, whether bare or within a string. Integers never pass through Double: times exceed 2^53.
enum JSONNumber {
    /// The length of the number (RFC 8259, section 6) at the start of `text`; nil when there is none.
    static func prefix(_ text: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        func isDigit() -> Bool { index < text.count && text[index] >= 48 && text[index] <= 57 }
        func digits() -> Bool {
            let start = index
            while isDigit() { index += 1 }
            return index > start
        }
        if index < text.count, text[index] == UInt8(ascii: "-") { index += 1 }
        if index < text.count, text[index] == UInt8(ascii: "0") {
            index += 1
            if isDigit() { return nil }
        } else if !digits() {
            return nil
        }
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            guard digits() else { return nil }
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index += 1 }
            guard digits() else { return nil }
        }
        return index
    }

    /// Digits alone, at most `limit`.
    static func unsigned(_ text: UnsafeRawBufferPointer, limit: UInt64 = .max) -> UInt64? {
        guard !text.isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in text {
            let digit = byte &- 48
            guard digit < 10 else { return nil }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
            if overflow || carry { return nil }
            value = sum
        }
        return value <= limit ? value : nil
    }

    /// Digits with a minus before them or not.
    static func signed(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard text.first == UInt8(ascii: "-") else {
            return unsigned(text, limit: UInt64(Int64.max)).map { Int64(bitPattern: $0) }
        }
        return unsigned(UnsafeRawBufferPointer(rebasing: text.dropFirst()), limit: 1 << 63).map { Int64(bitPattern: 0 &- $0) }
    }

    /// A decimal number of any form; nil also when it is larger than a Double can be.
    static func double(_ text: UnsafeRawBufferPointer) -> Double? {
        guard prefix(text) == text.count, let value = Double(String(decoding: text, as: UTF8.self)) else { return nil }
        return value.isFinite ? value : nil
    }
}
