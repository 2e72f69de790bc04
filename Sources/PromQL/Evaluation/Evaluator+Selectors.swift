/// What functions of ranges work on: for each step a window that ends at `ends` and begins, exclusively, `rangeMillis` before.
struct Windows {
    var series: [Series]
    var rangeMillis: Int64
    var ends: [Int64]
}

extension Evaluator {
    enum Wanted { case value, timestamp }

    /// For each step the newest sample that is not older than the lookback, unless that one says that the series has ended.
    func rows(_ selector: Selector, _ wanted: Wanted) throws(EvaluationError) -> [Row] {
        let moments = moments(selector.shift)
        guard let first = moments.first, let last = moments.last else { return [] }
        let series = try select(selector, from: first - lookbackMillis + 1, through: last)
        try charge(rows: series.count)
        var rows: [Row] = []
        rows.reserveCapacity(series.count)
        for series in series {
            var row = Row(labels: series.labels, values: steps(absent))
            var next = 0                                            // the first sample after the moment
            var found = 0
            for (step, moment) in moments.enumerated() {
                while next < series.timestamps.count, series.timestamps[next] <= moment { next += 1 }
                guard next > 0, series.timestamps[next - 1] > moment - lookbackMillis, series.values[next - 1].isPresent else { continue }
                row.values[step] = wanted == .value ? series.values[next - 1] : Double(series.timestamps[next - 1]) / 1_000
                found += 1
            }
            run.count(loaded: found)
            if found > 0 { rows.append(row) }
        }
        release(rows: series.count - rows.count)
        run.release(samples: series.reduce(0) { $0 + $1.values.count })
        return rows
    }

    /// What a range selector or a subquery gives.
    func windows(_ expression: Expression) throws(EvaluationError) -> Windows {
        switch expression.kind {
        case .parens(let inner): return try windows(inner)
        case .range(let selector, let range):
            let ends = moments(selector.shift)
            guard let first = ends.first, let last = ends.last else { break }
            return Windows(series: try withoutMarkers(select(selector, from: first - range + 1, through: last)), rangeMillis: range, ends: ends)
        case .subquery(let subquery): return try windows(subquery)
        default: break
        }
        return Windows(series: [], rangeMillis: 1, ends: moments(TimeShift()))
    }

    /// The inner expression at the multiples of the subquery's step, from the beginning of the first window to the end of the last.
    private func windows(_ subquery: Subquery) throws(EvaluationError) -> Windows {
        let ends = moments(subquery.shift)
        let step = subquery.stepMillis ?? Query.defaultStepMillis
        guard let first = ends.first, let last = ends.last else { return Windows(series: [], rangeMillis: subquery.rangeMillis, ends: ends) }
        let before = first - subquery.rangeMillis
        let start = before - ((before % step) + step) % step + step
        guard start <= last else { return Windows(series: [], rangeMillis: subquery.rangeMillis, ends: ends) }
        let count = Int((last - start) / step) + 1
        try run.charge(samples: count)
        let inner = Evaluator(
            source: source, run: run, notes: notes, grid: Grid(startMillis: start, stepMillis: step, count: count),
            lookbackMillis: lookbackMillis, firstMillis: firstMillis, lastMillis: lastMillis)
        let rows = try inner.vector(subquery.inner)
        let series = inner.series(rows)
        try run.charge(samples: series.reduce(0) { $0 + $1.values.count })
        inner.release(rows: rows.count)
        run.release(samples: count)
        return Windows(series: series, rangeMillis: subquery.rangeMillis, ends: ends)
    }

    func release(_ windows: Windows) { run.release(samples: windows.series.reduce(0) { $0 + $1.values.count }) }

    /// Where a shifted selector looks at each step; never falling.
    private func moments(_ shift: TimeShift) -> [Int64] {
        let fixed: Int64? = switch shift.at {
        case .millis(let millis)?: millis
        case .start?: firstMillis
        case .end?: lastMillis
        case nil: nil
        }
        return (0..<grid.count).map { (fixed ?? grid.time($0)) - shift.offsetMillis }
    }

    /// By labels. The samples are charged, by the source.
    private func select(_ selector: Selector, from: Int64, through: Int64) throws(EvaluationError) -> [Series] {
        var series = try source.select(selector.matchers, fromMillis: from, throughMillis: through, run: run)
        series.sort { $0.labels < $1.labels }
        return series
    }

    private func withoutMarkers(_ series: [Series]) -> [Series] {
        var dropped = 0
        let kept = series.map { series in
            guard series.values.contains(where: Series.isStaleMarker) else { return series }
            let places = series.values.indices.filter { series.values[$0].isPresent }
            dropped += series.values.count - places.count
            return Series(series.labels, timestamps: places.map { series.timestamps[$0] }, values: places.map { series.values[$0] })
        }
        run.release(samples: dropped)
        return kept
    }
}
