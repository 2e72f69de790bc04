@testable import Ingest
import SelfStats
import Testing
import Trace

@Suite struct TailSamplingTests {
    private func sampling(_ policies: String, _ more: String = "") throws -> TailSampling {
        try #require(try settings("- tail_sampling:\n    policies: [\(policies)]\n\(more)").tailSampling)
    }

    private func outcome(_ policies: String, _ spans: [TestSpan], nowNanos: UInt64 = 0) throws -> TailSampling.Decision.Outcome {
        try sampling(policies).decide(try batch(spans), nowNanos: nowNanos).outcome
    }

    private static let trace = [
        TestSpan(id: 1, status: 0, start: 1_000_000_000, end: 1_005_900_000, state: "a=1, vendor=x", attributes: [("n", 7), ("s", "cart"), ("b", true), ("d", 7.5)], resource: [("env", "prod"), ("rn", 9), ("rb", false)]),
        TestSpan(id: 2, name: "child", status: 1, start: 1_001_000_000, end: 1_004_000_000, flags: 1, events: [("exception", [("t", "io")])]),
    ]

    @Test("policies", arguments: [
        ("type: always_sample", true),
        ("type: latency, latency: {threshold_ms: 4}", true), ("type: latency, latency: {threshold_ms: 5}", false), ("type: latency, latency: {threshold_ms: 4, upper_threshold_ms: 5}", true),
        ("type: latency, latency: {threshold_ms: 3, upper_threshold_ms: 4}", false), ("type: latency, latency: {threshold_ms: 0}", true),
        ("type: numeric_attribute, numeric_attribute: {key: n, min_value: 7, max_value: 7}", true), ("type: numeric_attribute, numeric_attribute: {key: n, min_value: 8}", false),
        ("type: numeric_attribute, numeric_attribute: {key: rn, max_value: 9}", true), ("type: numeric_attribute, numeric_attribute: {key: d, min_value: 0}", false),
        ("type: numeric_attribute, numeric_attribute: {key: n, min_value: 8, invert_match: true}", true), ("type: numeric_attribute, numeric_attribute: {key: n, min_value: 7, invert_match: true}", false),
        ("type: status_code, status_code: {status_codes: [OK]}", true), ("type: status_code, status_code: {status_codes: [ERROR]}", false), ("type: status_code, status_code: {status_codes: [ERROR, UNSET]}", true),
        ("type: string_attribute, string_attribute: {key: s, values: [x, cart]}", true), ("type: string_attribute, string_attribute: {key: env, values: [prod]}", true), ("type: string_attribute, string_attribute: {key: s, values: [car]}", false),
        ("type: string_attribute, string_attribute: {key: s, values: ['^ca'], enabled_regex_matching: true, cache_max_size: 9}", true), ("type: string_attribute, string_attribute: {key: s, values: [ar], enabled_regex_matching: true}", true),
        ("type: string_attribute, string_attribute: {key: n, values: ['7']}", false), ("type: string_attribute, string_attribute: {key: s, values: [cart], invert_match: true}", false), ("type: string_attribute, string_attribute: {key: zzz, values: [cart], invert_match: true}", true),
        ("type: boolean_attribute, boolean_attribute: {key: b, value: true}", true), ("type: boolean_attribute, boolean_attribute: {key: rb, value: false}", true), ("type: boolean_attribute, boolean_attribute: {key: b, value: false}", false), ("type: boolean_attribute, boolean_attribute: {key: b, value: true, invert_match: true}", false),
        ("type: span_count, span_count: {min_spans: 2}", true), ("type: span_count, span_count: {min_spans: 3}", false), ("type: span_count, span_count: {min_spans: 1, max_spans: 1}", false), ("type: span_count, span_count: {max_spans: 2}", true),
        ("type: trace_state, trace_state: {key: vendor, values: [y, x]}", true), ("type: trace_state, trace_state: {key: vendor, values: [y]}", false), ("type: trace_state, trace_state: {key: vend, values: [x]}", false),
        ("type: trace_flags", true), ("type: ottl_condition, ottl_condition: {error_mode: ignore, span: ['{ .s = \"cart\" }']}", true), ("type: ottl_condition, ottl_condition: {span: ['{ .s = \"x\" }']}", false),
        ("type: ottl_condition, ottl_condition: {spanevent: ['{ event.t = \"io\" }']}", true),
        ("type: and, and: {and_sub_policy: [{name: x, type: trace_flags}, {name: y, type: span_count, span_count: {min_spans: 2}}]}", true),
        ("type: and, and: {and_sub_policy: [{name: x, type: trace_flags}, {name: y, type: span_count, span_count: {min_spans: 3}}]}", false),
        ("type: not, not: {not_sub_policy: {name: x, type: always_sample}}", false), ("type: not, not: {not_sub_policy: {name: x, type: span_count, span_count: {min_spans: 3}}}", true),
    ])
    func policies(_ policy: String, _ isSampled: Bool) throws {
        #expect(try outcome("{name: p, \(policy)}", Self.trace) == (isSampled ? .sampled : .notSampled))
    }

