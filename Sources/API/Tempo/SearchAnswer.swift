internal import Store
internal import Trace

/// A search result as Tempo writes it: exactly the fields that strict parsers know (tempo-api.md §5.2, §16.2); values that
/// protobuf leaves out at their default are left out of the JSON too.
struct SearchAnswer {
    static let missingRoot = "<root span not yet received>"

    let result: Search.Result

    func json() -> [UInt8] {
        var answer = JSONAnswer(reserving: result.hits.count * 512 + 128)
        answer.object { answer in
            answer.array("traces") { list in for hit in result.hits { list.object { write(hit, &$0) } } }
            answer.object("metrics") { metrics in
                if result.inspectedTraces > 0 { metrics.member("inspectedTraces", result.inspectedTraces) }
                if result.inspectedBytes > 0 { metrics.member("inspectedBytes", quoted: UInt64(result.inspectedBytes)) }
                metrics.member("completedJobs", 1)
                metrics.member("totalJobs", 1)
            }
        }
        return answer.array()
    }

    private func write(_ hit: Search.Hit, _ object: inout JSONAnswer) {
        let trace = hit.trace
        object.member("traceID", trace.id.hex)
        let (service, name) = Self.root(of: trace)
        if !service.isEmpty { object.member("rootServiceName", service) }
        if !name.isEmpty { object.member("rootTraceName", name) }
        if trace.startNanos > 0 { object.member("startTimeUnixNano", quoted: trace.startNanos) }
        if trace.durationMillis > 0 { object.member("durationMs", trace.durationMillis) }
        guard result.withSpanSets else { return }
        object.object("spanSet") { write(hit, spanSet: &$0) }
        object.array("spanSets") { $0.object { write(hit, spanSet: &$0) } }
        object.object("serviceStats") { stats in
            for entry in trace.services where !entry.service.name.isEmpty {
                stats.key(entry.service.name)
                stats.object {
                    if entry.spans > 0 { $0.member("spanCount", entry.spans) }
                    if entry.errors > 0 { $0.member("errorCount", entry.errors) }
                }
            }
        }
    }

    private func write(_ hit: Search.Hit, spanSet object: inout JSONAnswer) {
        object.array("spans") { list in
            for span in hit.spans {
                list.object {
                    $0.member("spanID", span.id.hex)
                    if span.startNanos > 0 { $0.member("startTimeUnixNano", quoted: span.startNanos) }
                    if span.durationNanos > 0 { $0.member("durationNanos", quoted: span.durationNanos) }
                }
            }
        }
        if hit.trace.spans > 0 { object.member("matched", hit.trace.spans) }
    }

    /// Tempo prints a sentence in the place of the root's service while no root has arrived.
    static func root(of trace: TraceSummary) -> (service: String, name: String) {
        guard let name = trace.rootName else { return (missingRoot, "") }
        return (trace.rootService ?? "", name)
    }
}

extension TraceSummary {
    /// Whole milliseconds, cut.
    var durationMillis: Int { Int(clamping: durationNanos / 1_000_000) }
}
