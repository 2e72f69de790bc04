internal import OTLP
internal import Trace

/// A trace that is being judged.
struct TailEvaluation {
    let batch: SpanBatch
    let nowNanos: UInt64
    /// From the first start to the last end, cut to whole milliseconds.
    let milliseconds: Int64

    init(_ batch: SpanBatch, nowNanos: UInt64) {
        self.batch = batch
        self.nowNanos = nowNanos
        let start = batch.spans.lazy.map(\.startNanos).min() ?? 0, end = batch.spans.lazy.map(\.endNanos).max() ?? 0
        milliseconds = end > start ? Int64(clamping: (end - start) / 1_000_000) : 0
    }

    var traceID: TraceID { batch.spans.first?.traceID ?? TraceID(high: 0, low: 0) }

    /// Whether `test` holds of a resource's or a span's attribute `key`, the first of its name in each.
    func hasAttribute(_ key: [UInt8], _ test: (AttributeRecord, _ bytes: (ByteRange) -> UnsafeRawBufferPointer) -> Bool) -> Bool {
        batch.withArena { arena in
            func isKey(_ range: ByteRange) -> Bool { range.count == key.count && arena[range].elementsEqual(key) }
            for span in batch.spans {
                let index = span.attributes.indices.first { isKey(batch.attributes[$0].key) }
                if let index, test(batch.attributes[index], { arena[$0] }) { return true }
            }
            for resource in batch.resources {
                let list = Envelope(.resource, resource.message, of: batch).attributes
                if let record = list.first(where: { isKey($0.key) }), test(record, { arena[$0] }) { return true }
            }
            return false
        }
    }

    /// What the trace takes as OTLP.
    func bytes() -> Int {
        var out = OutputBuffer()
        TraceEncoder.encode(batch, protobuf: &out)
        return out.count
    }
}
