import PromQL
import Testing

/// What the golden cases, which go through the API, do not reach: limits, deadlines, and hostile work.
@Suite struct EvaluationTests {
    /// 40 series `x{n="…"}` with a sample each second from 0 to 999 s, whose value is the time.
    private struct Ramps: SeriesSource {
        var failure: EvaluationError?

        func select(_ matchers: [Matcher], fromMillis: Int64, throughMillis: Int64, run: QueryRun) throws(EvaluationError) -> [Series] {
            if let failure { throw failure }
            var found: [Series] = []
            for number in 0..<40 {
                let labels = Labels([.init("__name__", "x"), .init("n", "\(number)")])
                guard matchers.allSatisfy({ $0.accepts(labels) }) else { continue }
                let times = (0..<1_000).map { Int64($0) * 1_000 }.filter { $0 >= fromMillis && $0 <= throughMillis }
                try run.charge(samples: times.count)
                found.append(Series(labels, timestamps: times, values: times.map { Double($0) / 1_000 }))
            }
            return found
        }
        func labelSets(_: [Matcher], fromMillis _: Int64, throughMillis _: Int64, run _: QueryRun) throws(EvaluationError) -> [Labels] { [] }
        func exemplars(
            _: [Matcher], fromMillis _: Int64, throughMillis _: Int64, run _: QueryRun
        ) throws(EvaluationError) -> [(series: Labels, exemplars: [Exemplar])] { [] }
        var families: [MetricFamily] { [] }
    }

    private func run(_ limit: Int = 1_000_000, seconds: Int = 20) -> QueryRun {
        QueryRun(sampleLimit: limit, deadline: .now + .seconds(seconds))
    }

    private func instant(_ text: String, _ run: QueryRun, _ source: Ramps = Ramps()) throws -> Result<Answer, EvaluationError> {
        let query = try Query(parsing: text)
        do throws(EvaluationError) { return .success(try query.instant(source, atMillis: 999_000, run: run)) } catch { return .failure(error) }
    }

    private func error(_ result: Result<Answer, EvaluationError>) -> EvaluationError? {
        if case .failure(let error) = result { error } else { nil }
    }

    @Test("more samples than a query may hold", arguments: [
        "x[20m]", "rate(x[20m])", "count_over_time(x[5m:100ms])", "count_over_time(vector(1)[1y:1ms])", "max_over_time(max_over_time(x[1y:1s])[1y:1s])",
    ])
    func samples(_ text: String) throws { #expect(error(try instant(text, run(30_000))) == .tooManySamples) }

    @Test("what is held and what was read")
    func statistics() throws {
        let answer = try instant("sum(rate(x[1m]))", run()).get()
        #expect(answer.totalSamples == 40 * 60 && (40 * 60...40 * 70).contains(answer.peakSamples))
        guard case .vector(let elements) = answer.value else { Issue.record("no vector"); return }
        #expect(elements.count == 1 && elements[0].labels.isEmpty && abs(elements[0].value - 40) < 1e-9)
    }

    @Test("what was held is given back: many steps that each fit, fit together")
    func releases() throws {
        let text = Array(repeating: "sum(sum_over_time(x[15m]))", count: 200).joined(separator: " + ")
        guard case .vector(let elements) = try instant(text, run(45_000)).get().value else { Issue.record("no vector"); return }
        #expect(elements.count == 1 && elements[0].value == 200 * 40 * (100...999).reduce(0.0) { $0 + Double($1) })
    }

    @Test("time is up, and the client is gone")
    func stops() throws {
        #expect(error(try instant("x", run(seconds: 0))) == .timedOut)
        let cancelled = run()
        cancelled.cancel()
        #expect(error(try instant("sum(x)", cancelled)) == .cancelled)
        #expect(error(try instant("x", run(), Ramps(failure: .storage("the disk is gone")))) == .storage("the disk is gone"))
        let query = try Query(parsing: "count(max_over_time(max_over_time(x[20m:1s])[20m:1s]))")
        let start = ContinuousClock.now
        let soon = QueryRun(deadline: start + .milliseconds(50))
        #expect(throws: EvaluationError.timedOut) {
            try query.range(Ramps(), fromMillis: 0, throughMillis: 10_000_000, stepMillis: 1_000, run: soon)
        }
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("the deepest expressions are evaluated", arguments: [
        String(repeating: "(", count: 254) + "x" + String(repeating: ")", count: 254), "x" + String(repeating: " + x", count: 254), "1" + String(repeating: " ^ 1", count: 254),
        String(repeating: "abs(", count: 254) + "x" + String(repeating: ")", count: 254), String(repeating: "sum(", count: 254) + "x" + String(repeating: ")", count: 254),
        String(repeating: "max_over_time(", count: 120) + "x" + String(repeating: "[2s:1s])", count: 120),
    ])
    func deep(_ text: String) throws { _ = try instant(text, run(10_000_000)).get() }

    @Test("far away times find nothing, and nothing overflows", arguments: [
        "x", "x offset 290y", "x offset -290y", "x @ 2.2e15", "x @ -2.2e15 offset 290y", "rate(x[290y] offset -290y)", "max_over_time(x[1s:1s] @ 2.2e15)", "year(vector(1e300))", "day_of_year(vector(-1e15))", "predict_linear(x[1m], 1e300)", "x[290y:290y] offset 290y",
    ])
    func far(_ text: String) throws {
        let query = try Query(parsing: text)
        for millis in [Int64(2_250_000_000_000_000_000), -2_250_000_000_000_000_000, 0] {
            _ = try? query.instant(Ramps(), atMillis: millis, run: run())
            if query.expression.type == .vector {
                _ = try? query.range(Ramps(), fromMillis: millis, throughMillis: millis + 10, stepMillis: 3, run: run())
            }
        }
    }

    @Test("labels are told apart by their bytes, and sorted by them")
    func labels() {
        let composed = Labels([.init("a", "\u{e9}")]), decomposed = Labels([.init("a", "e\u{301}")])
        #expect(composed != decomposed && decomposed < composed)
        #expect(Labels([.init("b", "1"), .init("a", "2"), .init("c", ""), .init("b", "3")]).description == "{a=\"2\", b=\"1\"}")
        #expect(Labels([.init("a", "1")]) < Labels([.init("a", "1"), .init("b", "1")]) && Labels() < Labels([.init("B", "1")]))
        #expect(Labels([.init("a", "1")])["b"] == "")
    }

    @Test("remarks")
    func remarks() throws {
        #expect(try instant("rate(x[1m])", run()).get().infos == ["PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"x\" (1:6)"])
        #expect(try instant("quantile(2, x)", run()).get().warnings == ["PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)"])
        #expect(try instant("sum(x)", run()).get().infos == [])
    }
}
