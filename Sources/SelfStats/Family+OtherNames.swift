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

    /// Merges of blocks: how many, what they took and made, and those that failed. `tempodb` is the part of Tempo that merges.
    public static func compaction(
        runs: Counter, failed: Counter, blocks: (taken: Counter, made: Counter), bytes: (taken: Counter, made: Counter), spans: Counter,
        seconds: @escaping @Sendable () -> Double
    ) -> [Family] {
        func inAndOut(_ name: String, _ help: String, _ counters: (taken: Counter, made: Counter)) -> Family {
            let series: [(Labels, Counter)] = [(["direction": "in"], counters.taken), (["direction": "out"], counters.made)]
            return .counter(name, help, each: series)
        }
        let failures = Family.counter("loupe_compaction_failures_total", "Merges that failed; their blocks stayed as they were.", failed)
        return [
            .counter("loupe_compaction_runs_total", "Merges of small blocks into one.", runs),
            inAndOut("loupe_compaction_blocks_total", "Blocks merged, and blocks made of them.", blocks),
            inAndOut("loupe_compaction_bytes_total", "Bytes of blocks merged, and of those made of them.", bytes),
            .counter("loupe_compaction_spans_total", "Spans rewritten by merges.", spans),
            .counter("loupe_compaction_seconds_total", "Time spent merging.", seconds: seconds),
            failures,
            .counter("tempodb_compaction_blocks_total", "Blocks merged.", blocks.taken, labels: ["level": "0"]),
            .counter("tempodb_compaction_bytes_written_total", "Bytes of merged blocks.", bytes.made, labels: ["level": "0"]),
            failures.renamed("tempodb_compaction_errors_total"),
        ]
    }
}
