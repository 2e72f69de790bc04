public import SelfStats

/// What the receivers count, whichever listener it came in by.
///
/// received = accepted + refused + failed + rejected, plus what waits for its answer.
public final class ReceiverCounters: Sendable {
    /// One counter for each transport, since dashboards tell them apart.
    public struct ByTransport: Sendable {
        public let grpc = Counter(), http = Counter()

        public subscript(transport: Submission.Transport) -> Counter { transport == .grpc ? grpc : http }
        public var sum: Int { grpc.value + http.value }
    }

    public let grpcRequests = Counter()
    public let protobufRequests = Counter()
    public let jsonRequests = Counter()
    /// Spans decoded.
    public let receivedSpans = Counter()
    /// Spans on disk.
    public let acceptedSpans = ByTransport()
    /// Spans turned away for want of room; their senders try again.
    public let refusedSpans = ByTransport()
    /// Spans left out of a request that was taken, by what is wrong with them.
    public let rejectedSpans = LabeledCounters("reason")
    /// Spans lost to an error of ours.
    public let failedSpans = Counter()
    /// Requests that did not inflate or decode.
    public let malformedRequests = Counter()
    /// Bytes of bodies as received.
    public let receivedBytes = Counter()

    public init() {}
}
