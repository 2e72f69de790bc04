public import SelfStats

/// What the receivers count, whichever listener it came in by.
public final class ReceiverCounters: Sendable {
    public let grpcRequests = Counter()
    public let protobufRequests = Counter()
    public let jsonRequests = Counter()
    /// Spans on disk.
    public let storedSpans = Counter()
    /// Spans left out because their ids are zero.
    public let rejectedSpans = Counter()
    /// Spans turned away for want of room; their senders try again.
    public let refusedSpans = Counter()
    /// Spans lost to an error of ours.
    public let failedSpans = Counter()
    /// Requests that did not inflate or decode.
    public let malformedRequests = Counter()
    /// Bytes of bodies as received.
    public let receivedBytes = Counter()

    public init() {}
}