    @Test("probabilistic: hash over salt and id", arguments: [
        ("0102030405060708090a0b0c0d0e0f10", 0.858633), ("4bf92f3577b34da6a3ce929d0e0e4736", 0.645587), ("5b8efff798038103d269b633813fc60c", 0.585716), ("1", 0.881183), ("ffffffffffffffffffffffffffffffff", 0.092755),
    ])
    func probabilistic(_ trace: String, _ share: Double) throws {
        func samples(_ percentage: Double) throws -> Bool {
            try outcome("{name: p, type: probabilistic, probabilistic: {sampling_percentage: \(percentage)}}", [TestSpan(trace: trace)]) == .sampled
        }
        #expect(try !samples(share * 100 - 0.0001))
        #expect(try samples(share * 100 + 0.0001))
        #expect(try samples(10) == (share < 0.1))
        #expect(try samples(100))
        #expect(try !samples(0))
    }

    private static let good = "{name: good, type: span_count, span_count: {min_spans: 2}}", bad = "{name: bad, type: span_count, span_count: {min_spans: 9}}"
    private static let veto = "{name: veto, type: drop, drop: {drop_sub_policy: [{name: x, type: trace_flags}, {name: y, type: always_sample}]}}"
    private static let noVeto = "{name: pass, type: drop, drop: {drop_sub_policy: [{name: x, type: trace_flags}, {name: y, type: span_count, span_count: {min_spans: 9}}]}}"

    @Test("verdicts together", arguments: [
        ("\(good)", .sampled, "good"), ("\(bad)", .notSampled, nil), ("\(bad), \(good)", .sampled, "good"), ("\(good), \(veto)", .dropped, "veto"), ("\(bad), \(veto)", .dropped, "veto"),
        ("\(good), \(noVeto)", .sampled, "good"), ("\(noVeto)", .notSampled, nil), ("{name: first, type: always_sample}, \(good)", .sampled, "first"),
    ] as [(String, TailSampling.Decision.Outcome, String?)])
    func together(_ policies: String, _ outcome: TailSampling.Decision.Outcome, _ policy: String?) throws {
        let decision = try sampling(policies).decide(try batch(Self.trace), nowNanos: 0)
        #expect(decision == TailSampling.Decision(outcome: outcome, policy: policy))
    }

    @Test("counters; the first match ends it when asked to")
    func counters() throws {
        let all = try sampling("\(Self.good), \(Self.bad)"), first = try sampling("\(Self.good), \(Self.bad)", "    sample_on_first_match: true")
        for sampling in [all, first] { _ = sampling.decide(try batch(Self.trace), nowNanos: 0) }
        #expect(all.counters.byPolicy.values.map(\.labels) == [["bad", "false", "not_sampled"], ["good", "true", "sampled"]])
        #expect(first.counters.byPolicy.values.map(\.labels) == [["good", "true", "sampled"]])
        #expect(first.counters.global.values.map(\.labels) == [["true", "sampled"]])
    }

