internal import Trace

extension SpanRecord {
    /// When the span began, as far as is known: a sender that left the start out may have given an end. 0 when it gave neither.
    var knownStartNanos: UInt64 { startNanos != 0 ? startNanos : endNanos }

    /// Clocks step back: a span that ends before it starts lasted 0 ns, not 584 years.
    var durationNanos: UInt64 { startNanos != 0 && endNanos > startNanos ? endNanos - startNanos : 0 }

    /// The sender said that the span ended before it started.
    var endsBeforeStart: Bool { endNanos < startNanos }
}

/// The rows of a trace as the viewer counts them: spans by (start, −duration, span id), then by arrival.
enum RowOrder {
    /// The index of the span in each row. `spans` is mostly in start order already, so that only equal starts need sorting.
    static func of(_ spans: ContiguousArray<SpanRecord>) -> ContiguousArray<UInt32> {
        var order = ContiguousArray<UInt32>(unsafeUninitializedCapacity: spans.count) { rows, count in
            for index in spans.indices { rows[index] = UInt32(index) }
            count = spans.count
        }
        spans.withUnsafeBufferPointer { spans in
            order.withUnsafeMutableBufferPointer { order in
                var isSorted = true
                for index in spans.indices.dropFirst() where spans[index].knownStartNanos < spans[index - 1].knownStartNanos {
                    isSorted = false
                    break
                }
                guard isSorted else { return order.sort { precedes(spans, $0, $1) } }
                var first = 0
                while first < spans.count {
                    var end = first + 1
                    while end < spans.count, spans[end].knownStartNanos == spans[first].knownStartNanos { end += 1 }
                    if end > first + 1 { order[first..<end].sort { precedes(spans, $0, $1) } }
                    first = end
                }
            }
        }
        return order
    }

    private static func precedes(_ spans: UnsafeBufferPointer<SpanRecord>, _ a: UInt32, _ b: UInt32) -> Bool {
        let left = spans[Int(a)], right = spans[Int(b)]
        if left.knownStartNanos != right.knownStartNanos { return left.knownStartNanos < right.knownStartNanos }
        if left.durationNanos != right.durationNanos { return left.durationNanos > right.durationNanos }
        if left.spanID != right.spanID { return left.spanID < right.spanID }
        return a < b
    }
}
