/// How many spans are active in each of 512 equal bins over the trace: the shape of the minimap.
enum TraceHistogram {
    static let binCount = 512

    static func of(_ trace: OpenedTrace) -> [Int] {
        var changes = [Int](repeating: 0, count: binCount + 1)
        let width = Double(max(1, trace.durationNanos)) / Double(binCount)
        for index in trace.order {
            let span = trace.spans[Int(index)]
            let start = trace.offset(of: span)
            let first = min(binCount - 1, Int(Double(start) / width))
            // A span that ends on a bin's edge is not active in the bin that begins there.
            let last = span.durationNanos == 0 ? first : min(binCount - 1, max(first, Int((Double(start + span.durationNanos) / width).rounded(.up)) - 1))
            changes[first] += 1
            changes[last + 1] -= 1
        }
        var active = 0
        return changes.dropLast().map { change in
            active += change
            return active
        }
    }
}
