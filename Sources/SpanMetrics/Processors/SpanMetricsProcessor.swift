internal import SelfStats
internal import Trace

/// Calls, latency and size of spans, by their labels. Semantics: Tempo's `modules/generator/processor/spanmetrics`.
final class SpanMetricsProcessor {
    let table: RowTable
    /// What was worked out for spans of the same look.
    private var rows: KeyTable
    let configuration: SpanMetricsConfiguration
    let filter: SpanFilter
    private let bounds: ContiguousArray<Double>
    private let dimensions: [(key: Int, label: [UInt8])]
    private let mappings: [(keys: [Int], label: [UInt8], join: [UInt8])]
    /// Keys that labels are made of: of dimensions, then of mappings.
    private let labelKeys: [Int]
    private let multiplierKey: Int?
    private let metrics: (calls: Int?, latency: Int?, size: Int?)
    /// Whether a span's attributes have to be looked through.
    let asksAttributes: Bool
    private let context: GeneratorContext

    init(
        _ configuration: SpanMetricsConfiguration, _ set: MetricSet, _ keys: inout AttributeKeys, _ context: GeneratorContext
    ) throws(GeneratorConfigurationError) {
        self.configuration = configuration
        self.context = context
        filter = try SpanFilter(configuration.filters, &keys, of: "span_metrics")
        bounds = ContiguousArray(configuration.histogramBuckets)
        let reserved = configuration.enableTargetInfo ? LabelNames.targetInfo : LabelNames.intrinsic
        dimensions = configuration.dimensions.map { (keys.number($0), Array(LabelNames.dimension($0, reserved: reserved).utf8)) }
        mappings = configuration.mappings.map {
            (keys.numbers($0.sourceLabels), Array(LabelNames.dimension($0.name, reserved: reserved).utf8), Array($0.join.utf8))
        }
        labelKeys = dimensions.map(\.key) + mappings.flatMap(\.keys)
        multiplierKey = configuration.multiplierKey.map { keys.number($0) }
        var shapes: [MetricShape] = []
        func shape(_ part: MetricSet, _ shape: MetricShape) -> Int? {
            guard set.contains(part) else { return nil }
            shapes.append(shape)
            return shapes.count - 1
        }
        let calls = shape(.spanCalls, MetricShape("traces_spanmetrics_calls_total", "Spans.", .counter))
        let latency = shape(.spanLatency, MetricShape(
            "traces_spanmetrics_latency", "Durations of spans, in seconds.", .histogram(configuration.histogramBuckets)))
        let size = shape(.spanSize, MetricShape("traces_spanmetrics_size_total", "Bytes of spans.", .counter))
        metrics = (calls, latency, size)
        table = RowTable(shapes)
        rows = KeyTable(limitBytes: max(1 << 18, context.configuration.memoryBytes / 4))
        asksAttributes = !labelKeys.isEmpty || multiplierKey != nil || !filter.isEmpty
    }

    var allocatedBytes: Int { table.allocatedBytes + rows.allocatedBytes }

    /// What was worked out holds no longer.
    func forgetRows() { rows.removeAll() }

