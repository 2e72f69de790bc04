import Query
import Trace

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

/// Makes small odd traces: several roots and none, parents that never come, circles, ids that two spans share, starts that are
/// unknown, old, to come or the same, ends before starts, values of every type under one key.
struct TraceMaker {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed) }

    private mutating func pick<T>(_ choices: [T]) -> T { choices.randomElement(using: &random)! }
    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    mutating func traces(_ count: Int) -> [PlainSpan] {
        var spans: [PlainSpan] = []
        for _ in 0..<count {
            let id = TraceID(high: chance(20) ? 0 : random.next(), low: random.next())
            spans += trace(id, spans: Int.random(in: 1...14, using: &random))
        }
        return spans
    }

    private mutating func trace(_ id: TraceID, spans count: Int) -> [PlainSpan] {
        let base: UInt64 = GoldenFile.epoch + UInt64.random(in: 0..<4, using: &random) * 1_000_000_000
        let ids = (0..<count).map { _ in SpanID(bits: chance(10) ? UInt64.random(in: 1...40, using: &random) : random.next()) }
        let hasCircle = chance(15)
        var spans: [PlainSpan] = []
        for (index, spanID) in ids.enumerated() {
            var span = PlainSpan(traceID: id, id: spanID)
            span.kind = Int32.random(in: 0...5, using: &random)
            if index == 0 || chance(8) {
                span.parent = chance(85) ? .none : SpanID(bits: 0xdead)
            } else {
                span.parent = hasCircle && chance(40) ? pick(ids) : ids[Int.random(in: 0..<index, using: &random)]
            }
            fill(&span, base)
            if spans.contains(where: { $0.id == span.id && $0.kind == span.kind }) { continue }
            spans.append(span)
            if chance(8), span.kind != 2, !spans.contains(where: { $0.id == span.id && $0.kind == 2 }) {
                // The other half of a call, as Zipkin has it.
                span.kind = 2
                fill(&span, base)
                spans.append(span)
            }
        }
        return spans
    }

    private mutating func fill(_ span: inout PlainSpan, _ base: UInt64) {
        span.start = base + UInt64.random(in: 0..<40, using: &random) * 50_000_000
        switch Int.random(in: 0..<50, using: &random) {
        case 0: span.start = 0
        case 1: span.start -= 30 * 86_400_000_000_000
        case 2: span.start += 400 * 86_400_000_000_000
        default: break
        }
        span.end = chance(5) ? span.start / 2 : span.start + pick([0, 1, 2, 3, 1000, 256, 100_000_000, 250_000_000, 1_500_000_000])
        span.name = pick(["GET /", "SELECT", "work", "", "привет", "caf\u{e9}", "cafe\u{301}"])
        span.status = pick([0, 0, 1, 2])
        if span.status == 2 { span.statusMessage = pick(["", "timeout", "boom"]) }
        if chance(20) { span.traceState = pick(["ot=th:8", "ot=th:c", "x=y", "ot=th:0"]) }
        span.envelope = envelope()
        span.attributes = attributes(keys: ["s", "n", "f", "b", "m", "arr", "z", "region", "map", "odd"], percent: 45)
        if chance(30) { span.attributes.append(NamedValue("k\(Int.random(in: 0..<60, using: &random))", .int(Int64.random(in: 0..<3, using: &random)))) }
        span.events = chance(60) ? [] : (0..<Int.random(in: 1...3, using: &random)).map { _ in
            PlainSpan.Event(timeNanos: chance(5) ? 0 : span.start &+ pick([0, 5, 10_000_000, 2_000_000_000]), name: pick(["e1", "e2", ""]),
                            attributes: attributes(keys: ["s", "n", "k"], percent: 60))
        }
        span.links = chance(75) ? [] : (0..<Int.random(in: 1...2, using: &random)).map { _ in
            PlainSpan.Link(traceID: TraceID(high: 0, low: pick([0xf1, 0xf2])), spanID: SpanID(bits: pick([1, 2])), attributes: attributes(keys: ["s", "n"], percent: 60))
        }
    }

    private mutating func envelope() -> PlainSpan.Envelope {
        var envelope = PlainSpan.Envelope()
        if chance(85) { envelope.resource.append(NamedValue("service.name", .string(pick(["shop", "db", "worker"])))) }
        if chance(50) { envelope.resource.append(NamedValue("region", pick([.string("eu"), .string("us"), .int(3)]))) }
        if chance(30) { envelope.resource.append(NamedValue("n", .int(9))) }
        if chance(60) { (envelope.scopeName, envelope.scopeVersion) = (pick(["lib", "other"]), pick(["", "1.0"])) }
        if chance(30) { envelope.scope.append(NamedValue("s", .string(pick(["x", "y"])))) }
        return envelope
    }

    private mutating func attributes(keys: [String], percent: Int) -> [NamedValue] {
        var attributes: [NamedValue] = []
        for key in keys.shuffled(using: &random) where chance(percent) { attributes.append(NamedValue(key, value(key))) }
        return attributes
    }

    private mutating func value(_ key: String) -> Value {
        switch key {
        case "n": return .int(Int64.random(in: -3...12, using: &random))
        case "f": return .float(pick([0.5, 1.5, 2, 3, -1]))
        case "b": return .bool(chance(50))
        case "arr": return .array(pick([[.string("x"), .string("y")], [.string("y")], [.int(1), .int(2)], [.float(1.5)], [.bool(true), .bool(false)], []]))
        case "z": return .none
        case "map": return .other("v")
        case "odd": return .float(pick([.nan, .infinity, 0, -0.0, 7]))
        case "m": return pick([.int(1), .float(1), .string("1"), .bool(true), .float(2.5), .string("x"), .array([.string("x"), .string("1")])])
        case "region": return pick([.string("eu"), .string("asia"), .int(3)])
        default: return .string(pick(["x", "y", "xy", "x\ny", "é", "e\u{301}", "Z"]))
        }
    }
}

/// Sends spans in some order and some requests, some of them twice, with cuts, merges and restarts in between.
struct Sender {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed) }

    mutating func load(_ spans: [PlainSpan]) throws -> QueryStore {
        let store = try QueryStore()
        var waiting = spans.shuffled(using: &random)[...], sent: [PlainSpan] = []
        while !waiting.isEmpty {
            var batch = Array(waiting.prefix(Int.random(in: 1...30, using: &random)))
            waiting = waiting.dropFirst(batch.count)
            sent += batch
            if Int.random(in: 0..<4, using: &random) == 0 { batch += sent.shuffled(using: &random).prefix(5) }
            try store.append(batch)
            switch Int.random(in: 0..<10, using: &random) {
            case 0...2: store.cut()
            case 3:
                store.cut()
                store.merge()
            case 4: try store.restart()
            case 5: _ = try store.engine.search(SearchRequest(condition: .tags(TagSearch(tags: []))))
            default: break
            }
        }
        return store
    }
}
