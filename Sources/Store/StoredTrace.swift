public import Trace

/// All spans of one trace, joined over memory and blocks, duplicates removed, by start time.
public struct StoredTrace: Sendable {
    public var id: TraceID
    /// One resource record per distinct resource, one scope record per distinct scope of it; spans by (start, arrival).
    public var batch: SpanBatch
    /// Changes whenever a span of the trace arrives.
    public var revision: UInt64
    /// When the last span arrived, as far as memory knows; nil when all of them are in blocks.
    public var lastReceivedNanos: UInt64?
    /// Encoded bytes read to answer.
    public var inspectedBytes: Int
    /// Set when the trace is larger than the limit and only a part is here: a sentence for the reader.
    public var partial: String?
}
