internal import OTLP
internal import SelfStats
internal import Trace
internal import Wire

/// Looks over what was decoded for mistakes that lose no span, but make it hard to find: reported, never refused.
extension OTLPService {
    func inspect(_ decoded: DecodedRequest, _ result: ExportResult, _ receivedNanos: UInt64, _ head: RequestHead) {
        let batch = decoded.batch
        let names = batch.withArena { arena in batch.resources.map { ServiceName(of: arena[$0.message]) } }
        let service = names.lazy.compactMap(\.text).first
        if !decoded.rejected.isEmpty {
            report(.rejectedSpans, head, service: service, result.message)
        }
        guard !batch.spans.isEmpty else { return }
        if names.contains(where: \.isUnknown) {
            report(.unknownService, head, service: service, "A resource has no service.name of its own: set OTEL_SERVICE_NAME.")
        }
        if let detail = ClockCheck.finding(batch.spans, receivedNanos) { report(.clock, head, service: service, detail) }
    }
}

/// `service.name` of an encoded resource.
private struct ServiceName {
    var text: String?

    init(of resource: UnsafeRawBufferPointer) {
        var found: ByteRange?
        AttributeReader.forEach(in: resource) { key, type, bits in
            guard type == .string, key.count == 12,
                  UnsafeRawBufferPointer(rebasing: resource[key.start..<key.end]).elementsEqual("service.name".utf8) else { return true }
            found = AttributeRecord(key: key, type: type, bits: bits).range
            return false
        }
        text = found.map { String(decoding: resource[$0.start..<$0.end], as: UTF8.self) }
    }

    /// SDKs fill in `unknown_service:java` and the like.
    var isUnknown: Bool { text.map { $0.isEmpty || $0.utf8.starts(with: "unknown_service".utf8) } ?? true }
}

/// Finds clocks that are off and times in the wrong unit, by the median of up to 31 of a request's spans.
enum ClockCheck {
    static let toleratedSeconds = 300

    static func finding(_ spans: ContiguousArray<SpanRecord>, _ receivedNanos: UInt64) -> String? {
        let step = max(1, spans.count / 31)
        let ends = stride(from: 0, to: spans.count, by: step).map { spans[$0].endNanos }.filter { $0 != 0 }.sorted()
        guard !ends.isEmpty, receivedNanos > 0 else { return nil }
        let median = ends[ends.count / 2]
        for (unit, factor) in [("microseconds", 1_000.0), ("milliseconds", 1_000_000), ("seconds", 1_000_000_000)] {
            let ratio = Double(median) * factor / Double(receivedNanos)
            if ratio > 0.9, ratio < 1.1 { return "Times look like \(unit); OTLP wants nanoseconds since 1970." }
        }
        let isAhead = median > receivedNanos
        let seconds = (isAhead ? median - receivedNanos : receivedNanos - median) / 1_000_000_000
        guard seconds > toleratedSeconds else { return nil }
        let amount = seconds < 7200 ? "\(seconds / 60) min" : seconds < 172_800 ? "\(seconds / 3600) h" : "\(seconds / 86_400) days"
        return isAhead ? "Spans end \(amount) from now: the sender's clock is ahead." : "Spans ended \(amount) ago: an old backlog, or a clock that is behind."
    }
}
