/// Takes the length-prefixed messages of a gRPC stream apart, wherever the transport has cut it, for a call that may carry
/// exactly one. A plain value: it looks at bytes, keeps five of them, and says what comes next.
///
/// A message is one byte of flags (0 plain, 1 compressed), four bytes of length (big-endian), and the payload.
/// Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Length-Prefixed-Message.
struct GRPCMessageReader {
    enum Event: Equatable {
        /// The prefix is complete.
        case message(length: Int, isCompressed: Bool)
        /// The next `count` of the given bytes belong to the payload.
        case payload(count: Int)
        /// The call cannot be served.
        case failure(GRPCStatus)
    }

    private var prefix: UInt64 = 0
    private var prefixCount = 0
    private var remaining = 0

    static let prefixBytes = 5

    var isComplete: Bool { prefixCount == Self.prefixBytes && remaining == 0 }

    /// Reads on from `offset` in `bytes` and moves it; nil when all of them are used up.
    mutating func next(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) -> Event? {
        while prefixCount < Self.prefixBytes {
            guard offset < bytes.count else { return nil }
            prefix = prefix << 8 | UInt64(bytes[offset])
            offset += 1
            prefixCount += 1
            if prefixCount == Self.prefixBytes { return begin() }
        }
        guard offset < bytes.count else { return nil }
        guard remaining > 0 else {
            return .failure(GRPCStatus(.internal, "cardinality violation: received more than one message for a unary call"))
        }
        let count = min(remaining, bytes.count - offset)
        remaining -= count
        offset += count
        return .payload(count: count)
    }

    private mutating func begin() -> Event {
        let flags = prefix >> 32
        guard flags <= 1 else { return .failure(GRPCStatus(.internal, "grpc: received unexpected payload format \(flags)")) }
        remaining = Int(prefix & 0xffff_ffff)
        return .message(length: remaining, isCompressed: flags == 1)
    }

    /// At the end of the stream: what is wrong with it, if anything.
    var failureAtEnd: GRPCStatus? {
        if prefixCount == 0 {
            return GRPCStatus(.internal, "cardinality violation: received no request message from a unary call")
        }
        return isComplete ? nil : GRPCStatus(.internal, "the stream ended within a message: unexpected EOF")
    }
}
