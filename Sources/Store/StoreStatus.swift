/// What the store holds and does right now.
public struct StoreStatus: Sendable {
    public var directory: String
    /// Spans and traces held, in memory and blocks. A trace in two blocks counts twice.
    public var spans: Int
    public var traces: Int
    public var spansInMemory: Int
    public var blocks: Int
    public var damagedBlocks: Int
    public var oldestNanos: UInt64?
    public var newestNanos: UInt64?
    public var diskBytes: Int
    public var maxDiskBytes: Int
    public var memoryBytes: Int
    public var retentionSeconds: Int
    /// Set once a disk write failed: no appends are accepted, the text says why.
    public var failure: String?
    /// Whether a span was ever stored here, even if retention has removed it.
    public var everReceived: Bool
}
