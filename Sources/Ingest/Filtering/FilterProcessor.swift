internal import SelfStats
internal import Trace

/// `filter`: drops the spans that match any of its conditions, which are TraceQL filters instead of OTTL.
struct FilterProcessor: Processor {
    let name: String
    let counters = ProcessorCounters()
    private let conditions: [SpanFilter]

    init(_ name: String, _ body: ConfigurationNode) throws(ConfigurationError) {
        self.name = name
        let fields = try body.fields(["error_mode", "traces", "trace_conditions"])
        // A TraceQL filter cannot fail: what a span has not makes a comparison false.
        _ = try fields["error_mode"]?.choice([("ignore", 0), ("silent", 0), ("propagate", 0)])
        var conditions: [SpanFilter] = []
        if let traces = fields["traces"] {
            let lists = try traces.fields(["span", "spanevent"])
            try lists.refuse(
                "spanevent", "events are not dropped one by one",
                "write a condition under span, such as { event:name = \"x\" }, to drop the whole span")
            if let list = lists["span"] { for item in try list.list() { conditions.append(try SpanFilter(item)) } }
        }
        if let list = fields["trace_conditions"] { for item in try list.list() { conditions.append(try SpanFilter(item)) } }
        guard !conditions.isEmpty else { throw body.error("there is no condition", "write traces: {span: ['{ span.http.route = \"/health\" }']}") }
        self.conditions = conditions
    }

    func process(_ batch: inout SpanBatch, _ context: RequestContext, _ result: inout ProcessingResult) {
        var isKept = ContiguousArray<Bool>(repeating: true, count: batch.spans.count)
        batch.withArena { arena in
            for index in batch.spans.indices where conditions.contains(where: { $0.matches(index, in: batch, arena) }) { isKept[index] = false }
        }
        let dropped = batch.removeSpans(isKept)
        guard dropped > 0 else { return }
        counters.filtered.add(dropped)
        result.isChanged = true
        result.drops.append(Drop(processor: name, reason: .filtered, count: dropped))
    }
}
