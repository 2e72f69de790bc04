internal import Trace

/// `attributes`: changes the attributes of spans, of all or of those that `include` and `exclude` leave.
struct AttributesProcessor: Processor {
    let name: String
    let counters = ProcessorCounters()
    private let actions: [AttributeAction]
    private let include: SpanMatcher?
    private let exclude: SpanMatcher?

    init(_ name: String, _ body: ConfigurationNode) throws(ConfigurationError) {
        self.name = name
        let fields = try body.fields(["actions", "include", "exclude"])
        actions = try AttributeAction.list(try fields.required("actions", "write a list of actions"))
        if let node = fields["include"] { include = try SpanMatcher(node) } else { include = nil }
        if let node = fields["exclude"] { exclude = try SpanMatcher(node) } else { exclude = nil }
    }

    func process(_ batch: inout SpanBatch, _ context: RequestContext, _ result: inout ProcessingResult) throws(ProcessingFailure) {
        var list = AttributeList()
        for index in batch.spans.indices {
            if let include, !include.matches(index, in: batch) { continue }
            if let exclude, exclude.matches(index, in: batch) { continue }
            let rows = batch.spans[index].attributes
            list.removeAll(keepingCapacity: true)
            list.append(contentsOf: batch.attributes[rows.indices])
            var isChanged = false
            for action in actions where action.apply(to: &list, in: &batch, context) { isChanged = true }
            guard isChanged else { continue }
            batch.spans[index].attributes = batch.put(list, over: rows)
            result.isChanged = true
            try batch.checkGrowth()
        }
    }
}
