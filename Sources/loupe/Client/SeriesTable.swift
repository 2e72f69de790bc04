/// Series of a metrics query: a line for each, with its last, lowest and highest value and its course.
struct SeriesTable {
    let answer: JSONValue
    let terminal: Terminal

    private static let steps = Array("▁▂▃▄▅▆▇█")
    private static let courseColumns = 24

    var count: Int { answer["series"].list.count }

    var lines: [String] {
        let series = answer["series"].list
        let names = series.map(name)
        let numbers = 3 * 11 + 2 + Self.courseColumns
        let width = max(16, min(terminal.width - numbers, names.map(\.columns).max() ?? 0))
        let head = "SERIES".fitted(width) + ["LAST", "MIN", "MAX"].map { " " + $0.rightAligned(10) }.joined()
        return [terminal.styled(head, .bold)] + zip(series, names).map { series, name in
            let values = series["samples"].list.compactMap { $0["value"].number }
            let cells = [values.last, values.min(), values.max()].map { " " + ($0.map(significant) ?? "-").rightAligned(10) }.joined()
            return name.fitted(width) + cells + "  " + course(values)
        }
    }

    /// A lone label by its value, several as in Grafana's legend.
    private func name(_ series: JSONValue) -> String {
        let labels = series["labels"].list
        let text = labels.count == 1 ? labels[0]["value"].anyValue
            : "{" + labels.map { "\($0["key"].text)=\($0["value"].anyValue)" }.joined(separator: ", ") + "}"
        return text.printable
    }

    /// The highest value of each stretch, as blocks between the lowest and the highest of all.
    private func course(_ values: [Double]) -> String {
        let finite = values.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max() else { return "" }
        let columns = min(Self.courseColumns, finite.count)
        return String((0..<columns).map { column in
            let stretch = finite[column * finite.count / columns..<max(column * finite.count / columns + 1, (column + 1) * finite.count / columns)]
            let share = high > low ? ((stretch.max() ?? low) - low) / (high - low) : 0
            return Self.steps[share.isFinite ? min(7, Int(share * 8)) : 0]
        })
    }
}
