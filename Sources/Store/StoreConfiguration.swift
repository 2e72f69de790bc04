/// Where spans are kept, and what is deleted first when no more may be kept.
public struct StoreConfiguration: Sendable, Equatable {
    /// Holds `loupe.db`, `journal/` and `lock`. Created when absent.
    public var directory: String
    /// How long a span stays queryable, counted from its start (its receipt when it has none). Whole blocks are deleted.
    public var retentionSeconds: Int = 7 * 86_400
    /// The most the directory may occupy; the oldest blocks go first.
    public var maxDiskBytes: Int = 10 << 30
    /// The process's memory budget; the store keeps its heads within a part of it.
    public var memoryBytes: Int = 512 << 20
    /// Whether an acknowledgement waits for `fdatasync`: survives power loss. Off, it survives `kill -9` only.
    public var fsync = true

    /// Whether small blocks are merged; off in tests that count blocks.
    var compacts = true

    public init(directory: String) { self.directory = directory }
}
