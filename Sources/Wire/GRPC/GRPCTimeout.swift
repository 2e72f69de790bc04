internal import NIOCore

/// `grpc-timeout`: one to eight digits and a unit.
/// Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Timeout.
enum GRPCTimeout {
    /// nil when it is malformed.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> TimeAmount? {
        guard bytes.count >= 2, bytes.count <= 9 else { return nil }
        var value: Int64 = 0
        for byte in bytes.dropLast() {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        switch bytes[bytes.count - 1] {
        case UInt8(ascii: "H"): return .hours(min(value, 87_600))        // ten years: beyond is for ever, and cannot overflow
        case UInt8(ascii: "M"): return .minutes(min(value, 5_256_000))
        case UInt8(ascii: "S"): return .seconds(value)
        case UInt8(ascii: "m"): return .milliseconds(value)
        case UInt8(ascii: "u"): return .microseconds(value)
        case UInt8(ascii: "n"): return .nanoseconds(value)
        default: return nil
        }
    }
}
