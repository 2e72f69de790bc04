/// Spans as flat records over one arena of bytes: what a request decodes to, what the store appends, and what a fetched
/// trace comes back as.
///
/// Text, nested values and messages are `ByteRange`s of the arena; nothing here owns a `String`. A decoded request's arena is
/// the (inflated) request body itself, so decoding copies nothing; what has no place in that body (text unescaped from JSON,
/// a merged message) is appended to `extra`, whose bytes follow the body's in the numbering.
///
/// Invariant: each range lies within the arena, each index within its table. The decoders prove it, readers rely on it.
public struct SpanBatch: @unchecked Sendable {   // the body is never written once a batch refers to it
    /// Keeps `body` alive.
    public let owner: AnyObject?
    public let body: UnsafeRawBufferPointer
    public var extra: ContiguousArray<UInt8> = []

    public var resources: ContiguousArray<ResourceRecord> = []
    public var scopes: ContiguousArray<ScopeRecord> = []
    public var spans: ContiguousArray<SpanRecord> = []
    public var attributes: ContiguousArray<AttributeRecord> = []
    public var events: ContiguousArray<EventRecord> = []
    public var links: ContiguousArray<LinkRecord> = []

    @inlinable public init(body: UnsafeRawBufferPointer, owner: AnyObject?) {
        self.body = body
        self.owner = owner
    }

    /// An empty batch whose arena is `extra` alone.
    @inlinable public init() { self.init(body: UnsafeRawBufferPointer(start: nil, count: 0), owner: nil) }

    /// Calls `read` with the bytes of `range`, which are valid only within the call.
    @inlinable public func withBytes<R>(_ range: ByteRange, _ read: (UnsafeRawBufferPointer) -> R) -> R {
        if range.end <= body.count { return read(UnsafeRawBufferPointer(rebasing: body[range.start..<range.end])) }
        return extra.withUnsafeBytes { read(UnsafeRawBufferPointer(rebasing: $0[range.start - body.count..<range.end - body.count])) }
    }

    /// The text of `range`; invalid UTF-8 is repaired with U+FFFD.
    public func string(_ range: ByteRange) -> String { withBytes(range) { String(decoding: $0, as: UTF8.self) } }

    /// Appends `bytes` to the arena.
    @inlinable public mutating func append(_ bytes: UnsafeRawBufferPointer) -> ByteRange {
        let start = body.count + extra.count
        extra.append(contentsOf: bytes)
        return ByteRange(start: start, count: bytes.count)
    }
}

/// Where some bytes stand in a batch's arena.
@frozen public struct ByteRange: Equatable, Sendable {
    public var offset: UInt32
    public var length: UInt32

    @inlinable public init(start: Int, count: Int) {
        offset = UInt32(truncatingIfNeeded: start)
        length = UInt32(truncatingIfNeeded: count)
    }

    @inlinable public static var empty: ByteRange { ByteRange(start: 0, count: 0) }
    @inlinable public var start: Int { Int(offset) }
    @inlinable public var count: Int { Int(length) }
    @inlinable public var end: Int { Int(offset) + Int(length) }
    @inlinable public var isEmpty: Bool { length == 0 }
}

/// Consecutive entries of one of a batch's tables.
@frozen public struct RowRange: Equatable, Sendable {
    public var first: UInt32
    public var length: UInt32

    @inlinable public init(first: Int, count: Int) {
        self.first = UInt32(truncatingIfNeeded: first)
        length = UInt32(truncatingIfNeeded: count)
    }

    @inlinable public static var empty: RowRange { RowRange(first: 0, count: 0) }
    @inlinable public var indices: Range<Int> { Int(first)..<Int(first) + Int(length) }
    @inlinable public var count: Int { Int(length) }
    @inlinable public var isEmpty: Bool { length == 0 }
}

/// What produced spans. `message` is an encoded `opentelemetry.proto.resource.v1.Resource`; read it with `AttributeReader`.
@frozen public struct ResourceRecord: Equatable, Sendable {
    public var message: ByteRange
    public var schemaURL: ByteRange

