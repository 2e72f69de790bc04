internal import Trace

/// A span with what a processor may look up of it, valid during one batch.
struct SpanView {
    var span: SpanRecord
    var arena: Arena
    var attributes: UnsafeBufferPointer<AttributeRecord>
    /// By key number: one more than the first attribute that has the key, counted in the batch; 0 for none.
    var found: UnsafeMutablePointer<UInt32>

    @inline(__always) func attribute(_ key: Int) -> AttributeView? {
        let index = found[key]
        return index == 0 ? nil : attributes[Int(index) &- 1].view(arena)
    }

    /// Looks a key up as all processors do: the resource first, then the span.
    @inline(__always) func withValue<R>(_ key: Int, _ resource: Resource, _ read: (AttributeView) -> R) -> R? {
        if resource.found[key] != nil { return resource.withValue(key, read) }
        return attribute(key).map(read)
    }

    /// Seconds from start to end; 0 when the end comes first.
    @inline(__always) var durationSeconds: Double {
        span.endNanos > span.startNanos ? Double(span.endNanos &- span.startNanos) / 1e9 : 0
    }
}
