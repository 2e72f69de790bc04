internal import PromQL
internal import Wire

/// Answers in Prometheus' JSON: `{"status":"success","data":…}`, and beside the data what there is to remark. (promql.md §2)
enum PrometheusAnswer {
    static let truncated = "results truncated due to limit"

    static func success(warnings: [String] = [], infos: [String] = [], _ data: (inout JSONAnswer) -> Void) -> Response {
        var json = JSONAnswer()
        json.object { json in
            json.member("status", "success")
            json.key("data")
            data(&json)
            if !warnings.isEmpty { json.array("warnings") { for warning in warnings { $0.string(warning) } } }
            if !infos.isEmpty { json.array("infos") { for info in infos { $0.string(info) } } }
        }
        return .json(json.array())
    }

    static func list(_ items: [String], limit: Int?) -> Response {
        let isCut = limit.map { items.count > $0 } ?? false
        return success(warnings: isCut ? [truncated] : []) { json in
            json.array { for item in items.prefix(limit ?? .max) { $0.string(item) } }
        }
    }

    static func labelSets(_ sets: [Labels], limit: Int?) -> Response {
        let isCut = limit.map { sets.count > $0 } ?? false
        return success(warnings: isCut ? [truncated] : []) { json in
            json.array { for labels in sets.prefix(limit ?? .max) { $0.labels(labels) } }
        }
    }

    static func exemplars(_ found: [(series: Labels, exemplars: [Exemplar])]) -> Response {
        success { json in
            json.array { json in
                for (series, exemplars) in found {
                    json.object { json in
                        json.key("seriesLabels")
                        json.labels(series)
                        json.array("exemplars") { for exemplar in exemplars { $0.exemplar(exemplar) } }
                    }
                }
            }
        }
    }
}

/// The result of a query, and how it came about.
struct PrometheusResult {
    var answer: Answer
    /// Of an instant query.
    var timeMillis: Int64
    var limit: Int?
    /// Labels that stand in every element, be it empty.
    var shownWhenEmpty: [String]
    /// Nil unless it was asked for.
    var statistics: Statistics?

    struct Statistics {
        var queueSeconds: Double
        var evaluationSeconds: Double
    }

    func response() -> Response {
        var warnings = answer.warnings
        if isCut { warnings.append(PrometheusAnswer.truncated) }
        return PrometheusAnswer.success(warnings: warnings, infos: answer.infos) { json in
            json.object { json in
                json.member("resultType", type)
                json.key("result")
                write(&json)
                if let statistics { write(statistics, &json) }
            }
        }
    }

    private var isCut: Bool {
        guard let limit else { return false }
        return switch answer.value {
        case .vector(let elements): elements.count > limit
        case .matrix(let series): series.count > limit
        case .scalar, .string: false
        }
    }

    private var type: String {
        switch answer.value {
        case .scalar: "scalar"
        case .string: "string"
        case .vector: "vector"
        case .matrix: "matrix"
        }
    }

    private func write(_ json: inout JSONAnswer) {
        switch answer.value {
        case .scalar(let value): json.point(timeMillis, NumberText.plain(value))
        case .string(let text): json.point(timeMillis, text)
        case .vector(let elements):
            json.array { json in
                for (labels, value) in elements.prefix(limit ?? .max) {
                    json.object { json in
                        json.key("metric")
                        json.labels(labels, shown: shownWhenEmpty)
                        json.key("value")
                        json.point(timeMillis, NumberText.sample(value))
                    }
                }
            }
        case .matrix(let series):
            json.array { json in
                for series in series.prefix(limit ?? .max) {
                    json.object { json in
                        json.key("metric")
                        json.labels(series.labels, shown: shownWhenEmpty)
                        json.array("values") { json in
                            for (time, value) in zip(series.timestamps, series.values) { json.point(time, NumberText.sample(value)) }
                        }
                    }
                }
            }
        }
    }

    /// Sorting and preparing are part of the evaluation here.
    private func write(_ statistics: Statistics, _ json: inout JSONAnswer) {
        json.object("stats") { json in
            json.object("timings") { json in
                for (name, seconds) in [
                    ("evalTotalTime", statistics.evaluationSeconds), ("resultSortTime", 0), ("queryPreparationTime", 0),
                    ("innerEvalTime", statistics.evaluationSeconds), ("execQueueTime", statistics.queueSeconds),
                    ("execTotalTime", statistics.queueSeconds + statistics.evaluationSeconds),
                ] {
                    json.key(name)
                    json.number(text: NumberText.plain(seconds))
                }
            }
            json.object("samples") { json in
                json.member("totalQueryableSamples", answer.totalSamples)
                json.member("peakSamples", answer.peakSamples)
            }
        }
    }
}

extension JSONAnswer {
    /// `{"name":"value"}`; with those of `shown` that the labels lack, as empty ones.
    mutating func labels(_ labels: Labels, shown: [String] = []) {
        var pairs = labels.all.map { ($0.name, $0.value) }
        for name in shown where labels[name].isEmpty { pairs.append((name, "")) }
        if pairs.count > labels.all.count { pairs.sort { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) } }
        object { json in
            for (name, value) in pairs {
                json.key(name)
                json.string(value)
            }
        }
    }

    /// `[time,"value"]`.
    mutating func point(_ millis: Int64, _ value: String) {
        array { json in
            json.number(text: NumberText.seconds(millis: millis))
            json.string(value)
        }
    }

    mutating func exemplar(_ exemplar: Exemplar) {
        object { json in
            json.key("labels")
            json.labels(exemplar.labels)
            json.member("value", NumberText.sample(exemplar.value))
            json.key("timestamp")
            json.number(text: NumberText.seconds(millis: exemplar.timestampMillis))
        }
    }
}
