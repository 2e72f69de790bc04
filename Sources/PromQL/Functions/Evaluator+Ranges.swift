extension Evaluator {
    private typealias Kernel = (Span<Int64>, Span<Double>, WindowEnd) -> Double

    /// Functions of what lies in a window.
    func overRange(_ function: Function, _ arguments: [Expression]) throws(EvaluationError) -> [Row] {
        guard let place = function.signature.arguments.firstIndex(of: .matrix) else { return [] }
        let windows = try windows(arguments[place])
        let parameters = arguments.count > 1 ? try scalar(arguments[1 - place]) : []
        defer { release(windows) }
        if function == .quantileOverTime, !windows.series.isEmpty { warnOfQuantiles(parameters, arguments[0]) }
        if function == .absentOverTime { return try absence(arguments[place], windows) }
        let rows = try rows(windows, keepsName: function == .lastOverTime, kernel(function, parameters))
        if function == .rate || function == .increase { remarkOnNames(windows, arguments[place]) }
        return rows
    }

    private func kernel(_ function: Function, _ parameters: [Double]) -> Kernel {
        switch function {
        case .rate:
            { times, values, window in
                let increase = increase(times, values, window, isCounter: true)
                return increase.isPresent ? increase / (Double(window.rangeMillis) / 1_000) : absent
            }
        case .increase: { times, values, window in increase(times, values, window, isCounter: true) }
        case .delta: { times, values, window in increase(times, values, window, isCounter: false) }
        case .irate: { times, values, _ in lastStep(times, values, isRate: true) }
        case .idelta: { times, values, _ in lastStep(times, values, isRate: false) }
        case .resets: { _, values, _ in resets(values) }
        case .changes: { _, values, _ in changes(values) }
        case .deriv: { times, values, _ in line(times, values, atMillis: times[0])?.slope ?? absent }
        case .predictLinear:
            { times, values, window in
                line(times, values, atMillis: window.timeMillis).map { $0.value + $0.slope * parameters[window.step] } ?? absent
            }
        case .sumOverTime: { _, values, _ in total(values) }
        case .avgOverTime: { _, values, _ in average(values) }
        case .minOverTime: { _, values, _ in least(values) }
        case .maxOverTime: { _, values, _ in greatest(values) }
        case .countOverTime: { _, values, _ in Double(values.count) }
        case .lastOverTime: { _, values, _ in values[values.count - 1] }
        case .presentOverTime: { _, _, _ in 1 }
        case .stdvarOverTime: { _, values, _ in variance(values) }
        case .stddevOverTime: { _, values, _ in variance(values).squareRoot() }
        case .quantileOverTime: { _, values, window in value(atQuantile: parameters[window.step], values) }
        default: { _, _, _ in absent }
        }
    }

    /// What `kernel` makes of each window that has a sample.
    private func rows(_ windows: Windows, keepsName: Bool, _ kernel: Kernel) throws(EvaluationError) -> [Row] {
        try charge(rows: windows.series.count)
        var rows: [Row] = []
        for series in windows.series {
            var row = Row(labels: keepsName ? series.labels : series.labels.withoutMetricName, values: steps(absent))
            let times = series.timestamps.span, values = series.values.span
            var first = 0, end = 0, sinceCheck = 0
            for step in 0..<grid.count {
                let window = WindowEnd(
                    endMillis: windows.ends[step], rangeMillis: windows.rangeMillis, timeMillis: grid.time(step), step: step)
                while end < times.count, times[end] <= window.endMillis { end += 1 }
                while first < end, times[first] <= window.endMillis - window.rangeMillis { first += 1 }
                if first == end { continue }
                row.values[step] = kernel(times.extracting(first..<end), values.extracting(first..<end), window)
                sinceCheck += end - first
                if sinceCheck > 1 << 20 {
                    run.count(loaded: sinceCheck)
                    sinceCheck = 0
                    try run.check()
                }
            }
            run.count(loaded: sinceCheck)
            try run.check()
            rows.append(row)
        }
        return try settled(rows, .wholeQuery)
    }

    private func absence(_ argument: Expression, _ windows: Windows) throws(EvaluationError) -> [Row] {
        try charge(rows: 1)
        var row = Row(labels: argument.absentLabels, values: steps(1))
        for series in windows.series {
            try run.check()
            var next = 0                                            // the first sample after the window
            for step in 0..<grid.count {
                while next < series.timestamps.count, series.timestamps[next] <= windows.ends[step] { next += 1 }
                if next > 0, series.timestamps[next - 1] > windows.ends[step] - windows.rangeMillis { row.values[step] = absent }
            }
        }
        return row.isEmpty ? [] : [row]
    }

    /// A rate of what is no counter is hardly what was meant.
    private func remarkOnNames(_ windows: Windows, _ argument: Expression) {
        for series in windows.series where series.values.count > 1 {
            let name = series.labels[Labels.metricName]
            if name.isEmpty || ["_total", "_sum", "_count", "_bucket"].contains(where: name.hasSuffix) { continue }
            notes.info("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \(quoted(name))", argument)
        }
    }
}
