extension Family {
    /// The tenant of a Tempo that has none.
    private static let tenant: Labels = ["tenant": "single-tenant"]

    /// Spans accepted and refused by transport (`grpc`, `http`), and the bytes of their bodies, under Loupe's names
    /// and under those that dashboards and alerts for the Collector and for Tempo ask for.
    public static func intake(
        accepted: [(transport: String, Counter)], refused: [(transport: String, Counter)], bytes: Counter
    ) -> [Family] {
        func byTransport(_ name: String, _ help: String, _ counters: [(transport: String, Counter)]) -> Family {
            .counter(name, help, each: counters.map { (["transport": $0.transport], $0.1) })
        }
        let taken = byTransport("loupe_receiver_accepted_spans_total", "Spans acknowledged, and so stored.", accepted)
        let turnedAway = byTransport(
            "loupe_receiver_refused_spans_total", "Spans of well-formed requests that were refused; their exporter was told.", refused)
        let size = Family.counter("loupe_receiver_received_bytes_total", "Bytes of OTLP request bodies as received, compressed or not.", bytes)
        return [
            taken, turnedAway, size,
            taken.renamed("otelcol_receiver_accepted_spans", adding: ["receiver": "otlp"]),
            turnedAway.renamed("otelcol_receiver_refused_spans", adding: ["receiver": "otlp"]),
            taken.renamed("tempo_receiver_accepted_spans", adding: ["receiver": "otlp/otlp_receiver"]),
            turnedAway.renamed("tempo_receiver_refused_spans", adding: ["receiver": "otlp/otlp_receiver"]),
            .counter("tempo_distributor_spans_received_total", "Spans acknowledged.", labels: tenant) {
                accepted.reduce(0) { $0 + $1.1.value }
            },
            size.renamed("tempo_distributor_bytes_received_total", adding: tenant),
        ]
    }

    /// Blocks written, and writes of blocks that failed. `flush` is Tempo's word.
    public static func blocks(written: Counter, failed: Counter) -> [Family] {
        let done = Family.counter("loupe_store_blocks_written_total", "Blocks written to the store.", written)
        let lost = Family.counter("loupe_store_block_write_failures_total", "Blocks that could not be written; they are tried again.", failed)
        return [done, lost, done.renamed("tempo_ingester_blocks_flushed_total"), lost.renamed("tempo_ingester_failed_flushes_total")]
    }
}
