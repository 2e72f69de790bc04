@testable import Ingest
import OTLP
import Testing
import Trace

/// Random batches through random pipelines: what comes out is a batch that encodes and decodes to the same spans, and every span is accounted for.
@Suite struct PropertyTests {
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state ^ state >> 33) &* 0xff51_afd7_ed55_8ccd
        }
    }

    private static let processors = [
        "resource: {attributes: [{key: k1, value: v, action: upsert}, {key: k2, action: delete}, {pattern: k3, action: hash}]}",
        "resource: {attributes: [{key: peer, from_context: client.address, action: insert}, {key: k1, converted_type: string, action: convert}]}",
        "attributes: {actions: [{key: k0, action: delete}, {key: new, from_attribute: k1, default_value: [1], action: upsert}, {key: k2, pattern: '(?P<x>.)(?P<y>.)?', action: extract}]}",
        "attributes: {actions: [{pattern: 'k', action: hash}], include: {match_type: regexp, span_names: ['[a-m]'], resources: [{key: k1}]}}",
        "attributes: {actions: [{key: k1, converted_type: int, action: convert}, {key: k2, converted_type: string, action: convert}], exclude: {match_type: strict, span_kinds: [SPAN_KIND_CLIENT]}}",
        "redaction: {allow_all_keys: true, blocked_key_patterns: [k1], blocked_values: ['[a-f]+'], redact_all_types: true, summary: debug}",
        "redaction: {allowed_keys: [k1, k2], ignored_keys: [k3], blocked_values: [x], hash_function: sha3, summary: info}",
        "filter: {trace_conditions: ['{ .k1 = 3 || event.k2 =~ \"a.*\" || duration > 1s }', '{ resource.k0 != nil && kind = client }']}",
        "probabilistic_sampler: {sampling_percentage: 60}", "probabilistic_sampler: {sampling_percentage: 50, mode: equalizing, fail_closed: false}",
        "probabilistic_sampler: {sampling_percentage: 70, mode: proportional, sampling_precision: 2}",
    ]

    private static func value(_ dice: inout Dice) -> TestValue {
        switch Int.random(in: 0..<8, using: &dice) {
        case 0: .int(.random(in: -3...3, using: &dice))
        case 1: .int(.random(in: .min ... .max, using: &dice))
        case 2: .double(.random(in: -1e20...1e20, using: &dice))
        case 3: .bool(.random(using: &dice))
        case 4: .empty
        case 5: .list((0..<Int.random(in: 0...3, using: &dice)).map { _ in value(&dice) })
        case 6: .bytes((0..<Int.random(in: 0...4, using: &dice)).map { _ in .random(in: 0...255, using: &dice) })
        default: .string((0..<Int.random(in: 0...5, using: &dice)).map { _ in ["a", "x", "é", ",", "4", "\n"][Int.random(in: 0..<6, using: &dice)] }.joined())
        }
    }

    private static func attributes(_ dice: inout Dice) -> [(String, TestValue)] {
        (0..<Int.random(in: 0...5, using: &dice)).map { _ in ("k\(Int.random(in: 0...3, using: &dice))", value(&dice)) }
    }

    private static func span(_ id: Int, _ dice: inout Dice) -> TestSpan {
        var span = TestSpan(trace: TraceID(high: UInt64(Int.random(in: 1...4, using: &dice)), low: dice.next()).hex, id: UInt64(id + 1))
        span.name = ["a", "get", "zzz", ""][Int.random(in: 0..<4, using: &dice)]
        span.kind = .random(in: 0...6, using: &dice)
        span.start = .random(in: 0...9, using: &dice)
        span.end = .random(in: 0...2_000_000_000, using: &dice)
        span.state = ["", "", "a=1", "ot=th:8", "ot=rv:0123456789abcd;th:0,b=2", "broken", "ot=x:1"][Int.random(in: 0..<7, using: &dice)]
        span.attributes = attributes(&dice)
        span.events = (0..<Int.random(in: 0...2, using: &dice)).map { ("event \($0)", attributes(&dice)) }
        span.links = (0..<Int.random(in: 0...1, using: &dice)).map { _ in attributes(&dice) }
        span.resource = attributes(&dice)
        span.scope = ("s", "", attributes(&dice))
        return span
    }

    @Test("batches stay batches", arguments: 1...40)
    func valid(_ seed: UInt64) throws {
        var dice = Dice(state: seed)
        for _ in 0..<10 {
            let chosen = (0..<Int.random(in: 1...4, using: &dice)).map { number in
                let processor = Self.processors[Int.random(in: 0..<Self.processors.count, using: &dice)]
                return "- " + processor.replacing(":", with: "/\(number):", maxReplacements: 1)
            }
            let spans = (0..<Int.random(in: 0...12, using: &dice)).map { Self.span($0, &dice) }
            let yaml = chosen.joined(separator: "\n")
            let (batch, result) = try process(yaml, spans, RequestContext(clientAddress: "::1"))
            #expect(batch.spans.count + result.droppedCount == spans.count, "\(yaml)")
            // What is left came in, with its own scope and resource, in its order.
            let left = batch.spans.map(\.spanID.bits)
            #expect(left == left.sorted())
            #expect(result.isChanged || batch.spans.count == spans.count)
            for span in batch.spans {
                let sent = spans[Int(span.spanID.bits) - 1]
                #expect(batch.string(span.name) == sent.name && span.endNanos == sent.end && span.events.count == sent.events.count)
            }
        }
    }

    @Test("the same twice gives the same", arguments: 1...10)
    func deterministic(_ seed: UInt64) throws {
        var dice = Dice(state: seed &* 77)
        let spans = (0..<20).map { Self.span($0, &dice) }
        for processor in Self.processors {
            let pipeline = try settings("- " + processor).pipeline
            var (first, second) = (try batch(spans), try batch(spans))
            let results = (try pipeline.process(&first), try pipeline.process(&second))
            #expect(results.0 == results.1 && encode(first) == encode(second), "\(processor)")
        }
    }
}
