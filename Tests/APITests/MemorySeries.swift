import PromQL

/// Series in a list, searched the obvious way.
struct MemorySeries: SeriesSource {
    var series: [Series] = []
    var kept: [(series: Labels, exemplars: [Exemplar])] = []
    var families: [MetricFamily] = []

    func select(_ matchers: [Matcher], fromMillis: Int64, throughMillis: Int64, run: QueryRun) throws(EvaluationError) -> [Series] {
        var found: [Series] = []
        for series in series where matchers.allSatisfy({ $0.accepts(series.labels) }) {
            let inside = series.timestamps.indices.filter { (fromMillis...max(fromMillis, throughMillis)).contains(series.timestamps[$0]) }
            guard !inside.isEmpty else { continue }
            try run.charge(samples: inside.count)
            found.append(Series(series.labels, timestamps: inside.map { series.timestamps[$0] }, values: inside.map { series.values[$0] }))
        }
        return found.reversed()                                     // no order is promised
    }

    func labelSets(_ matchers: [Matcher], fromMillis: Int64, throughMillis: Int64, run: QueryRun) throws(EvaluationError) -> [Labels] {
        try select(matchers, fromMillis: fromMillis, throughMillis: throughMillis, run: run)
            .filter { !$0.values.allSatisfy(Series.isStaleMarker) }.map(\.labels)
    }

    func exemplars(
        _ matchers: [Matcher], fromMillis: Int64, throughMillis: Int64, run: QueryRun
    ) throws(EvaluationError) -> [(series: Labels, exemplars: [Exemplar])] {
        kept.filter { entry in matchers.allSatisfy { $0.accepts(entry.series) } }.map { entry in
            (entry.series, entry.exemplars.filter { $0.timestampMillis >= fromMillis && $0.timestampMillis <= throughMillis })
        }
    }
}
