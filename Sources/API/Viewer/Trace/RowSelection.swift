internal import Trace

/// The rows that `/rows` is asked for: `r=12,400-460`, or `id=` span ids.
struct RowSelection {
    /// Rows and ids of one call at most.
    static let rowLimit = 2_000
    static let idLimit = 200

    /// Reads `12,400-460`: rows of a trace with `count`, in the order asked for. Rows beyond the end are left out.
    static func rows(_ text: String, of count: Int) throws(BadParameter) -> [Int] {
        var rows: [Int] = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first >= 0, last >= first else {
                throw BadParameter("r=\(text.prefix(100)) is not a list of rows such as 12,400-460.")
            }
            let end = min(last, count - 1)
            if first > end { continue }
            guard rows.count + (end - first + 1) <= rowLimit else { throw BadParameter("At most \(rowLimit) rows a call; ask again for the rest.") }
            rows.append(contentsOf: first...end)
        }
        return rows
    }

    /// Reads span ids and answers every row that has one of them, ascending. Unknown ids are left out.
    static func ids(_ text: String, in trace: OpenedTrace) throws(BadParameter) -> [Int] {
        let parts = text.split(separator: ",")
        guard parts.count <= idLimit else { throw BadParameter("At most \(idLimit) span ids a call; ask again for the rest.") }
        var rows: Set<Int> = []
        for part in parts {
            guard let id = SpanID(hex: part) else { throw BadParameter("id=\(part.prefix(40)) is not a span id of 16 hexadecimal digits.") }
            rows.formUnion(trace.index.rows(of: id.bits, in: trace.ids))
        }
        guard rows.count <= rowLimit else { throw BadParameter("These ids stand for \(rows.count) rows; at most \(rowLimit) a call.") }
        return rows.sorted()
    }
}