    /// The part of a span's labels that its resource decides.
    func resourceKey(_ resource: Resource) -> [UInt8] {
        let context = context
        context.scratch.clear()
        func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { context.scratch.append(part: $0, limit: context.configuration.maxLabelValueBytes) } }
        if configuration.intrinsics.service { append(resource.service ?? []) }
        if configuration.enableTargetInfo {
            append(resource.job)
            if configuration.enableInstanceLabel { append(resource.instance) }
        }
        for key in labelKeys { if resource.withValue(key, { context.appendToKey($0) }) == nil { context.appendToKey(nil) } }
        return Array(context.scratch.bytes)
    }

    /// Counts a span.
    @inline(__always) func count(_ view: SpanView, _ resource: Resource, size: () -> Int) {
        if !filter.isEmpty, !filter.keeps(view, resource.spanMetricsPolicies) {
            context.counters.filteredSpans.spanMetrics.add()
            return
        }
        let intrinsics = configuration.intrinsics
        let kind = intrinsics.spanKind ? view.span.kind : 0, status = intrinsics.statusCode ? view.span.status : 0
        context.scratch.clear()
        context.scratch.append(resource.labelGroup)
        context.scratch.append(UInt64(UInt32(bitPattern: kind)) | UInt64(UInt32(bitPattern: status)) << 32)
        if intrinsics.spanName { context.scratch.append(part: view.arena[view.span.name], limit: context.configuration.maxLabelValueBytes) }
        if intrinsics.statusMessage {
            context.scratch.append(part: view.arena[view.span.statusMessage], limit: context.configuration.maxLabelValueBytes)
        }
        for key in labelKeys where resource.found[key] == nil { context.appendToKey(view.attribute(key)) }
        let hash = seededHash(context.scratch.base, context.scratch.count)
        let row = rows.row(of: context.scratch.bytes, hash: hash) ?? makeRow(view, resource, hash)
        guard row >= 0 else {
            context.counters.invalidText.spanMetrics.add()
            return
        }
        let multiplier = self.multiplier(view, resource)
        let seconds = context.seconds
        if let metric = metrics.calls { table.add(multiplier, row, metric, seconds: seconds, &context.limits) }
        if let metric = metrics.latency {
            table.observe(
                view.durationSeconds, weight: multiplier, row, metric, bounds: bounds, trace: view.span.traceID, millis: context.millis,
                seconds: seconds, &context.limits)
        }
        if let metric = metrics.size { table.add(Double(size()), row, metric, seconds: seconds, &context.limits) }
    }

    @inline(__always) private func multiplier(_ view: SpanView, _ resource: Resource) -> Double {
        if !configuration.enableTraceStateMultiplier, multiplierKey == nil { return 1 }
        return view.multiplier(traceState: configuration.enableTraceStateMultiplier, key: multiplierKey, resource)
    }

    /// Finds the row of a span that looks like none before, and remembers it. -1: its labels are no text.
    @inline(never) private func makeRow(_ view: SpanView, _ resource: Resource, _ hash: UInt64) -> Int {
        let row = context.row(of: labels(view, resource), in: table) ?? -1
        rows.insert(context.scratch.bytes, hash: hash, row: row)
        return row
    }

    private func labels(_ view: SpanView, _ resource: Resource) -> [(name: [UInt8], value: [UInt8])] {
        var labels: [(name: [UInt8], value: [UInt8])] = []
        func add(_ name: String, _ value: [UInt8]) { labels.append((Array(name.utf8), value)) }
        let on = configuration.intrinsics
        if on.service { add("service", resource.service ?? []) }
        if on.spanName { add("span_name", Array(view.arena[view.span.name])) }
        if on.spanKind { add("span_kind", SpanTexts.kind(view.span.kind)) }
        if on.statusCode { add("status_code", SpanTexts.status(view.span.status)) }
        if on.statusMessage { add("status_message", Array(view.arena[view.span.statusMessage])) }
        for (key, label) in dimensions { labels.append((label, view.withValue(key, resource, \.text) ?? [])) }
        for (keys, label, join) in mappings {
            let values = keys.compactMap { view.withValue($0, resource, \.text) }.filter { !$0.isEmpty }
            labels.append((label, Array(values.joined(separator: join))))
        }
        if configuration.enableTargetInfo {
            add("job", resource.job)
            if configuration.enableInstanceLabel { add("instance", resource.instance) }
        }
        return labels
    }
}

extension SpanView {
    /// How many spans this one stands for: by its trace state, else by the ratio in an attribute of the span or its resource, else 1.
    func multiplier(traceState isAsked: Bool, key: Int?, _ resource: Resource) -> Double {
        if isAsked, !span.traceState.isEmpty, let multiplier = SamplingMultiplier.of(traceState: arena[span.traceState]) { return multiplier }
        guard let key else { return 1 }
        if let ratio = attribute(key), let multiplier = SamplingMultiplier.of(ratio: ratio) { return multiplier }
        return resource.withValue(key) { SamplingMultiplier.of(ratio: $0) }?.flatMap { $0 } ?? 1
    }
}