    @Test("rates: a bucket that starts full and refills")
    func rates() throws {
        let sampling = try sampling("{name: p, type: rate_limiting, rate_limiting: {spans_per_second: 2}}")
        let work = try batch(Self.trace)
        let second: UInt64 = 1_000_000_000
        let verdicts = [0, 0, 0, second / 2, second, second, 100 * second, 100 * second, 100 * second].map { sampling.decide(work, nowNanos: $0 + 5 * second).isSampled }
        #expect(verdicts == [true, true, false, false, true, false, true, true, false])
        let tiny = try self.sampling("{name: p, type: rate_limiting, rate_limiting: {spans_per_second: 100, burst_capacity: 1}}")
        #expect(!tiny.decide(work, nowNanos: 0).isSampled)
    }

    @Test("bytes: of the trace as OTLP")
    func bytes() throws {
        let work = try batch(Self.trace)
        let size = encode(work).count
        func samples(_ burst: Int) throws -> Bool {
            try sampling("{name: p, type: bytes_limiting, bytes_limiting: {bytes_per_second: 1, burst_capacity: \(burst)}}").decide(work, nowNanos: 0).isSampled
        }
        #expect(try samples(size))
        #expect(try !samples(size - 1))
    }

    @Test("composite: the first sub-policy that samples has to have a share left")
    func composite() throws {
        let sampling = try sampling("""
            {name: c, type: composite, composite: {max_total_spans_per_second: 10, policy_order: [flags, rest], composite_sub_policy: [{name: rest, type: always_sample}, {name: flags, type: trace_flags}],
            rate_allocation: [{policy: flags, percent: 40}]}}
            """)
        let flagged = try batch(Self.trace), plain = try batch([TestSpan(id: 1), TestSpan(id: 2)])
        // flags: 4 spans a second; rest: 10 / 2.
        #expect([flagged, flagged, flagged, plain, plain, plain].map { sampling.decide($0, nowNanos: 7).isSampled } == [true, true, false, true, true, false])
        #expect(sampling.decide(flagged, nowNanos: 1_000_000_000).isSampled)
    }

    @Test("odd traces: none, and times that run backwards")
    func odd() throws {
        #expect(try sampling("{name: p, type: latency, latency: {threshold_ms: 0}}").decide(SpanBatch(), nowNanos: 0).outcome == .notSampled)
        #expect(try outcome("{name: p, type: latency, latency: {threshold_ms: 0}}", [TestSpan(start: .max, end: 0)]) == .notSampled)
        #expect(try outcome("{name: p, type: latency, latency: {threshold_ms: 0}}", [TestSpan(start: 0, end: .max)]) == .sampled)
    }

    @Test("settings, and the warning about invert_match")
    func reading() throws {
        let yaml = """
            - tail_sampling:
                decision_wait: 10s
                decision_wait_after_root_received: 1500ms
                num_traces: 100
                decision_cache: {sampled_cache_size: 5, non_sampled_cache_size: 6}
                maximum_trace_size_bytes: 7
                sampling_strategy: trace-complete
                policies:
                  - {name: a, type: always_sample}
                  - {name: b, type: boolean_attribute, boolean_attribute: {key: x, value: true, invert_match: true}}
            """
        let tail = try #require(try settings(yaml).tailSampling)
        #expect((tail.decisionWaitNanos, tail.decisionWaitAfterRootNanos, tail.maxTraces) == (10_000_000_000, 1_500_000_000, 100))
        #expect((tail.sampledCacheSize, tail.nonSampledCacheSize, tail.maxTraceBytes) == (5, 6, 7))
        #expect(tail.warnings == ["loupe.yaml:10:9: pipeline[0].tail_sampling.policies[1]: invert_match negates this policy alone, and another one may still sample the trace; use a drop policy to keep traces out for good"])
    }
}
