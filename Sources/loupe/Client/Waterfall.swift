import Trace

/// A trace as a terminal can show it: the tree on the left, durations, and bars over time on the right.
struct Waterfall {
    private let batch: SpanBatch
    private let terminal: Terminal
    private let tree: TraceTree
    /// By scope: the name of the service, and a number for its colour.
    private let services: [(name: String, number: Int)]
    private let startNanos: UInt64
    private let endNanos: UInt64

    private static let durationColumns = 9

    init(_ batch: SpanBatch, _ terminal: Terminal) {
        self.batch = batch
        self.terminal = terminal
        tree = TraceTree(batch)
        var numbers: [String: Int] = [:]
        let ofResource = batch.withArena { arena in batch.resources.map { Self.service(arena[$0.message]) } }
        services = batch.scopes.map { scope in
            let name = ofResource[Int(scope.resource)].printable
            let number = numbers[name] ?? numbers.count
            numbers[name] = number
            return (name, number)
        }
        startNanos = batch.spans.map(\.startNanos).filter { $0 > 0 }.min() ?? 0
        endNanos = batch.spans.map(\.endNanos).max() ?? 0
    }

    /// - Parameter id: of the trace.
    func lines(_ id: String) -> [String] {
        let errors = batch.spans.count { $0.status == SpanStatus.error.rawValue }
        let facts = [
            durationText(endNanos > startNanos ? endNanos - startNanos : 0), counted(batch.spans.count, "span"),
            counted(Set(services.map(\.name)).count, "service"), errors == 0 ? nil : terminal.styled(counted(errors, "error"), .red),
        ]
        let nameColumns = max(20, terminal.width * 45 / 100)
        let barColumns = max(8, terminal.width - nameColumns - Self.durationColumns - 2)
        let head = "\(terminal.styled(id, .bold))  \(localTime(startNanos))  \(facts.compactMap { $0 }.joined(separator: ", "))"
        return [head] + tree.rows.map { line($0, nameColumns, barColumns) }
    }

    private func line(_ row: TraceTree.Row, _ nameColumns: Int, _ barColumns: Int) -> String {
        let span = batch.spans[row.span]
        let service = services[Int(span.scope)]
        let isError = span.status == SpanStatus.error.rawValue
        let branches = branches(row, limit: nameColumns / 2)
        let mark = isError ? "✗ " : row.isOrphan ? "⋯ " : ""
        let name = batch.string(span.name).printable
        let label = "\(name.isEmpty ? "(no name)" : name)\(service.name.isEmpty ? "" : " · \(service.name)")"
        let text = (mark + label).fitted(max(4, nameColumns - branches.columns))
        let nanos = span.startNanos > 0 && span.endNanos > span.startNanos ? span.endNanos - span.startNanos : 0
        let bar = bar(span, barColumns)
        let shown = isError ? terminal.styled(text, .red) : text
        return terminal.styled(branches, .dim) + shown + " " + durationText(nanos).rightAligned(Self.durationColumns) + " "
            + (isError ? terminal.styled(bar, .red) : terminal.tinted(bar, service.number))
    }

    /// The lines of the tree in front of a name; only the innermost levels when there are too many.
    private func branches(_ row: TraceTree.Row, limit: Int) -> String {
        guard let last = row.continues.last else { return "" }
        let text = row.continues.dropLast().map { $0 ? "│ " : "  " }.joined() + (last ? "├ " : "└ ")
        return text.count <= limit ? text : "…" + text.suffix(limit - 1)
    }

    private func bar(_ span: SpanRecord, _ columns: Int) -> String {
        let total = Double(max(1, endNanos - min(startNanos, endNanos)))
        let begun = max(span.startNanos, startNanos)                                    // 0 is unknown
        let from = Double(begun - startNanos) / total
        let to = span.endNanos > begun ? Double(span.endNanos - startNanos) / total : from
        let first = min(columns - 1, Int(from * Double(columns)))
        let last = min(columns, max(first + 1, Int((to * Double(columns)).rounded(.up))))
        return String(repeating: " ", count: first) + String(repeating: "█", count: last - first)
    }

    /// `service.name` of an encoded resource.
    private static func service(_ resource: UnsafeRawBufferPointer) -> String {
        var name = ""
        AttributeReader.forEach(in: resource) { key, type, bits in
            let isName = UnsafeRawBufferPointer(rebasing: resource[key.start..<key.end]).elementsEqual("service.name".utf8)
            guard isName, type == .string else { return true }
            let range = AttributeRecord(key: key, type: type, bits: bits).range
            name = String(decoding: resource[range.start..<range.end], as: UTF8.self)
            return false
        }
        return name
    }
}
