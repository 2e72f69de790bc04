import Trace

@testable import Store

/// A span with everything spelled out, to compare what went in with what came out.
struct PlainSpan: Equatable {
    struct Attribute: Equatable {
        var key: String
        var type: AttributeType
        /// Text and encoded values as bytes, everything else as its bits.
        var bytes: [UInt8]
        var bits: UInt64
    }
    struct Event: Equatable {
        var time: UInt64
        var name: String
        var dropped: UInt32
        var attributes: [Attribute]
    }
    struct Link: Equatable {
        var traceID: TraceID
        var spanID: SpanID
        var traceState: String
        var dropped: UInt32
        var flags: UInt32
        var attributes: [Attribute]
    }
    var traceID: TraceID
    var spanID: SpanID
    var parentID: SpanID
    var start: UInt64
    var end: UInt64
    var name: String
    var traceState: String
    var statusMessage: String
    var kind: Int32
    var status: Int32
    var flags: UInt32
    var dropped: [UInt32]
    var resource: [UInt8]
    var resourceSchema: String
    var scope: [UInt8]
    var scopeSchema: String
    var attributes: [Attribute]
    var events: [Event]
    var links: [Link]
}

extension SpanBatch {
    var plain: [PlainSpan] { spans.map(plain) }

    private func bytes(_ range: ByteRange) -> [UInt8] { withBytes(range) { Array($0) } }

    private func plain(_ rows: RowRange) -> [PlainSpan.Attribute] {
        attributes[rows.indices].map {
            let isText = $0.type == .string || $0.type == .other
            return .init(key: string($0.key), type: $0.type, bytes: isText ? bytes($0.range) : [], bits: isText ? 0 : $0.bits)
        }
    }

    func plain(_ span: SpanRecord) -> PlainSpan {
        let scope = scopes[Int(span.scope)], resource = resources[Int(scope.resource)]
        return PlainSpan(
            traceID: span.traceID, spanID: span.spanID, parentID: span.parentID, start: span.startNanos, end: span.endNanos,
            name: string(span.name), traceState: string(span.traceState), statusMessage: string(span.statusMessage), kind: span.kind,
            status: span.status, flags: span.flags, dropped: [span.droppedAttributes, span.droppedEvents, span.droppedLinks],
            resource: bytes(resource.message), resourceSchema: string(resource.schemaURL), scope: bytes(scope.message), scopeSchema: string(scope.schemaURL),
            attributes: plain(span.attributes),
            events: events[span.events.indices].map {
                .init(time: $0.timeNanos, name: string($0.name), dropped: $0.droppedAttributes, attributes: plain($0.attributes))
            },
            links: links[span.links.indices].map {
                .init(traceID: $0.traceID, spanID: $0.spanID, traceState: string($0.traceState), dropped: $0.droppedAttributes, flags: $0.flags,
                      attributes: plain($0.attributes))
            })
    }
}

/// The same numbers for the same seed on every machine. SplitMix64, Steele et al. 2014.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

/// Makes batches of spans with every kind of oddity that a request can hold.
struct BatchMaker {
    var random: SeededGenerator
    var baseNanos: UInt64 = 1_700_000_000_000_000_000
    var hasUnknownStarts = true
    private var traces: [TraceID] = []
    private var spanIDs: [TraceID: [SpanID]] = [:]

    init(seed: UInt64) { random = SeededGenerator(seed) }

    mutating func text(_ kinds: Int = 40) -> String {
        ["", "GET /cart/\(Int.random(in: 0..<kinds, using: &random))", "SELECT * FROM \"t\(Int.random(in: 0..<5, using: &random))\" WHERE id = %s",
         "ключ \(Int.random(in: 0..<kinds, using: &random)) ✓", "\u{0}nul\u{0}", String(repeating: "x", count: Int.random(in: 0..<300, using: &random)),
         "id-\(UInt64.random(in: 0 ... .max, using: &random))"].randomElement(using: &random)!
    }

    private mutating func append(_ text: String, to batch: inout SpanBatch) -> ByteRange {
        var text = text
        return text.withUTF8 { batch.append(UnsafeRawBufferPointer($0)) }
    }

    private mutating func attributes(_ batch: inout SpanBatch, atMost: Int) -> RowRange {
        let first = batch.attributes.count
        for _ in 0..<Int.random(in: 0...atMost, using: &random) {
            let key = append(["a", "http.route", "db.statement", "n", "", "ключ", "a"].randomElement(using: &random)!, to: &batch)
            let type = AttributeType.allCases.randomElement(using: &random)!
            switch type {
            case .empty: batch.attributes.append(.init(key: key, type: type, bits: 0))
            case .bool: batch.attributes.append(.init(key: key, type: type, bits: UInt64.random(in: 0...1, using: &random)))
            case .int:
                let value = [0, 1, 200, -1, Int64.min, Int64.max, Int64.random(in: 0...999, using: &random)].randomElement(using: &random)!
                batch.attributes.append(.init(key: key, type: type, bits: UInt64(bitPattern: value)))
            case .double:
                let value = [0, -0.0, .infinity, .nan, 1.5, Double.random(in: 0...1, using: &random)].randomElement(using: &random)!
                batch.attributes.append(.init(key: key, type: type, bits: value.bitPattern))
            case .string: batch.attributes.append(.init(key: key, type: type, range: append(text(), to: &batch)))
            case .other:
                let bytes: [UInt8] = [0x3a, 2, UInt8.random(in: 0...255, using: &random), 0xff]       // AnyValue with bytes_value
                batch.attributes.append(.init(key: key, type: type, range: bytes.withUnsafeBytes { batch.append($0) }))
            }
        }
        return RowRange(first: first, count: batch.attributes.count - first)
    }

