internal import OTLP
internal import Query
internal import Trace

/// Traces of a search as Tempo writes them: exactly the fields that strict parsers know; what protobuf leaves out at its default
/// is left out of the JSON too. (tempo-api.md §5.2, §16.2)
struct SearchWriter {
    private let types: ColumnTypes

    /// - Parameter traces: all that go into one answer, because their attributes share columns.
    init(_ traces: some Sequence<FoundTrace>) { types = ColumnTypes(traces) }

    static func json(_ answer: SearchAnswer) -> [UInt8] {
        let writer = SearchWriter(answer.traces)
        var output = JSONAnswer(reserving: answer.traces.count * 512 + 128)
        output.object { output in
            output.array("traces") { list in for trace in answer.traces { list.object { writer.write(trace, &$0) } } }
            output.object("metrics") { answer.statistics.write(searchMetrics: &$0) }
        }
        return output.array()
    }

    private func write(_ trace: FoundTrace, _ object: inout JSONAnswer) {
        object.member("traceID", trace.id.hex)
        let root = trace.root
        if !root.service.isEmpty { object.member("rootServiceName", root.service) }
        if !root.name.isEmpty { object.member("rootTraceName", root.name) }
        object.count("startTimeUnixNano", quoted: trace.startNanos)
        object.count("durationMs", trace.durationMillis)
        let spansets = trace.shownSpansets
        guard let first = spansets.first else { return }
        object.object("spanSet") { write(first, &$0) }
        object.array("spanSets") { list in for spanset in spansets { list.object { write(spanset, &$0) } } }
        object.object("serviceStats") { stats in
            for service in trace.services where !service.name.isEmpty {
                stats.key(service.name)
                stats.object {
                    $0.count("spanCount", service.spans)
                    $0.count("errorCount", service.errors)
                }
            }
        }
    }

    private func write(_ spanset: FoundTrace.Spanset, _ object: inout JSONAnswer) {
        object.array("spans") { list in for span in spanset.spans { list.object { write(span, &$0) } } }
        object.count("matched", spanset.matched)
        write(spanset.attributes, &object)
    }

    private func write(_ span: FoundTrace.Span, _ object: inout JSONAnswer) {
        object.member("spanID", span.id.hex)
        if let name = span.name, !name.isEmpty { object.member("name", name) }
        object.count("startTimeUnixNano", quoted: span.startNanos)
        object.count("durationNanos", quoted: span.durationNanos)
        write(span.presentAttributes, &object)
    }

    private func write(_ attributes: [NamedValue], _ object: inout JSONAnswer) {
        guard !attributes.isEmpty else { return }
        object.array("attributes") { list in for attribute in attributes { list.keyValue(attribute.name, types.value(attribute)) } }
    }
}

/// `tempopb.TraceSearchMetadata` and what is in it. (tempo-api.md §9)
extension SearchWriter {
    /// `tempopb.SearchResponse`.
    static func protobuf(_ answer: SearchAnswer) -> [UInt8] {
        let writer = SearchWriter(answer.traces)
        var output = OutputBuffer(capacity: answer.traces.count * 256 + 64)
        for trace in answer.traces { writer.write(trace, field: 1, &output) }
        output.message(2) { answer.statistics.write(searchMetrics: &$0) }
        return output.array()
    }

    func write(_ trace: FoundTrace, field: Int, _ output: inout OutputBuffer) {
        output.message(field) { message in
            message.field(1, string: trace.id.hex)
            let root = trace.root
            message.text(2, root.service)
            message.text(3, root.name)
            message.count(4, long: trace.startNanos)
            message.count(5, trace.durationMillis)
            let spansets = trace.shownSpansets
            guard let first = spansets.first else { return }
            message.message(6) { write(first, &$0) }
            for spanset in spansets { message.message(7) { write(spanset, &$0) } }
            for service in trace.services where !service.name.isEmpty {
                message.message(8) { entry in
                    entry.field(1, string: service.name)
                    entry.message(2) {
                        $0.count(1, service.spans)
                        $0.count(2, service.errors)
                    }
                }
            }
        }
    }

    private func write(_ spanset: FoundTrace.Spanset, _ output: inout OutputBuffer) {
        for span in spanset.spans {
            output.message(1) { message in
                message.field(1, string: span.id.hex)
                message.text(2, span.name ?? "")
                message.count(3, long: span.startNanos)
                message.count(4, long: span.durationNanos)
                for attribute in span.presentAttributes { message.keyValue(5, attribute.name, types.value(attribute)) }
            }
        }
        output.count(2, spanset.matched)
        for attribute in spanset.attributes { output.keyValue(3, attribute.name, types.value(attribute)) }
    }
}

extension FoundTrace {
    /// Tempo prints a sentence in the place of the root's service while no root has arrived.
    fileprivate var root: (service: String, name: String) {
        if rootService == nil, rootName == nil { return ("<root span not yet received>", "") }
        return (rootService ?? "", rootName ?? "")
    }

    /// Whole milliseconds, cut; strict parsers refuse an answer whose number is beyond its 32 bits.
    fileprivate var durationMillis: Int { Int(UInt32(clamping: durationNanos / 1_000_000)) }

    /// A span set without spans breaks Grafana's streaming table.
    fileprivate var shownSpansets: [Spanset] { spansets.filter { !$0.spans.isEmpty } }
}

extension FoundTrace.Span {
    /// A selected field that the span lacks is simply absent.
    fileprivate var presentAttributes: [NamedValue] { attributes.filter { $0.value != .none } }
}
