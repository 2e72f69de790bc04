internal import PromQL
internal import Wire

/// What can be asked of the series, from a form to the answer. The calls block. (promql.md §3)
struct PrometheusQuestions: Sendable {
    let source: any SeriesSource
    let limits: PrometheusLimits

    /// One request: what it said, when it came, and how it is stopped.
    struct Asked {
        let form: PrometheusForm
        let run: QueryRun
        let queued: Duration
    }

    func instant(_ asked: Asked) throws -> Response {
        let form = asked.form
        let time = try form.time("time", absent: form.nowMillis)
        let limit = try form.limit()
        let query = try query(form)
        return try answer(asked, query, time, limit) { try query.instant(source, atMillis: time, run: asked.run) }
    }

    func range(_ asked: Asked) throws -> Response {
        let form = asked.form
        let from = try form.requiredTime("start"), through = try form.requiredTime("end")
        guard through >= from else { throw PrometheusFailure(parameter: "end", "end timestamp must not be before start time") }
        let step = try form.requiredSeconds("step")
        guard step > 0 else {
            throw PrometheusFailure(
                parameter: "step", "zero or negative query resolution step widths are not accepted. Try a positive integer")
        }
        guard (Double(through) - Double(from)) / 1_000 / step <= PrometheusLimits.steps else {
            throw PrometheusFailure(
                .badData, "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)")
        }
        let limit = try form.limit()
        let query = try query(form)
        let type = query.expression.type
        guard type == .scalar || type == .vector else {
            throw PrometheusFailure(
                parameter: "query", "invalid expression type \"\(type.words)\" for range query, must be Scalar or instant Vector")
        }
        let stepMillis = max(1, Int64((step * 1_000).rounded()))
        return try answer(asked, query, through, limit) {
            try query.range(source, fromMillis: from, throughMillis: through, stepMillis: stepMillis, run: asked.run)
        }
    }

    private func query(_ form: PrometheusForm) throws -> Query {
        var query = try form.query()
        if let lookback = try form.seconds("lookback_delta"), lookback > 0 { query.lookbackMillis = max(1, Int64((lookback * 1_000).rounded())) }
        return query
    }

    private func answer(_ asked: Asked, _ query: Query, _ time: Int64, _ limit: Int?, _ evaluate: () throws -> Answer) throws -> Response {
        let start = ContinuousClock.now
        let answer = try evaluate()
        var result = PrometheusResult(
            answer: answer, timeMillis: time, limit: limit, shownWhenEmpty: query.expression.shownWhenEmpty)
        if !asked.form["stats"].isEmpty {
            result.statistics = .init(queueSeconds: asked.queued / .seconds(1), evaluationSeconds: (ContinuousClock.now - start) / .seconds(1))
        }
        return result.response()
    }

    func exemplars(_ asked: Asked) throws -> Response {
        let window = try asked.form.window()
        guard window.through >= window.from else {
            throw PrometheusFailure(.badData, "end timestamp must not be before start timestamp")
        }
        var found: [Labels: [Exemplar]] = [:]
        for selector in try asked.form.query().selectors {
            try asked.run.check()
            for (series, exemplars) in try source.exemplars(
                selector.matchers, fromMillis: window.from, throughMillis: window.through, run: asked.run) where !exemplars.isEmpty {
                found[series] = exemplars
            }
        }
        return PrometheusAnswer.exemplars(found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    // MARK: Metadata

    func series(_ asked: Asked) throws -> Response {
        guard !asked.form.values(of: "match[]").isEmpty else { throw PrometheusFailure(.badData, "no match[] parameter provided") }
        let limit = try asked.form.limit()
        return PrometheusAnswer.labelSets(try labelSets(asked).sorted(), limit: limit)
    }

    func labels(_ asked: Asked) throws -> Response {
        let limit = try asked.form.limit()
        var names: Set<Bytes> = []
        for labels in try labelSets(asked) { for label in labels.all { names.insert(Bytes(label.name)) } }
        return PrometheusAnswer.list(names.sorted().map(\.text), limit: limit)
    }

    func values(of name: String, _ asked: Asked) throws -> Response {
        let limit = try asked.form.limit()
        let name = unescaped(name)
        guard !name.isEmpty else { throw PrometheusFailure(.badData, "invalid label name: \"\"") }
        var values: Set<Bytes> = []
        for labels in try labelSets(asked) where !labels[name].isEmpty { values.insert(Bytes(labels[name])) }
        return PrometheusAnswer.list(values.sorted().map(\.text), limit: limit)
    }

    /// The label sets with a sample in the window that one of the `match[]` selects; of all series when there is none.
    private func labelSets(_ asked: Asked) throws -> Set<Labels> {
        let window = try asked.form.window()
        let selectors = try asked.form.selectors().map(\.matchers)
        var sets: Set<Labels> = []
        for matchers in selectors.isEmpty ? [[]] : selectors {
            try asked.run.check()
            sets.formUnion(try source.labelSets(matchers, fromMillis: window.from, throughMillis: window.through, run: asked.run))
        }
        return sets
    }

    /// `U__a_2e_b__c` is `a.b_c`: the way to write a name in a path that has more than letters. Other names are themselves.
    private func unescaped(_ name: String) -> String {
        guard name.hasPrefix("U__") else { return name }
        var rest = name.dropFirst(3)
        var text = ""
        while let underscore = rest.firstIndex(of: "_") {
            text += rest[..<underscore]
            rest = rest[rest.index(after: underscore)...]
            guard let end = rest.firstIndex(of: "_") else { return name }
            let code = rest[..<end]
            if code.isEmpty {
                text += "_"
            } else {
                guard let number = UInt32(code, radix: 16), let scalar = UnicodeScalar(number) else { return name }
                text.unicodeScalars.append(scalar)
            }
            rest = rest[rest.index(after: end)...]
        }
        return text + rest
    }
}

/// A text that is equal to another when their bytes are, and ordered by them.
private struct Bytes: Hashable, Comparable {
    let text: String
    init(_ text: String) { self.text = text }
    static func == (left: Bytes, right: Bytes) -> Bool { left.text == right.text && left.text.utf8.elementsEqual(right.text.utf8) }
    static func < (left: Bytes, right: Bytes) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }
}
