// Feeds text to the query language of Prometheus. What it accepts prints and reads as the same expression, and is evaluated over
// a few series without a trap; what it refuses has a place in the text.
import PromQL

/// A counter, a gauge with a gap and a marker, and two buckets, a sample every 15 s for 5 minutes.
private struct FewSeries: SeriesSource {
    private static let all: [Series] = ["a", "b", "c"].flatMap { name in
        ["1", "+Inf"].map { bound in
            let steps = (0..<20).filter { name == "a" || $0 % 7 != 3 }
            return Series(
                Labels([.init("__name__", name), .init("le", bound)]), timestamps: steps.map { Int64($0) * 15_000 },
                values: steps.map { name == "b" && $0 == 12 ? Series.staleMarker : Double($0 * 3 % 11) })
        }
    }

    func select(_ matchers: [Matcher], fromMillis: Int64, throughMillis: Int64, run: QueryRun) throws(EvaluationError) -> [Series] {
        var found: [Series] = []
        for series in Self.all where matchers.allSatisfy({ $0.accepts(series.labels) }) {
            let inside = series.timestamps.indices.filter { series.timestamps[$0] >= fromMillis && series.timestamps[$0] <= throughMillis }
            if inside.isEmpty { continue }
            try run.charge(samples: inside.count)
            found.append(Series(series.labels, timestamps: inside.map { series.timestamps[$0] }, values: inside.map { series.values[$0] }))
        }
        return found
    }
    func labelSets(_: [Matcher], fromMillis _: Int64, throughMillis _: Int64, run _: QueryRun) throws(EvaluationError) -> [Labels] { [] }
    func exemplars(
        _: [Matcher], fromMillis _: Int64, throughMillis _: Int64, run _: QueryRun
    ) throws(EvaluationError) -> [(series: Labels, exemplars: [Exemplar])] { [] }
    var families: [MetricFamily] { [] }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPromQL(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    do throws(ParseError) {
        let query = try Query(parsing: text)
        for printed in [query.expression.description, query.expression.formatted] where printed.utf8.count <= 128 << 10 {
            guard let again = try? Expression(parsing: printed) else { preconditionFailure("refused as it was printed: \(printed)") }
            precondition(again.description == query.expression.description, "printed in two ways: \(printed)")
        }
        let run = QueryRun(sampleLimit: 100_000, deadline: .now + .seconds(1))
        _ = try? query.instant(FewSeries(), atMillis: 290_000, run: run)
        if query.expression.type == .scalar || query.expression.type == .vector {
            _ = try? query.range(FewSeries(), fromMillis: 0, throughMillis: 300_000, stepMillis: 40_000, run: QueryRun(sampleLimit: 100_000, deadline: .now + .seconds(1)))
        }
    } catch {
        precondition(error.line >= 1 && error.column >= 1 && error.column <= text.utf8.count + 1)
    }
    return 0
}
