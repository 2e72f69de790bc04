public import SelfStats

/// What the store counts about itself; shown at `/metrics`.
public struct StoreCounters: Sendable {
    public let appendedRequests = Counter()
    public let appendedSpans = Counter()
    public let refusedRequests = Counter()
    /// Spans left out of a block because an earlier one had the same trace, id and kind.
    public let duplicateSpans = Counter()
    public let blocksWritten = Counter()
    public let blockSpans = Counter()
    public let blockBytes = Counter()
    /// Nanoseconds spent encoding and committing blocks.
    public let blockNanos = Counter()
    public let blockWriteFailures = Counter()
    public let compactions = Counter()
    public let compactionFailures = Counter()
    /// Blocks and bytes that merges took, and those they made of them.
    public let compactedBlocks = Counter()
    public let compactedBytes = Counter()
    public let compactionBlocks = Counter()
    public let compactionBytes = Counter()
    /// Spans in blocks made by merges.
    public let compactedSpans = Counter()
    /// Nanoseconds spent merging.
    public let compactionNanos = Counter()
    public let expiredBlocks = Counter()
    public let expiredSpans = Counter()
    public let evictedBlocks = Counter()
    public let evictedSpans = Counter()
    public let replayedRequests = Counter()
    public let replayedSpans = Counter()
    /// Reads that met a damaged block and went on without it.
    public let damagedReads = Counter()
    public let traceReads = Counter()
    public let listReads = Counter()

    init() {}
}
