internal import Trace

/// `resource`: changes the attributes of resources, once for each.
struct ResourceProcessor: Processor {
    let name: String
    let counters = ProcessorCounters()
    private let actions: [AttributeAction]
    /// Nil where the outcome depends on the request.
    private let cache: EnvelopeCache?

    init(_ name: String, _ body: ConfigurationNode) throws(ConfigurationError) {
        self.name = name
        let fields = try body.fields(["attributes"])
        actions = try AttributeAction.list(try fields.required("attributes", "write a list of actions"))
        cache = actions.contains(where: \.needsRequest) ? nil : EnvelopeCache()
    }

    func process(_ batch: inout SpanBatch, _ context: RequestContext, _ result: inout ProcessingResult) throws(ProcessingFailure) {
        let isChanged = try batch.rewriteResources { message, batch in
            func work(_ envelope: inout Envelope, _ batch: inout SpanBatch) -> Bool {
                var isChanged = false
                for action in actions where action.apply(to: &envelope.attributes, in: &batch, context) { isChanged = true }
                return isChanged
            }
            guard let cache else { return EnvelopeCache.outcome(.resource, message, &batch, work) }
            return cache.outcome(.resource, message, &batch, work)
        }
        if isChanged { result.isChanged = true }
    }
}
