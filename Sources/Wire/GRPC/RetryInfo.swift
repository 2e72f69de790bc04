/// The retry hint of a refused call, in protobuf, built by hand: two messages of two fields each need no code generator.
/// Source: google/rpc/status.proto, google/rpc/error_details.proto, google/protobuf/{any,duration}.proto.
enum RetryInfo {
    /// `google.rpc.RetryInfo { Duration retry_delay = 1 { int64 seconds = 1; int32 nanos = 2 } }`
    static func encode(seconds: Double) -> [UInt8] {
        let clamped = max(0, min(seconds.isFinite ? seconds : 0, 315_576_000_000))
        let whole = clamped.rounded(.down)
        var duration: [UInt8] = []
        appendVarintField(1, UInt64(whole), to: &duration)
        appendVarintField(2, UInt64((clamped - whole) * 1e9), to: &duration)
        return field(1, duration)
    }

    /// `google.rpc.Status { int32 code = 1; string message = 2; repeated Any details = 3 }` with a RetryInfo as its detail.
    static func status(_ status: GRPCStatus, retryInfo: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        appendVarintField(1, UInt64(status.code.rawValue), to: &encoded)
        encoded += field(2, Array(status.message.utf8))
        let any = field(1, Array("type.googleapis.com/google.rpc.RetryInfo".utf8)) + field(2, retryInfo)
        return encoded + field(3, any)
    }

    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        var encoded = [number << 3 | 2]
        appendVarint(UInt64(content.count), to: &encoded)
        return encoded + content
    }

    private static func appendVarintField(_ number: UInt8, _ value: UInt64, to bytes: inout [UInt8]) {
        guard value != 0 else { return }
        bytes.append(number << 3)
        appendVarint(value, to: &bytes)
    }

    private static func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

extension GRPCStatus {
    /// The trailers that end a call with this status.
    var trailers: [(name: String, value: [UInt8])] {
        var trailers: [(name: String, value: [UInt8])] = [("grpc-status", Array(String(code.rawValue).utf8))]
        if !message.isEmpty { trailers.append(("grpc-message", Percent.encodeGRPCMessage(String(message.prefix(4096))))) }
        if let seconds = retryAfterSeconds {
            let retryInfo = RetryInfo.encode(seconds: seconds)
            trailers.append(("grpc-status-details-bin", Base64.encode(RetryInfo.status(self, retryInfo: retryInfo))))
            trailers.append(("google.rpc.retryinfo-bin", Base64.encode(retryInfo)))
        }
        return trailers
    }

    /// The status as an HTTP answer, for a handler that ends a plain HTTP request this way.
    /// Mapping: OpenTelemetry Collector, `internal/statusutil`.
    var response: Response {
        let status = switch code {
        case .ok: 200
        case .cancelled, .deadlineExceeded, .aborted, .outOfRange, .unavailable, .dataLoss: 503
        case .resourceExhausted: 429
        case .invalidArgument: 400
        case .unauthenticated: 401
        case .permissionDenied: 403
        case .unimplemented, .notFound: 404
        default: 500
        }
        let hint = retryAfterSeconds.map { [(name: "retry-after", value: String(Int(max(1, min($0.rounded(.up), 86_400)))))] } ?? []
        return .text(status, message + "\n", headers: hint)
    }
}