    @inlinable public init(message: ByteRange, schemaURL: ByteRange) {
        self.message = message
        self.schemaURL = schemaURL
    }
}

/// What recorded spans. `message` is an encoded `opentelemetry.proto.common.v1.InstrumentationScope`.
@frozen public struct ScopeRecord: Equatable, Sendable {
    public var resource: UInt32
    public var message: ByteRange
    public var schemaURL: ByteRange

    @inlinable public init(resource: Int, message: ByteRange, schemaURL: ByteRange) {
        self.resource = UInt32(resource)
        self.message = message
        self.schemaURL = schemaURL
    }
}

/// One span. Times are nanoseconds since 1970 as sent: 0 means unknown, `endNanos` may lie before `startNanos`.
@frozen public struct SpanRecord: Equatable, Sendable {
    public var traceID = TraceID(high: 0, low: 0)
    public var spanID = SpanID.none
    public var parentID = SpanID.none
    public var startNanos: UInt64 = 0
    public var endNanos: UInt64 = 0
    public var name = ByteRange.empty
    public var traceState = ByteRange.empty
    public var statusMessage = ByteRange.empty
    /// The number as sent; `SpanKind` names the known ones.
    public var kind: Int32 = 0
    /// The number as sent; `SpanStatus` names the known ones.
    public var status: Int32 = 0
    public var flags: UInt32 = 0
    /// Index into `SpanBatch.scopes`.
    public var scope: UInt32 = 0
    public var attributes = RowRange.empty
    public var events = RowRange.empty
    public var links = RowRange.empty
    public var droppedAttributes: UInt32 = 0
    public var droppedEvents: UInt32 = 0
    public var droppedLinks: UInt32 = 0

    @inlinable public init() {}
}

/// One attribute of a span, an event or a link. Order and duplicate keys are kept as sent.
@frozen public struct AttributeRecord: Equatable, Sendable {
    public var key: ByteRange
    /// What `bits` holds, by type: `string`, `other`: a `ByteRange` (`range`); `int`: the value; `double`: its bit pattern;
    /// `bool`: 0 or 1; `empty`: 0.
    public var bits: UInt64
    public var type: AttributeType

    @inlinable public init(key: ByteRange, type: AttributeType, bits: UInt64) {
        self.key = key
        self.type = type
        self.bits = bits
    }

    @inlinable public init(key: ByteRange, type: AttributeType, range: ByteRange) {
        self.init(key: key, type: type, bits: UInt64(range.offset) | UInt64(range.length) << 32)
    }

    @inlinable public var range: ByteRange {
        ByteRange(start: Int(UInt32(truncatingIfNeeded: bits)), count: Int(bits >> 32))
    }
}

/// The types an attribute's value can have.
@frozen public enum AttributeType: UInt8, Sendable, CaseIterable {
    /// An AnyValue with nothing set, which is a valid value.
    case empty = 0
    case string, bool, int, double
    /// An array, a map or bytes, kept as an encoded `opentelemetry.proto.common.v1.AnyValue`.
    case other
}

/// A moment within a span.
@frozen public struct EventRecord: Equatable, Sendable {
    public var timeNanos: UInt64 = 0
    public var name = ByteRange.empty
    public var attributes = RowRange.empty
    public var droppedAttributes: UInt32 = 0

    @inlinable public init() {}
}

/// A pointer from a span to another span, mostly of another trace.
@frozen public struct LinkRecord: Equatable, Sendable {
    public var traceID = TraceID(high: 0, low: 0)
    public var spanID = SpanID.none
    public var traceState = ByteRange.empty
    public var attributes = RowRange.empty
    public var droppedAttributes: UInt32 = 0
    public var flags: UInt32 = 0

    @inlinable public init() {}
}

/// `opentelemetry.proto.trace.v1.Span.SpanKind`.
public enum SpanKind: Int32, Sendable, CaseIterable {
    case unspecified = 0, `internal`, server, client, producer, consumer
}

/// `opentelemetry.proto.trace.v1.Status.StatusCode`.
public enum SpanStatus: Int32, Sendable, CaseIterable {
    case unset = 0, ok, error
}
