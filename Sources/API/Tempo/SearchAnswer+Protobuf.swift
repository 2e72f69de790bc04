internal import OTLP
internal import Store
internal import Trace

/// `tempopb.SearchResponse` (tempo-api.md §9).
extension SearchAnswer {
    func protobuf() -> [UInt8] {
        var output = OutputBuffer(capacity: result.hits.count * 256 + 64)
        for hit in result.hits { output.message(1) { write(hit, &$0) } }
        output.message(2) { metrics in
            if result.inspectedTraces > 0 { metrics.field(1, varint: UInt64(result.inspectedTraces)) }
            if result.inspectedBytes > 0 { metrics.field(2, varint: UInt64(result.inspectedBytes)) }
            metrics.field(4, varint: 1)
            metrics.field(5, varint: 1)
        }
        return output.array()
    }

    private func write(_ hit: Search.Hit, _ output: inout OutputBuffer) {
        let trace = hit.trace
        output.field(1, string: trace.id.hex)
        let (service, name) = Self.root(of: trace)
        if !service.isEmpty { output.field(2, string: service) }
        if !name.isEmpty { output.field(3, string: name) }
        if trace.startNanos > 0 { output.field(4, varint: trace.startNanos) }
        if trace.durationMillis > 0 { output.field(5, varint: UInt64(trace.durationMillis)) }
        guard result.withSpanSets else { return }
        output.message(6) { write(hit, spanSet: &$0) }
        output.message(7) { write(hit, spanSet: &$0) }
        for entry in trace.services where !entry.service.name.isEmpty {
            output.message(8) { pair in
                pair.field(1, string: entry.service.name)
                pair.message(2) { stats in
                    if entry.spans > 0 { stats.field(1, varint: UInt64(entry.spans)) }
                    if entry.errors > 0 { stats.field(2, varint: UInt64(entry.errors)) }
                }
            }
        }
    }

    private func write(_ hit: Search.Hit, spanSet output: inout OutputBuffer) {
        for span in hit.spans {
            output.message(1) { message in
                message.field(1, string: span.id.hex)
                if span.startNanos > 0 { message.field(3, varint: span.startNanos) }
                if span.durationNanos > 0 { message.field(4, varint: span.durationNanos) }
            }
        }
        if hit.trace.spans > 0 { output.field(2, varint: UInt64(hit.trace.spans)) }
    }
}
