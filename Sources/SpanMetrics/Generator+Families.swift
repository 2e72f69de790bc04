public import SelfStats

extension Generator {
    /// What the generator counts about itself, under Tempo's names.
    public var families: [Family] {
        let tenant: Labels = ["tenant": "single-tenant"]
        let counters = counters
        func name(_ text: String) -> String { "tempo_metrics_generator_" + text }
        func status(_ text: String, _ help: String, _ read: @escaping @Sendable (GeneratorStatus) -> Int) -> Family {
            .gauge(name(text), help, labels: tenant) { read(self.status) }
        }
        func discarded(_ reason: String, _ processor: String) -> Labels { ["tenant": "single-tenant", "reason": reason, "processor": processor] }
        let limit = configuration.registry.maxActive
        let processors = configuration.metrics.processorNames
        return [
            .counter(name("spans_received_total"), "Spans looked at.", counters.receivedSpans, labels: tenant),
            .counter(name("bytes_received_total"), "Bytes of OTLP that these spans came in.", counters.receivedBytes, labels: tenant),
            .counter(
                name("metrics_generation_skipped_processor_pushes_total"), "Requests that asked for no metrics.", counters.skippedRequests,
                labels: tenant),
            .counter(name("spans_discarded_total"), "Spans that counted in no metric, or not in all.", each: [
                (discarded("outside_metrics_ingestion_slack", "all"), counters.lateSpans),
                (discarded("span_metrics_filtered", "span-metrics"), counters.filteredSpans.spanMetrics),
                (discarded("service_graphs_filtered", "service-graphs"), counters.filteredSpans.serviceGraphs),
                (discarded("invalid_utf8", "span-metrics"), counters.invalidText.spanMetrics),
                (discarded("invalid_utf8", "service-graphs"), counters.invalidText.serviceGraphs),
            ]),
            .gauge(name("active_processors"), "Whether a processor runs.", each: {
                ["span-metrics", "service-graphs", "host-info"].map {
                    (["tenant": "single-tenant", "processor": $0], processors.contains($0) ? 1 : 0)
                }
            }),
            status("registry_active_series", "Series.", \.activeSeries),
            .gauge(name("registry_max_active_series"), "Series that there may be; 0: no limit.", labels: tenant) { limit },
            .counter(name("registry_series_added_total"), "Series that began.", counters.addedSeries, labels: tenant),
            .counter(name("registry_series_removed_total"), "Series that were removed, being stale.", counters.removedSeries, labels: tenant),
            .counter(name("registry_series_limited_total"), "Label sets that found no room, each time.", counters.limitedSeries, labels: tenant),
            status("registry_active_series_demand_estimate", "About how many series there would be without limits.", \.seriesDemand),
            status("registry_entity_demand_estimate", "About how many sets of labels there would be without limits.", \.rowDemand),
            .gauge(name("registry_label_cardinality_demand_estimate"), "About how many values a label has.", each: {
                self.status.labelDemand.map { (["tenant": "single-tenant", "label_name": $0.label], $0.values) }
            }),
            Family.counter(
                name("registry_label_values_limited_total"), "Label values that became __cardinality_overflow__.", counters.limitedValues
            ).renamed(name("registry_label_values_limited_total"), adding: tenant),
            .counter(name("registry_collections_total"), "Collections of all series.", counters.collections, labels: tenant),
            .counter(name("registry_collections_failed_total"), "Collections that were not kept.", counters.failedCollections, labels: tenant),
            .counter(name("processor_service_graphs_edges"), "Edges begun.", counters.edges, labels: tenant),
            .counter(name("processor_service_graphs_dropped_spans"), "Spans that found no place to wait.", counters.droppedSpans, labels: tenant),
            .counter(name("processor_service_graphs_expired_edges"), "Edges whose other side never came.", counters.expiredEdges, labels: tenant),
            .counter(
                name("processor_service_graphs_dropped_edges_total"), "Spans whose other side was filtered.", counters.droppedEdges, labels: tenant),
            .counter(
                name("processor_service_graphs_dropped_span_side_cache_overflow_total"), "Filtered spans that could not be remembered.",
                counters.markerOverflows, labels: tenant),
            .gauge("loupe_span_metrics_bytes", "Memory of the metrics made of spans.") { self.status.allocatedBytes },
            .gauge("loupe_span_metrics_waiting_edges", "Spans that wait for their other side.") { self.status.waitingEdges },
        ]
    }
}
