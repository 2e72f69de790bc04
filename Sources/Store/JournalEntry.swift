/// A request as it goes to the journal: the body as received, so that a replay decodes what the sender sent.
public struct JournalEntry: @unchecked Sendable {   // `body` is read-only memory kept by `owner`
    public enum Format: UInt8, Sendable { case protobuf = 0, json = 1 }
    public enum Compression: UInt8, Sendable { case identity = 0, gzip = 1, deflate = 2 }

    public var body: UnsafeRawBufferPointer
    /// Keeps `body` alive.
    public var owner: any AnyObject & Sendable
    public var format: Format
    public var compression: Compression
    public var receivedNanos: UInt64

    public init(
        body: UnsafeRawBufferPointer, owner: any AnyObject & Sendable, format: Format, compression: Compression, receivedNanos: UInt64
    ) {
        self.body = body
        self.owner = owner
        self.format = format
        self.compression = compression
        self.receivedNanos = receivedNanos
    }
}

/// What became of an append.
public enum AppendResult: Sendable, Equatable {
    /// In the journal and queryable.
    case stored
    /// Not kept; the sender should try again. The text says why.
    case refused(String)
}
