import PromQL
import SelfStats
import SpanMetrics
import Store

/// The store's series, as PromQL reads them.
struct StoredSeries: SeriesSource {
    let store: SeriesStore
    /// Knows what its metrics mean; nil when none are made.
    let generator: Generator?

    func select(_ matchers: [Matcher], fromMillis: Int64, throughMillis: Int64, run: QueryRun) throws(EvaluationError) -> [PromQL.Series] {
        do {
            let found = try store.select(tests(matchers), fromMillis: fromMillis, throughMillis: throughMillis) { try run.charge(samples: $0) }
            return found.map { PromQL.Series(labels($0.labels), timestamps: $0.times, values: $0.values) }
        } catch let error as EvaluationError {
            throw error
        } catch {
            throw .storage("\(error)")
        }
    }

    func labelSets(_ matchers: [Matcher], fromMillis: Int64, throughMillis: Int64, run: QueryRun) throws(EvaluationError) -> [PromQL.Labels] {
        try run.check()
        return store.series(tests(matchers), fromMillis: fromMillis, throughMillis: throughMillis).map { labels($0.labels) }
    }

    func exemplars(
        _ matchers: [Matcher], fromMillis: Int64, throughMillis: Int64, run: QueryRun
    ) throws(EvaluationError) -> [(series: PromQL.Labels, exemplars: [Exemplar])] {
        try run.check()
        var found: [PromQL.Labels: [Exemplar]] = [:]
        for (series, exemplar) in store.exemplars(tests(matchers), fromMillis: fromMillis, throughMillis: throughMillis) {
            let label = generator?.configuration.registry.traceIDLabel ?? "traceID"
            found[labels(series), default: []].append(
                Exemplar(PromQL.Labels([.init(label, exemplar.traceID)]), value: exemplar.value, timestampMillis: exemplar.millis))
        }
        return found.map { ($0.key, $0.value.sorted { $0.timestampMillis < $1.timestampMillis }) }
    }

    var families: [MetricFamily] {
        (generator?.exposition(.prometheus) ?? []).map { MetricFamily(name: $0.name, type: $0.kind.rawValue, help: $0.help) }
    }

    private func tests(_ matchers: [Matcher]) -> [SeriesTest] {
        matchers.map { matcher in SeriesTest(matcher.name) { matcher.accepts($0) } }
    }

    private func labels(_ labels: [SeriesLabel]) -> PromQL.Labels { PromQL.Labels(labels.map { .init($0.name, $0.value) }) }
}