    /// A resource message with service.name = `service`.
    static func resource(_ service: String) -> [UInt8] {
        func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }
        return field(1, field(1, Array("service.name".utf8)) + field(2, field(1, Array(service.utf8))))
    }

    mutating func batch(spans: Int, traces traceCount: Int, services: [String] = ["shop-web", "cart", ""], newTraces: Bool = false) -> SpanBatch {
        var batch = SpanBatch()
        if newTraces { traces = [] }
        while traces.count < traceCount { traces.append(TraceID(high: random.next(), low: random.next())) }
        for service in services {
            let message = service.isEmpty ? [] : Self.resource(service)
            batch.resources.append(.init(message: message.withUnsafeBytes { batch.append($0) }, schemaURL: append(Bool.random(using: &random) ? "" : "https://s/1", to: &batch)))
            for name in ["lib", "other"] {
                let message = [0x0a, UInt8(name.utf8.count)] + Array(name.utf8)
                batch.scopes.append(.init(resource: batch.resources.count - 1, message: message.withUnsafeBytes { batch.append($0) }, schemaURL: .empty))
            }
        }
        for _ in 0..<spans {
            var span = SpanRecord()
            span.traceID = traces.randomElement(using: &random)!
            span.spanID = SpanID(bits: UInt64.random(in: 1 ... .max, using: &random))
            let known = spanIDs[span.traceID] ?? []
            span.parentID = known.isEmpty || Int.random(in: 0..<12, using: &random) == 0
                ? SpanID(bits: Int.random(in: 0..<3, using: &random) == 0 ? 77 : 0) : known.randomElement(using: &random)!
            spanIDs[span.traceID, default: []].append(span.spanID)
            span.startNanos = Int.random(in: 0..<60, using: &random) == 0 && hasUnknownStarts ? 0 : baseNanos + UInt64.random(in: 0..<90_000_000_000, using: &random)
            let odd = Int.random(in: 0..<40, using: &random)
            span.endNanos = odd == 0 ? span.startNanos / 2 : odd == 1 ? span.startNanos : span.startNanos + UInt64.random(in: 0..<3_000_000_000, using: &random)
            span.name = append(text(6), to: &batch)
            span.kind = Int32([0, 1, 2, 3, 4, 5, 9, -1].randomElement(using: &random)!)
            span.status = Int32([0, 0, 0, 1, 2, 7].randomElement(using: &random)!)
            if span.status == 2 { span.statusMessage = append(text(), to: &batch) }
            if Bool.random(using: &random) { span.flags = [256, 769, .max].randomElement(using: &random)! }
            if Int.random(in: 0..<9, using: &random) == 0 { span.traceState = append("ot=th:8", to: &batch) }
            if Int.random(in: 0..<9, using: &random) == 0 { (span.droppedAttributes, span.droppedEvents, span.droppedLinks) = (1, 2, .max) }
            span.scope = UInt32.random(in: 0..<UInt32(batch.scopes.count), using: &random)
            span.attributes = attributes(&batch, atMost: 9)
            let firstEvent = batch.events.count
            for _ in 0..<[0, 0, 0, 1, 3].randomElement(using: &random)! {
                var event = EventRecord()
                event.timeNanos = [0, span.startNanos, span.startNanos + 5, .max].randomElement(using: &random)!
                event.name = append(text(3), to: &batch)
                event.droppedAttributes = [0, 0, 5].randomElement(using: &random)!
                event.attributes = attributes(&batch, atMost: 3)
                batch.events.append(event)
            }
            span.events = RowRange(first: firstEvent, count: batch.events.count - firstEvent)
            let firstLink = batch.links.count
            for _ in 0..<[0, 0, 0, 0, 2].randomElement(using: &random)! {
                var link = LinkRecord()
                link.traceID = TraceID(high: random.next(), low: random.next())
                link.spanID = SpanID(bits: random.next())
                link.traceState = append(Bool.random(using: &random) ? "" : "a=b", to: &batch)
                link.flags = [0, 1].randomElement(using: &random)!
                link.droppedAttributes = [0, 2].randomElement(using: &random)!
                link.attributes = attributes(&batch, atMost: 2)
                batch.links.append(link)
            }
            span.links = RowRange(first: firstLink, count: batch.links.count - firstLink)
            batch.spans.append(span)
        }
        return batch
    }
}
