internal import SelfStats
internal import Trace

/// What a generator's lock guards.
final class GeneratorState {
    let configuration: GeneratorConfiguration
    let context: GeneratorContext
    private let counters: GeneratorCounters
    private let keys: AttributeKeys
    private let serviceKeys: ServiceKeys
    let spans: SpanMetricsProcessor?
    let graph: ServiceGraphProcessor?
    let info: ResourceInfo
    private var resources = ResourceCache()
    /// The resource of each of a batch's, once a span asked for it.
    private var ofBatch: ContiguousArray<Resource?> = []
    /// By key number: where the span at hand has it.
    private let found: UnsafeMutablePointer<UInt32>
    private var lastSweep: UInt32 = 0
    private var lastTurn: UInt32 = 0
    private var gone: [Range<Int>] = []
    var lastCollectionMillis: Int64 = 0

    /// Seconds between looks for stale series.
    private static let sweepSeconds: UInt32 = 300

    init(_ configuration: GeneratorConfiguration, _ counters: GeneratorCounters) throws(GeneratorConfigurationError) {
        self.configuration = configuration
        self.counters = counters
        let context = GeneratorContext(configuration.registry, counters)
        var keys = AttributeKeys()
        serviceKeys = ServiceKeys(&keys)
        spans = configuration.metrics.hasSpanMetrics
            ? try SpanMetricsProcessor(configuration.spanMetrics, configuration.metrics, &keys, context) : nil
        graph = configuration.metrics.hasServiceGraphs
            ? try ServiceGraphProcessor(configuration.serviceGraphs, configuration.metrics, &keys, context) : nil
        info = ResourceInfo(configuration, &keys, context)
        self.context = context
        self.keys = keys
        found = .allocate(capacity: keys.keys.count)
        found.initialize(repeating: 0, count: keys.keys.count)
    }

    deinit { found.deallocate() }

    var tables: [RowTable] { [spans?.table, graph?.table, info.targets, info.hosts].compactMap { $0 } }

    func consume(_ batch: SpanBatch, nowNanos: UInt64) {
        setClock(nowNanos)
        expireEdges()
        resources.makeRoom()
        ofBatch.removeAll(keepingCapacity: true)
        ofBatch.append(contentsOf: repeatElement(nil, count: batch.resources.count))
        let slack = UInt64(configuration.slackSeconds) * 1_000_000_000
        let earliest = nowNanos > slack ? nowNanos - slack : 0, latest = nowNanos &+ slack < nowNanos ? .max : nowNanos + slack
        var late = 0
        batch.withArena { arena in
            batch.attributes.withUnsafeBufferPointer { attributes in
                batch.events.withUnsafeBufferPointer { events in
                    batch.links.withUnsafeBufferPointer { links in
                        for span in batch.spans {
                            guard span.endNanos >= earliest, span.endNanos <= latest else {
                                late += 1
                                continue
                            }
                            let resource = resource(Int(batch.scopes[Int(span.scope)].resource), batch, arena)
                            let view = SpanView(span: span, arena: arena, attributes: attributes, found: found)
                            count(view, resource) { SpanSize.bytes(of: span, attributes: attributes, events: events, links: links) }
                        }
                    }
                }
            }
        }
        counters.receivedSpans.add(batch.spans.count)
        counters.receivedBytes.add(batch.body.count)
        counters.lateSpans.add(late)
        ofBatch.removeAll(keepingCapacity: ofBatch.count <= 1024)
    }

    @inline(__always) private func count(_ view: SpanView, _ resource: Resource, size: () -> Int) {
        let side = graph == nil ? nil : ServiceGraphProcessor.side(ofKind: view.span.kind)
        if side != nil || spans?.asksAttributes == true {
            found.update(repeating: 0, count: keys.keys.count)
            for row in view.span.attributes.indices {
                if let key = keys.find(view.arena[view.attributes[row].key]), found[key] == 0 { found[key] = UInt32(row + 1) }
            }
        }
        if let spans { spans.count(view, resource, size: size) }
        if let side, let graph { graph.count(view, side, resource) }
    }

    // MARK: Resources

    @inline(__always) private func resource(_ index: Int, _ batch: SpanBatch, _ arena: Arena) -> Resource {
        if let known = ofBatch[index] { return known }
        let resource = resources.resource(arena[batch.resources[index].message]) { self.look(at: $0) }
        ofBatch[index] = resource
        info.note(resource)
        return resource
    }

    private func look(at message: UnsafeRawBufferPointer) -> Resource {
        let resource = Resource(message, keys, serviceKeys)
        if let spans {
            resource.labelGroup = resources.group(spans.resourceKey(resource))
            resource.spanMetricsPolicies = spans.filter.resourceResults(resource)
        }
        if let graph { resource.serviceGraphPolicies = graph.filter.resourceResults(resource) }
        info.look(at: resource)
        return resource
    }

    // MARK: Time

    private func setClock(_ nowNanos: UInt64) {
        context.millis = Int64(clamping: nowNanos / 1_000_000)
        context.seconds = UInt32(clamping: nowNanos / 1_000_000_000)
    }

    private func expireEdges() { graph?.expire(atSeconds: UInt64(context.seconds)) }

    func tick(nowNanos: UInt64) {
        setClock(nowNanos)
        expireEdges()
        if lastSweep == 0 { (lastSweep, lastTurn) = (context.seconds, context.seconds) }
        let stale = UInt32(clamping: configuration.registry.staleSeconds)
        if context.seconds >= lastSweep.addingReportingOverflow(min(Self.sweepSeconds, stale)).partialValue {
            lastSweep = context.seconds
            removeStale(before: context.seconds > stale ? context.seconds - stale : 0)
        }
        if context.seconds >= lastTurn.addingReportingOverflow(stale).partialValue {
            lastTurn = context.seconds
            for table in tables { table.turnEstimates() }
            context.cardinality.turnEstimates()
            forget()                                             // so that what lives is seen again
        }
    }

    private func removeStale(before seconds: UInt32) {
        var isOutdated = false
        for table in tables { isOutdated = table.removeStale(before: seconds, &context.limits, gone: &gone) || isOutdated }
        if isOutdated { forget() }
    }

    /// Drops all that was worked out before: keys and resources that lead to rows.
    private func forget() {
        spans?.forgetRows()
        graph?.forgetRows()
        resources.removeAll()
    }

    /// Series removed since the last call, by number.
    func takeGone() -> [Range<Int>] {
        defer { gone = [] }
        return gone
    }

    func refreshCardinality() { if context.cardinality.refresh() { forget() } }

    var status: GeneratorStatus {
        GeneratorStatus(
            activeSeries: context.limits.activeSeries, activeRows: context.limits.activeRows, waitingEdges: graph?.waiting.count ?? 0,
            resources: resources.count,
            allocatedBytes: (spans?.allocatedBytes ?? 0) + (graph?.allocatedBytes ?? 0) + (info.targets?.allocatedBytes ?? 0)
                + (info.hosts?.allocatedBytes ?? 0) + resources.allocatedBytes + context.scratch.allocatedBytes,
            seriesDemand: tables.reduce(0) { $0 + $1.seriesDemand }, rowDemand: tables.reduce(0) { $0 + $1.demand.count },
            labelDemand: context.cardinality.demand)
    }
}
