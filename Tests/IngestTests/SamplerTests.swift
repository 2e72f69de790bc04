@testable import Ingest
import SelfStats
import Testing
import Trace

@Suite struct SamplerTests {
    private func id(_ hex: String) throws -> TraceID { try #require(TraceID(hex: hex)) }

    @Test("thresholds: probability with 4 digits", arguments: [
        (1.0, "fd70a"), (5, "f3333"), (10, "e666"), (15, "d99a"), (25, "c"), (100.0 / 3, "aaab"), (50, "8"), (75, "4"), (90, "199a"), (99, "028f6"), (99.9, "004189"),
        (0.1, "ffbe77"), (0.01, "fff9724"), (100, "0"),
    ] as [(Double, String)])
    func thresholds(_ percentage: Double, _ expected: String) {
        #expect(String(decoding: Threshold(probability: percentage / 100, precision: 4).text, as: UTF8.self) == expected)
    }

    @Test("precision, and probabilities that are none", arguments: [
        (0.1, 1, "e"), (0.1, 3, "e66"), (0.1, 14, "e6666666666666"), (1.0 / 3, 1, "b"), (0x1p-56, 4, "ffffffffffffff"), (0x1p-55, 4, "fffffffffffffe"), (0.5, 14, "8"),
    ] as [(Double, Int, String)])
    func precision(_ probability: Double, _ precision: Int, _ expected: String) {
        #expect(String(decoding: Threshold(probability: probability, precision: precision).text, as: UTF8.self) == expected)
        #expect(Threshold(probability: 0x1p-57, precision: 4) == .never)
        #expect(Threshold(probability: 0, precision: 4) == .never)
    }

    @Test("hashes of ids", arguments: [
        ("0102030405060708090a0b0c0d0e0f10", 0, 0xdf24_1a25, 0x97_6837_c4f2_5a25), ("4bf92f3577b34da6a3ce929d0e0e4736", 0, 0x3420_408d, 0xfd_c80d_0b42_008d),
        ("5b8efff798038103d269b633813fc60c", 0, 0x245d_d6df, 0xa4_8009_1545_d6df), ("0102030405060708090a0b0c0d0e0f10", 22, 0xd863_b443, 0x2e_f036_1586_3443),
    ] as [(String, UInt32, UInt32, UInt64)])
    func hashes(_ hex: String, _ seed: UInt32, _ hash: UInt32, _ randomness: UInt64) throws {
        #expect(TraceHash.hash32(try id(hex), seed: seed) == hash)
        #expect(TraceHash.randomness(try id(hex), seed: seed) == randomness)
    }

    @Test("buckets with another seed", arguments: [("4bf92f3577b34da6a3ce929d0e0e4736", 12395), ("5b8efff798038103d269b633813fc60c", 3273)] as [(String, UInt32)])
    func seeds(_ hex: String, _ bucket: UInt32) throws { #expect(TraceHash.hash32(try id(hex), seed: 22) & 0x3fff == bucket) }

    @Test("hash_seed: thresholds as written", arguments: [
        (1.0, "fd74"), (5, "f334"), (10, "e668"), (15, "d99c"), (25, "c"), (50, "8"), (75, "4"), (90, "199c"), (0.1, "ffc"), (0.01, "fffc"),
    ] as [(Double, String)])
    func hashThresholds(_ percentage: Double, _ expected: String) throws {
        // The first id in a count upwards that is kept; its tracestate says by which threshold.
        let scaled = Float(percentage) * 163.84
        for low in 1...100_000 {
            let id = TraceID(high: 0, low: UInt64(low))
            guard TraceHash.hash32(id, seed: 0) & 0x3fff < UInt32(scaled) else { continue }
            let (batch, result) = try process("- probabilistic_sampler: {sampling_percentage: \(percentage)}", [TestSpan(trace: id.hex)])
            let randomness = String(decoding: Threshold.digits(TraceHash.randomness(id, seed: 0)), as: UTF8.self)
            #expect(batch.spans.count == 1)
            #expect(batch.spans.first.map { batch.string($0.traceState) } == "ot=rv:\(randomness);th:\(expected)")
            #expect(result.droppedCount == 0)
            return
        }
        Issue.record("no id is kept")
    }

    private static let a = "4bf92f3577b34da6a3ce929d0e0e4736"       // last 56 bits: ce929d0e0e4736

    /// What becomes of one span: its tracestate, or nil when it was dropped.
    private func fate(_ keys: String, _ span: TestSpan) throws -> String? {
        let (batch, _) = try process("- probabilistic_sampler: {\(keys)}", [span])
        return batch.spans.first.map { batch.string($0.traceState) }
    }

    @Test("one span", arguments: [
        ("sampling_percentage: 100", "ot=th:bad!", "ot=th:bad!"), ("sampling_percentage: 250, mode: equalizing", "", ""), ("sampling_percentage: 0", "", nil),
        // b = 141: kept from 0.87 % on.
        ("sampling_percentage: 10", "", "ot=rv:fdc80d0b42008d;th:e668"), ("sampling_percentage: 0.8", "", nil), ("sampling_percentage: 10, mode: ''", "", "ot=rv:fdc80d0b42008d;th:e668"),
        ("sampling_percentage: 10", "a=1,b=2", "ot=rv:fdc80d0b42008d;th:e668,a=1,b=2"),
        ("sampling_percentage: 10", "a=1,ot=x:1;y:2,b=2", "ot=rv:fdc80d0b42008d;th:e668;x:1;y:2,a=1,b=2"),
        ("sampling_percentage: 10", "ot=th:8", nil), ("sampling_percentage: 10", "ot=rv:ffffffffffffff", nil), ("sampling_percentage: 10", "no equals", nil),
        ("sampling_percentage: 10, fail_closed: false", "ot=th:8", "ot=th:8"), ("sampling_percentage: 10, fail_closed: false", "no equals", "no equals"),
        ("sampling_percentage: 1, hash_seed: 22", "", nil), ("sampling_percentage: 76, hash_seed: 22", "", "ot=rv:3e50158161306b;th:3d74"),
        // ce929d… is above 50 % (8), below 10 % (e666).
        ("sampling_percentage: 50, mode: equalizing", "", "ot=th:8"), ("sampling_percentage: 10, mode: equalizing", "", nil),
        ("sampling_percentage: 50, mode: equalizing", "ot=th:c", "ot=th:c"), ("sampling_percentage: 50, mode: equalizing", "ot=th:4", "ot=th:8"),
        ("sampling_percentage: 50, mode: equalizing", "ot=th:d", nil), ("sampling_percentage: 50, mode: equalizing, fail_closed: false", "ot=th:d;k:v", "ot=th:0;k:v"),
        ("sampling_percentage: 50, mode: equalizing", "ot=rv:7fffffffffffff", nil), ("sampling_percentage: 50, mode: equalizing", "ot=rv:FFffffffffffff", "ot=rv:ffffffffffffff;th:8"),
        ("sampling_percentage: 50, mode: proportional", "ot=th:8", "ot=th:c"), ("sampling_percentage: 50, mode: proportional", "", "ot=th:8"),
        ("sampling_percentage: 25, mode: proportional", "ot=th:8", nil), ("sampling_percentage: 25, mode: proportional", "ot=th:8;rv:f0000000000000", "ot=rv:f0000000000000;th:e"),
        ("sampling_percentage: 100, mode: proportional", "ot=th:8", "ot=th:8"), ("sampling_percentage: 15, mode: equalizing, sampling_precision: 1", "ot=rv:ffffffffffffff", "ot=rv:ffffffffffffff;th:e"),
        ("sampling_percentage: 0, mode: proportional", "ot=rv:ffffffffffffff", nil), ("sampling_percentage: 50, mode: equalizing", "ot=th:", nil),
        ("sampling_percentage: 50, mode: equalizing", "ot=th:012345678901234", nil), ("sampling_percentage: 50, mode: equalizing", "ot=rv:1", nil),
    ] as [(String, String, String?)])
    func oneSpan(_ keys: String, _ state: String, _ expected: String?) throws {
        #expect(try fate(keys, TestSpan(trace: Self.a, state: state)) == expected)
    }

    @Test("sampling.priority", arguments: [
        (0, "sampling_percentage: 99", nil), (0.0, "sampling_percentage: 99", nil), ("0", "sampling_percentage: 99", nil), (1, "sampling_percentage: 0.1", "ot=rv:fdc80d0b42008d;th:0"),
        ("2.5", "sampling_percentage: 0.1, mode: equalizing", "ot=th:0"), (-1, "sampling_percentage: 0.1", nil), ("high", "sampling_percentage: 0.1", nil), (true, "sampling_percentage: 0.1", nil),
        (0, "sampling_percentage: 100", ""),
    ] as [(TestValue, String, String?)])
    func priority(_ value: TestValue, _ keys: String, _ expected: String?) throws {
        #expect(try fate(keys, TestSpan(trace: Self.a, attributes: [("sampling.priority", value)])) == expected)
    }

    @Test("priority overrules a threshold that arrived, which stays")
    func priorityAndThreshold() throws {
        #expect(try fate("sampling_percentage: 1, mode: equalizing", TestSpan(trace: Self.a, state: "ot=th:c", attributes: [("sampling.priority", 1)])) == "ot=th:c")
    }

    private static let member = String(repeating: "v", count: 200)

    @Test("W3C's limits", arguments: [
        ("", true), (" a=1\t, b=2 ,,", true), ("a=1,ot=th:8", true), ("A=1", false), ("1a=1", false), ("1a@b=1", true), ("a@1b=1", false), ("a=", false), ("a=b=c", false), ("a=é", false),
        ("a-_*/9=~!", true), ((1...31).map { "k\($0)=1" }.joined(separator: ","), true), ((1...32).map { "k\($0)=1" }.joined(separator: ","), false),
        (String(repeating: "k", count: 256) + "=1", true), (String(repeating: "k", count: 257) + "=1", false), (String(repeating: "t", count: 241) + "@" + String(repeating: "s", count: 14) + "=1", true),
        (String(repeating: "t", count: 242) + "@s=1", false), ("t@" + String(repeating: "s", count: 15) + "=1", false), ("a=" + String(repeating: "v", count: 256), true),
        ("a=" + String(repeating: "v", count: 257), false), ((1...5).map { "k\($0)=" + member }.joined(separator: ","), true), ((1...6).map { "k\($0)=" + member }.joined(separator: ","), false),
        ("ot=th:8;", false), ("ot=;th:8", false), ("ot=TH:8", false), ("ot=a1:Z.-_", true), ("ot=a:b c", false), ("ot=1a:b", false), ("ot=a", false), ("ot=th:8,ot=th:4", false),
    ])
    func limits(_ text: String, _ isGood: Bool) { #expect(Array(text.utf8).withUnsafeBytes { TraceState($0) != nil } == isGood) }

    @Test("a tracestate that would grow beyond the limits is left alone")
    func growth() throws {
        let state = (1...5).map { "k\($0)=" + Self.member }.joined(separator: ",")
        #expect(try fate("sampling_percentage: 10", TestSpan(trace: Self.a, state: state)) == state)
        let members = (1...31).map { "k\($0)=1" }.joined(separator: ",")
        #expect(try fate("sampling_percentage: 10", TestSpan(trace: Self.a, state: members)) == members)
    }

    @Test("whole traces, empty envelopes and counters")
    func envelopes() throws {
        let other = "5b8efff798038103d269b633813fc60c"
        let spans = [TestSpan(trace: other, id: 1, resource: [("r", 1)]), TestSpan(trace: Self.a, id: 2, resource: [("r", 2)]), TestSpan(trace: other, id: 3, resource: [("r", 3)]), TestSpan(trace: Self.a, id: 4, resource: [("r", 4)])]
        let pipeline = try settings("- probabilistic_sampler/x: {sampling_percentage: 10}").pipeline
        var work = try batch(spans)
        let result = try pipeline.process(&work)
        #expect(result.drops == [Drop(processor: "probabilistic_sampler/x", reason: .sampledOut, count: 2)])
        #expect(work.spans.map(\.spanID.bits) == [2, 4])
        #expect((0..<work.resources.count).map { work.describedResource($0) } == ["r=2", "r=4"])
        let counters = pipeline.counters[0].counters
        #expect(counters.sampled.values.map { "\($0.labels) \($0.count)" } == [#"["trace_id_hash", "false"] 2"#, #"["trace_id_hash", "true"] 2"#])
        #expect((counters.incoming.value, counters.outgoing.value) == (4, 2))
    }

    @Test("100,000 ids decide as in Golden/sampling/decisions.py", arguments: [
        ("hash_seed 10", "sampling_percentage: 10"), ("hash_seed 10 seed 22", "sampling_percentage: 10, hash_seed: 22"), ("hash_seed 33.3", "sampling_percentage: 33.3"),
        ("hash_seed 0.1", "sampling_percentage: 0.1"), ("equalizing 10", "sampling_percentage: 10, mode: equalizing"),
        ("equalizing 33.3 precision 2", "sampling_percentage: 33.3, mode: equalizing, sampling_precision: 2"), ("proportional 0.01", "sampling_percentage: 0.01, mode: proportional"),
    ])
    func digest(_ name: String, _ keys: String) throws {
        let pipeline = try settings("- probabilistic_sampler: {\(keys)}").pipeline
        var work = try decode([])
        work.resources.append(ResourceRecord(message: .empty, schemaURL: .empty))
        work.scopes.append(ScopeRecord(resource: 0, message: .empty, schemaURL: .empty))
        var state: UInt64 = 1
        for number in 0..<100_000 {
            var span = SpanRecord()
            let high = next(&state), low = next(&state)
            span.traceID = TraceID(high: high, low: low)
            span.spanID = SpanID(bits: UInt64(number + 1))
            work.spans.append(span)
        }
        _ = try pipeline.process(&work)
        var bits = [UInt8](repeating: 0, count: 12_500)
        for span in work.spans { bits[Int(span.spanID.bits - 1) / 8] |= 1 << UInt8((span.spanID.bits - 1) % 8) }
        let line = "\(name): \(work.spans.count) \(String(decoding: HashFunction.hex(SHA256.digest(bits)), as: UTF8.self))"
        #expect(try goldenLines("sampling/decisions.txt").contains(line))
    }

    /// SplitMix64.
    private func next(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
