internal import Trace

/// 64 bytes: a cache line, since rows are read in another order than they came in.
struct StagedSpan: BitwiseCopyable {
    var spanID: UInt64 = 0
    var parentID: UInt64 = 0
    var startNanos: UInt64 = 0
    var durationNanos: UInt64 = 0
    var trace: UInt32 = 0
    var name: UInt32 = 0
    /// The envelope's number in the upper 24 bits, then `kindAndStatus`.
    private var envelopeKindAndStatus: UInt32 = 0
    var shape: UInt32 = 0
    var firstValue: UInt32 = 0
    var firstEvent: UInt32 = 0
    var firstLink: UInt32 = 0
    /// `manyRows` stands for itself and more: then the next span's first event or link tells.
    var eventCount: UInt16 = 0
    var linkCount: UInt16 = 0

    static let manyRows = UInt16.max
    static let envelopeLimit = 1 << 24

    /// Bits 0-2 kind, 3-4 status; numbers beyond are rare fields.
    @inline(__always) var kindAndStatus: UInt8 { UInt8(truncatingIfNeeded: envelopeKindAndStatus) }
    @inline(__always) var envelope: UInt32 { envelopeKindAndStatus >> 8 }

    @inline(__always) mutating func set(envelope: UInt32, kindAndStatus: UInt8) {
        envelopeKindAndStatus = envelope << 8 | UInt32(kindAndStatus)
    }
}

struct StagedEvent: BitwiseCopyable {
    var timeNanos: UInt64
    var name: UInt32
    var firstValue: UInt32
    var shape: UInt32 = 0
}

struct StagedLink: BitwiseCopyable {
    var traceID: TraceID
    var spanID: UInt64
    var firstValue: UInt32
    var shape: UInt32 = 0
}

/// When spans start and end, and until when retention keeps them. An unknown start is 0 here too.
package struct TimeRange: Equatable, Sendable {
    package var minNanos = UInt64.max
    package var maxNanos: UInt64 = 0
    /// The latest start, where an unknown start and one later than its receipt count as of its receipt: a clock set to 2106 keeps no block for ever.
    var keepNanos: UInt64 = 0

    mutating func include(start: UInt64, end: UInt64, received: UInt64) {
        minNanos = min(minNanos, start)
        maxNanos = max(maxNanos, start, end)
        keepNanos = max(keepNanos, start == 0 ? received : min(start, received))
    }
}

/// The rows of a head at one moment, readable on any thread.
struct HeadView: Sendable {
    let traces: Frozen<TraceID>
    let spans: Frozen<StagedSpan>
    let events: Frozen<StagedEvent>
    let links: Frozen<StagedLink>
    let names: FrozenDictionary
    let eventNames: FrozenDictionary
    let resources: FrozenDictionary
    let scopes: FrozenDictionary
    let envelopes: [Envelope]
    let spanAttributes: FrozenAttributes
    let eventAttributes: FrozenAttributes
    let linkAttributes: FrozenAttributes
    let times: TimeRange

    /// The events of staged row `row`, as rows of `events`.
    @inline(__always) func events(of span: StagedSpan, row: Int) -> Range<Int> {
        let first = Int(span.firstEvent)
        if span.eventCount != StagedSpan.manyRows { return first..<first + Int(span.eventCount) }
        return first..<(row + 1 < spans.count ? Int(spans[row + 1].firstEvent) : events.count)
    }

    @inline(__always) func links(of span: StagedSpan, row: Int) -> Range<Int> {
        let first = Int(span.firstLink)
        if span.linkCount != StagedSpan.manyRows { return first..<first + Int(span.linkCount) }
        return first..<(row + 1 < spans.count ? Int(spans[row + 1].firstLink) : links.count)
    }
}

/// A resource and a scope that recorded with it, as numbers of their dictionaries.
package struct Envelope: Hashable, Sendable {
    package var resource: UInt32
    package var scope: UInt32
}

/// The distinct resources and scopes of a head, interned by their encoded messages; parsed only where somebody asks.
/// A dictionary entry is the message's length as a varint, the message, and the schema URL.
package struct EnvelopeTable {
    private var resources = ByteDictionary(isText: false)
    private var scopes = ByteDictionary(isText: false)
    private(set) var pairs: [Envelope] = []
    private var numbers: [Envelope: UInt32] = [:]
    private var scratch: [UInt8] = []
    var newServices: [String] = []

    var frozenResources: FrozenDictionary { resources.frozen }
    var frozenScopes: FrozenDictionary { scopes.frozen }
    var isFull: Bool { pairs.count > 200_000 }   // far below StagedSpan.envelopeLimit

    mutating func number(of scope: ScopeRecord, in batch: SpanBatch, bytes: borrowing BatchBytes) -> UInt32 {
        let resource = batch.resources[Int(scope.resource)]
        let pair = Envelope(
            resource: intern(bytes[resource.message], bytes[resource.schemaURL], isResource: true),
            scope: intern(bytes[scope.message], bytes[scope.schemaURL], isResource: false))
        if let number = numbers[pair] { return number }
        let number = UInt32(pairs.count)
        pairs.append(pair)
        numbers[pair] = number
        return number
    }

    private mutating func intern(_ message: UnsafeRawBufferPointer, _ schemaURL: UnsafeRawBufferPointer, isResource: Bool) -> UInt32 {
        scratch.removeAll(keepingCapacity: true)
        var length = message.count
        while length >= 0x80 {
            scratch.append(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        scratch.append(UInt8(length))
        scratch.append(contentsOf: message)
        scratch.append(contentsOf: schemaURL)
        if !isResource { return scratch.withUnsafeBytes { scopes.code(for: $0) } }
        let known = resources.count
        let code = scratch.withUnsafeBytes { resources.code(for: $0) }
        if resources.count > known { newServices.append(Self.serviceName(scratch)) }
        return code
    }
}
