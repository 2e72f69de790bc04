/// Writes families as text, in either format.
struct ExpositionWriter {
    let format: ExpositionFormat
    private var text = ""

    init(format: ExpositionFormat) { self.format = format }

    mutating func write(_ family: Family) {
        let series = family.series()
        guard !series.isEmpty else { return }
        let header = header(of: family)
        text += "# HELP \(header.name) \(escaped(family.help, quotes: format == .openMetrics))\n# TYPE \(header.name) \(header.type)\n"
        for one in series {
            switch one.value {
            case .whole(let value): line(family.name, one.labels, "\(value)")
            case .real(let value): line(family.name, one.labels, number(value))
            case .histogram(let histogram): write(histogram, family.name, one.labels)
            }
        }
    }

    /// OpenMetrics names a counter's family without `_total` and demands it on the samples. A counter whose
    /// established name has none is `unknown` there, so that the name stays what dashboards ask for.
    private func header(of family: Family) -> (name: String, type: String) {
        guard format == .openMetrics, family.kind == .counter else { return (family.name, family.kind.rawValue) }
        return family.name.hasSuffix("_total") ? (String(family.name.dropLast(6)), "counter") : (family.name, "unknown")
    }

    private mutating func write(_ histogram: HistogramSnapshot, _ name: String, _ labels: Labels) {
        for (bound, count) in zip(histogram.bounds + [.infinity], histogram.cumulative) {
            line(name + "_bucket", labels + ["le": number(bound)], "\(count)")
        }
        line(name + "_sum", labels, number(histogram.sum))
        line(name + "_count", labels, "\(histogram.cumulative.last ?? 0)")
    }

    private mutating func line(_ name: String, _ labels: Labels, _ value: String) {
        text += name
        if !labels.pairs.isEmpty {
            text += "{" + labels.pairs.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    mutating func finish() -> [UInt8] {
        if format == .openMetrics { text += "# EOF\n" }
        return Array(text.utf8)
    }

    private func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }

    private func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x5c || $0 == 0x0a || $0 == 0x22 }) else { return text }
        return text.reduce(into: "") { escaped, character in
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.append(character)
            }
        }
    }
}
