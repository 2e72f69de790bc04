/// Traces of a search: a line for each, and below it its matching spans when they show attributes.
struct SearchTable {
    let answer: JSONValue
    let terminal: Terminal

    var count: Int { answer["traces"].list.count }

    var lines: [String] {
        let traces = answer["traces"].list
        let services = traces.map { $0["rootServiceName"].text.printable }
        let serviceWidth = min(24, max(7, services.map(\.columns).max() ?? 0))
        let nameWidth = max(12, terminal.width - 32 - 1 - 23 - 1 - 9 - 1 - serviceWidth - 1 - 7)
        var lines = [terminal.styled(
            "TRACE".fitted(32) + " " + "START".fitted(23) + " " + "DURATION".rightAligned(9) + " " + "SERVICE".fitted(serviceWidth) + " "
                + "NAME".fitted(nameWidth) + " MATCHED", .bold)]
        for (trace, service) in zip(traces, services) {
            let start = trace["startTimeUnixNano"].count
            let duration = durationText(min(trace["durationMs"].count, 1 << 40) * 1_000_000)
            let sets = trace["spanSets"].list
            let matched = sets.reduce(0) { $0 + Int(UInt32(clamping: $1["matched"].count)) }
            lines.append(
                "\(trace["traceID"].text.printable.fitted(32)) \(localTime(start)) \((duration == "0 ns" ? "< 1 ms" : duration).rightAligned(9)) "
                    + "\(service.fitted(serviceWidth)) \(trace["rootTraceName"].text.printable.fitted(nameWidth)) \(String(matched).rightAligned(7))")
            for set in sets { lines += details(set) }
        }
        return lines
    }

    private func details(_ set: JSONValue) -> [String] {
        var lines: [String] = []
        let own = pairs(set)
        if !own.isEmpty { lines.append(terminal.styled("    \(own)".cut(terminal.width), .dim)) }
        for span in set["spans"].list {
            let attributes = pairs(span)
            guard !attributes.isEmpty else { continue }
            let name = span["name"].text.printable
            let duration = durationText(span["durationNanos"].count)
            lines.append(terminal.styled("    \(name.isEmpty ? span["spanID"].text.printable : name) \(duration)  \(attributes)".cut(terminal.width), .dim))
        }
        return lines
    }

    private func pairs(_ item: JSONValue) -> String {
        item["attributes"].list.map { "\($0["key"].text)=\($0["value"].anyValue)".printable }.joined(separator: " ")
    }
}

extension JSONValue {
    /// The text of an `AnyValue`.
    var anyValue: String {
        guard case .object(let members) = self, let value = members.values.first else { return "" }
        return value.text
    }
}

extension String {
    /// At most so many columns.
    fileprivate func cut(_ width: Int) -> String { columns <= width ? self : fitted(width) }
}
