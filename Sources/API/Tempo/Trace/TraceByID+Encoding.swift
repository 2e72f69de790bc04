internal import OTLP
internal import Store
internal import Trace

/// The bodies of the two versions: v1 is the trace itself, v2 an envelope around it.
extension TraceByID {
    /// `{"batches":[…]}`: v1 kept this name for old clients.
    static func json(v1 trace: StoredTrace) -> [UInt8] {
        var output = OutputBuffer(capacity: trace.answerBytes)
        output.append("{\"batches\":")
        TraceEncoder.encode(resourceSpansOf: trace.batch, json: .tempo, &output)
        output.append("}")
        return output.array()
    }

    /// `tempopb.Trace`, the same bytes as OTLP's `TracesData`.
    static func protobuf(v1 trace: StoredTrace) -> [UInt8] {
        var output = OutputBuffer(capacity: trace.answerBytes)
        TraceEncoder.encode(trace.batch, protobuf: &output)
        return output.array()
    }

    /// A trace that is not found is an empty one: `{"trace":{},"metrics":{}}`. Without the field `trace` Grafana crashes.
    static func json(v2 trace: StoredTrace?) -> [UInt8] {
        var output = OutputBuffer(capacity: trace?.answerBytes ?? 64)
        output.append("{\"trace\":")
        if let trace { TraceEncoder.encode(trace.batch, json: .tempo, &output) } else { output.append("{}") }
        output.append(",\"metrics\":{")
        if let bytes = trace?.inspectedBytes, bytes > 0 {
            output.append("\"inspectedBytes\":")
            output.json(quoted: UInt64(bytes))
        }
        output.append("}")
        if let partial = trace?.partial {
            output.append(",\"status\":\"PARTIAL\",\"message\":")
            output.json(string: partial)
        }
        output.append("}")
        return output.array()
    }

    /// `tempopb.TraceByIDResponse`; the bytes `0a 00 12 00` when there is no trace.
    static func protobuf(v2 trace: StoredTrace?) -> [UInt8] {
        var output = OutputBuffer(capacity: trace?.answerBytes ?? 64)
        output.message(1) { output in
            if let trace { TraceEncoder.encode(trace.batch, protobuf: &output) }
        }
        output.message(2) { output in
            if let bytes = trace?.inspectedBytes, bytes > 0 { output.field(1, varint: UInt64(bytes)) }
        }
        if let partial = trace?.partial {
            output.field(3, varint: 1)
            output.field(4, string: partial)
        }
        return output.array()
    }
}

extension StoredTrace {
    /// About what the answer will take, so that its buffer seldom grows.
    fileprivate var answerBytes: Int { 4_096 + batch.body.count + batch.extra.count + batch.spans.count * 128 }
}
