/// Writes families as text, in either format.
struct ExpositionWriter {
    let format: ExpositionFormat
    private var text: [UInt8] = []

    init(format: ExpositionFormat) { self.format = format }

    mutating func write(_ family: Family) {
        let series = family.series()
        guard !series.isEmpty else { return }
        header(family.name, family.help, family.kind.rawValue)
        for one in series {
            let labels = rendered(one.labels)
            switch one.value {
            case .whole(let value): line(family.name, labels, "\(value)")
            case .real(let value): line(family.name, labels, number(value))
            case .histogram(let histogram):
                write(
                    bounds: histogram.bounds.map { number($0) }, counts: histogram.cumulative.map { "\($0)" }, sum: number(histogram.sum),
                    exemplars: [], family.name, labels)
            }
        }
    }

    mutating func write(_ family: FamilySnapshot) {
        guard !family.series.isEmpty else { return }
        header(family.name, family.help, family.kind.rawValue)
        for one in family.series {
            let labels = rendered(one.labels)
            switch one.value {
            case .number(let value): line(family.name, labels, count(value))
            case .histogram(let histogram):
                write(
                    bounds: histogram.bounds, counts: histogram.cumulative.map { count($0) }, sum: number(histogram.sum),
                    exemplars: histogram.exemplars, family.name, labels)
            }
        }
    }

    /// OpenMetrics names a counter's family without `_total` and demands it on the samples. A counter whose
    /// established name has none is `unknown` there, so that the name stays what dashboards ask for.
    private mutating func header(_ name: String, _ help: String, _ kind: String) {
        var (name, kind) = (name, kind)
        if format == .openMetrics, kind == "counter" {
            if name.hasSuffix("_total") { name.removeLast(6) } else { kind = "unknown" }
        }
        text += "# HELP \(name) \(escaped(help, quotes: format == .openMetrics))\n# TYPE \(name) \(kind)\n".utf8
    }

    private mutating func write(
        bounds: [String], counts: [String], sum: String, exemplars: [BucketSnapshot.Exemplar?], _ name: String, _ labels: String
    ) {
        let bucket = name + "_bucket", prefix = labels.isEmpty ? "" : labels + ","
        for (place, count) in counts.enumerated() {
            let bound = bounds.indices.contains(place) ? bounds[place] : "+Inf"
            line(bucket, "\(prefix)le=\"\(bound)\"", count, exemplars.indices.contains(place) ? exemplars[place] : nil)
        }
        line(name + "_sum", labels, sum)
        line(name + "_count", labels, counts.last ?? "0")
    }

    /// Of exemplars, text 0.0.4 knows nothing; and one with more than 128 characters of labels is none.
    private mutating func line(_ name: String, _ labels: String, _ value: String, _ exemplar: BucketSnapshot.Exemplar? = nil) {
        text += name.utf8
        if !labels.isEmpty { text += "{\(labels)}".utf8 }
        text += " \(value)".utf8
        if format == .openMetrics, let exemplar, exemplar.labels.pairs.reduce(0, { $0 + $1.name.count + $1.value.count }) <= 128 {
            text += " # {\(rendered(exemplar.labels))} \(number(exemplar.value)) \(number(Double(exemplar.millis) / 1000))".utf8
        }
        text.append(0x0a)
    }

    mutating func finish() -> [UInt8] {
        if format == .openMetrics { text += "# EOF\n".utf8 }
        return text
    }

    /// What stands between the braces.
    private func rendered(_ labels: Labels) -> String {
        labels.pairs.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",")
    }

    /// A count, that is whole as a rule.
    private func count(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 0x1p53 ? "\(Int64(value))" : number(value)
    }

    private func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }

    private func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x5c || $0 == 0x0a || $0 == 0x22 }) else { return text }
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
            case "\"" where quotes: escaped.append(contentsOf: "\\\"".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
