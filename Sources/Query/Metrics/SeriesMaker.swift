internal import Glibc
internal import TraceQL

/// Makes series of what was counted.
struct SeriesMaker {
    private let scan: MetricsScan

    init(_ scan: MetricsScan) { self.scan = scan }

    func series(_ gathered: MetricsScan.Gathered) -> [MetricsSeries] {
        let tally = gathered.tally
        var made: [Tally.Key: MetricsSeries] = [:]
        switch scan.function {
        case .quantileOverTime(let field, let quantiles): return quantileSeries(gathered, field, quantiles)
        case .histogramOverTime(let field):
            for (number, key) in tally.keys.enumerated() {
                made[key] = MetricsSeries(
                    labels: labels(key.values) + [NamedValue("__bucket", .float(Self.bound(key.bucket, field)))], values: values(tally, number))
            }
        default:
            if tally.keys.isEmpty, scan.grouping.isEmpty, scan.kind == .count {
                made[Tally.Key(values: [])] = MetricsSeries(labels: labels([]), values: Array(repeating: 0, count: scan.intervals.count))
            }
            for (number, key) in tally.keys.enumerated() {
                let values = values(tally, number)
                if values.contains(where: { $0 != nil }) { made[key] = MetricsSeries(labels: labels(key.values), values: values) }
            }
        }
        for candidate in gathered.exemplars.chosen {
            guard let values = made[candidate.series]?.values else { continue }
            made[candidate.series]?.exemplars.append(exemplar(candidate, values))
        }
        return Array(made.values)
    }

    private func exemplar(_ candidate: ExemplarPool.Candidate, _ values: [Double?]) -> Exemplar {
        var cursor = Intervals.Cursor(scan.intervals)
        let sample = cursor.sample(candidate.startNanos)
        let value: Double
        if let argument = scan.argument {
            value = candidate.value / (argument.isDuration && (scan.isBucketed || argument == .intrinsic(.duration)) ? 1e9 : 1)
        } else {
            value = sample >= 0 ? (values[sample] ?? 0) : 0
        }
        return Exemplar(labels: candidate.labels, value: value, timeNanos: candidate.startNanos)
    }

    private func labels(_ values: [Value]) -> [NamedValue] {
        guard !scan.grouping.isEmpty else {
            switch scan.function {
            case .quantileOverTime, .histogramOverTime, .compare: return []
            default: return [NamedValue("__name__", .string(scan.function.name))]
            }
        }
        let labels = zip(scan.grouping, values).compactMap { $1 == .none ? nil : NamedValue($0.description, $1.asLabel) }
        return labels.isEmpty ? [NamedValue(scan.grouping[0].description, .string("nil"))] : labels
    }

    private func values(_ tally: Tally, _ series: Int) -> [Double?] {
        let scale: Double
        switch scan.function {
        case .rate: scale = scan.intervals.seconds
        case .minOverTime(.intrinsic(.duration)), .maxOverTime(.intrinsic(.duration)), .avgOverTime(.intrinsic(.duration)),
             .sumOverTime(.intrinsic(.duration)): scale = 1e9
        default: scale = 1
        }
        return (0..<tally.intervals).map { tally.value(series, $0).map { $0 / scale } }
    }

    /// The upper bound of bucket `power`: two to its power, of durations in seconds.
    static func bound(_ power: Int, _ field: Field) -> Double { scalbn(1, Int32(power)) / (field.isDuration ? 1e9 : 1) }

    private func quantileSeries(_ gathered: MetricsScan.Gathered, _ field: Field, _ quantiles: [Double]) -> [MetricsSeries] {
        var buckets: [[Value]: [(bucket: Int, number: Int)]] = [:]
        for (number, key) in gathered.tally.keys.enumerated() { buckets[key.values, default: []].append((key.bucket, number)) }
        var made: [MetricsSeries] = []
        for (values, rows) in buckets {
            let rows = rows.sorted { $0.bucket < $1.bucket }
            for (place, quantile) in quantiles.enumerated() {
                let samples = (0..<scan.intervals.count).map { interval -> Double? in
                    Self.quantile(quantile, rows.map { ($0.bucket, gathered.tally.value($0.number, interval) ?? 0) }) / (field.isDuration ? 1e9 : 1)
                }
                var series = MetricsSeries(labels: labels(values) + [NamedValue("p", .float(quantile))], values: samples)
                // An exemplar hangs on the first quantile's series.
                if place == 0 {
                    for candidate in gathered.exemplars.chosen where candidate.series.values == values { series.exemplars.append(exemplar(candidate, samples)) }
                }
                made.append(series)
            }
        }
        return made
    }

    /// By exponential interpolation within the bucket that holds it; 0 for no values.
    static func quantile(_ quantile: Double, _ buckets: [(power: Int, count: Double)]) -> Double {
        let filled = buckets.filter { $0.count > 0 }
        let total = filled.reduce(0) { $0 + $1.count }
        guard total > 0 else { return 0 }
        let wanted = max(1, (quantile * total).rounded(.up))
        var below = 0.0
        for (index, bucket) in filled.enumerated() {
            let through = below + bucket.count
            if through == wanted { return scalbn(1, Int32(bucket.power)) }
            if through > wanted || index == filled.count - 1 {
                let low = index > 0 ? Double(filled[index - 1].power) : Double(bucket.power) - 1
                return exp2(low + (Double(bucket.power) - low) * (wanted - below) / bucket.count)
            }
            below = through
        }
        return 0
    }
}
