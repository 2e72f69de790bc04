internal import Store
internal import Trace

extension Plan {
    /// The spans of a group that the pipeline selects, judged with their whole traces where it takes that.
    func selection(_ group: Group) throws -> Mask {
        if isRowWise { return try mask(group) }
        let block = group.block
        let table = try block.table()
        var bytes = [UInt8](repeating: 0, count: group.count)
        for piece in try group.traces() {
            let isWhole = table.entries[piece.trace].spans == UInt32(piece.rows.count) && !block.isSplit(piece.trace)
            // Of a trace that is split too, only rows that may take part can be selected here.
            guard try mayMatch(group, piece.rows, isWhole: isWhole) else { continue }
            let trace = isWhole ? WholeTrace(try block.traceID(piece.trace), group, piece.rows) : try block.whole(piece.trace)
            for spanset in try evaluate(trace) {
                for part in trace.pieces where part.lies(in: group) {
                    for row in part.rows where spanset.spans.contains(part.first + row - part.rows.lowerBound) { bytes[row] = 1 }
                }
            }
        }
        return Mask(bytes)
    }
}
