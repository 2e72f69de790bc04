/// The 16 bytes that name a trace, kept as two big-endian halves so that `<` is the order of the bytes.
@frozen public struct TraceID: Hashable, Comparable, Sendable {
    public var high: UInt64
    public var low: UInt64

    @inlinable public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 16 bytes in wire order.
    @inlinable public init(wire bytes: UnsafeRawPointer) {
        high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    @inlinable public var isZero: Bool { high | low == 0 }

    @inlinable public static func < (a: TraceID, b: TraceID) -> Bool {
        a.high != b.high ? a.high < b.high : a.low < b.low
    }

    /// The 16 bytes in wire order.
    public var wireBytes: [UInt8] { bigEndianBytes(high) + bigEndianBytes(low) }

    /// 32 lower-case hexadecimal digits.
    public var hex: String { hexDigits(high) + hexDigits(low) }

    /// Reads up to 32 hexadecimal digits of either case; shorter text is padded with zeros on the left. Nil for anything else.
    public init?(hex text: some StringProtocol) {
        let digits = text.utf8
        guard (1...32).contains(digits.count) else { return nil }
        let split = max(0, digits.count - 16)
        guard let high = hexValue(digits.prefix(split)), let low = hexValue(digits.dropFirst(split)) else { return nil }
        self.init(high: high, low: low)
    }
}

/// The 8 bytes that name a span within its trace. Zero means none.
@frozen public struct SpanID: Hashable, Comparable, Sendable {
    public var bits: UInt64

    @inlinable public init(bits: UInt64) { self.bits = bits }

    /// Reads 8 bytes in wire order.
    @inlinable public init(wire bytes: UnsafeRawPointer) { bits = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)) }

    @inlinable public static var none: SpanID { SpanID(bits: 0) }
    @inlinable public var isZero: Bool { bits == 0 }
    @inlinable public static func < (a: SpanID, b: SpanID) -> Bool { a.bits < b.bits }

    /// The 8 bytes in wire order.
    public var wireBytes: [UInt8] { bigEndianBytes(bits) }

    /// 16 lower-case hexadecimal digits.
    public var hex: String { hexDigits(bits) }

    /// Reads up to 16 hexadecimal digits of either case. Nil for anything else.
    public init?(hex text: some StringProtocol) {
        guard (1...16).contains(text.utf8.count), let bits = hexValue(text.utf8) else { return nil }
        self.init(bits: bits)
    }
}

private func bigEndianBytes(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) } }

private func hexDigits(_ value: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { digits in
        for place in 0..<16 {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * place)) & 15
            digits[place] = nibble < 10 ? 48 + nibble : 87 + nibble
        }
        return 16
    }
}

/// The number that hexadecimal digits of either case write; nil for any other byte. Of more than 16 digits the last 16 count.
@inlinable public func hexValue(_ digits: some Sequence<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for digit in digits {
        switch digit {
        case 48...57: value = value << 4 | UInt64(digit - 48)
        case 65...70: value = value << 4 | UInt64(digit - 55)
        case 97...102: value = value << 4 | UInt64(digit - 87)
        default: return nil
        }
    }
    return value
}
