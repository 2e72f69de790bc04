import Receiver
import SelfStats
import SpanMetrics
import Store
import Wire

/// Every series of /metrics, in tables by room.
func metricsTable(
    store: Store, receiver: ReceiverCounters, generator: Generator?, wire: @escaping @Sendable () -> WireServer?, startedSeconds: Double,
    uptime: @escaping @Sendable () -> Double
) -> [Family] {
    Family.buildInfo(version: Version.number, revision: "") + receiverTable(receiver) + (generator?.families ?? []) + seriesTable(store.series)
        + storeTable(store) + journalTable(store) + wireTable(wire) + Family.process(startSeconds: startedSeconds, uptime: uptime)
}

private func receiverTable(_ receiver: ReceiverCounters) -> [Family] {
    let accepted = [(transport: "grpc", receiver.acceptedSpans.grpc), (transport: "http", receiver.acceptedSpans.http)]
    let refused = [(transport: "grpc", receiver.refusedSpans.grpc), (transport: "http", receiver.refusedSpans.http)]
    let requests: [(Labels, Counter)] = [
        (["protocol": "grpc"], receiver.grpcRequests), (["protocol": "http/protobuf"], receiver.protobufRequests),
        (["protocol": "http/json"], receiver.jsonRequests),
    ]
    let own: [Family] = [
        .counter("loupe_receiver_received_spans_total", "Spans decoded: accepted, refused, rejected and failed together.", receiver.receivedSpans),
        .counter("loupe_receiver_rejected_spans_total", "Spans left out of a request that was taken.", receiver.rejectedSpans),
        .counter("loupe_receiver_failed_spans_total", "Spans lost to an error of Loupe's own.", receiver.failedSpans),
        .counter("loupe_receiver_malformed_requests_total", "Requests that did not inflate or decode.", receiver.malformedRequests),
        .counter("loupe_receiver_requests_total", "OTLP requests by how they came.", each: requests),
    ]
    return Family.intake(accepted: accepted, refused: refused, bytes: receiver.receivedBytes) + own
}

private func storeTable(_ store: Store) -> [Family] {
    let counters = store.counters
    func status(_ read: @escaping @Sendable (StoreStatus) -> Int) -> @Sendable () -> Int { { read(store.status) } }
    let removedBlocks: [(Labels, Counter)] = [(["reason": "age"], counters.expiredBlocks), (["reason": "size"], counters.evictedBlocks)]
    let removedSpans: [(Labels, Counter)] = [(["reason": "age"], counters.expiredSpans), (["reason": "size"], counters.evictedSpans)]
    let reads: [(Labels, Counter)] = [(["kind": "trace"], counters.traceReads), (["kind": "list"], counters.listReads)]
    let writing: [Family] = [
        .counter("loupe_store_block_spans_total", "Spans written into blocks.", counters.blockSpans),
        .counter("loupe_store_block_bytes_total", "Bytes of blocks written.", counters.blockBytes),
        .counter("loupe_store_block_write_seconds_total", "Time spent encoding and committing blocks.", seconds: { Double(counters.blockNanos.value) / 1e9 }),
        .counter("loupe_store_duplicate_spans_total", "Repeated spans left out of blocks.", counters.duplicateSpans),
        .counter("loupe_store_removed_blocks_total", "Blocks removed by retention.", each: removedBlocks),
        .counter("loupe_store_removed_spans_total", "Spans removed by retention.", each: removedSpans),
        .counter("loupe_store_replayed_spans_total", "Spans replayed from the journal at the start.", counters.replayedSpans),
    ]
    let reading: [Family] = [
        .counter("loupe_store_reads_total", "Reads by kind.", each: reads),
        .counter("loupe_store_damaged_reads_total", "Reads that met a damaged block and went on without it.", counters.damagedReads),
    ]
    let holding: [Family] = [
        .gauge("loupe_store_spans", "Spans held, in memory and blocks.", read: status { $0.spans }),
        .gauge("loupe_store_memory_spans", "Spans held in memory, not yet in a block.", read: status { $0.spansInMemory }),
        .gauge("loupe_store_memory_bytes", "What they take.", read: status { $0.memoryBytes }),
        .gauge("loupe_store_blocks", "Blocks on disk.", read: status { $0.blocks }),
        .gauge("loupe_store_damaged_blocks", "Blocks found damaged.", read: status { $0.damagedBlocks }),
        .gauge("loupe_store_disk_bytes", "What the data directory occupies.", read: status { $0.diskBytes }),
        .gauge("loupe_store_disk_limit_bytes", "What it may occupy.", read: status { $0.maxDiskBytes }),
    ]
    let merging = Family.compaction(
        runs: counters.compactions, failed: counters.compactionFailures, blocks: (counters.compactedBlocks, counters.compactionBlocks),
        bytes: (counters.compactedBytes, counters.compactionBytes), spans: counters.compactedSpans,
        seconds: { Double(counters.compactionNanos.value) / 1e9 })
    return Family.blocks(written: counters.blocksWritten, failed: counters.blockWriteFailures) + writing + merging + reading + holding
}

private func seriesTable(_ series: SeriesStore) -> [Family] {
    let counters = series.counters
    return [
        .counter("loupe_series_samples_total", "Samples of generated metrics recorded.", counters.samples),
        .counter("loupe_series_chunks_total", "Chunks of samples written.", counters.chunks),
        .counter("loupe_series_chunk_bytes_total", "Their bytes.", counters.chunkBytes),
        .counter("loupe_series_expired_chunks_total", "Chunks removed by retention.", counters.expiredChunks),
        .counter("loupe_series_failures_total", "Writes that failed.", counters.failures),
        .counter("loupe_series_dropped_collections_total", "Collections that were not recorded.", counters.droppedCollections),
        .counter("loupe_series_refused_total", "Series that found no room.", counters.refusedSeries),
        .counter("loupe_series_damaged_total", "Chunks and series found damaged.", counters.damaged),
        .gauge("loupe_series", "Series held.", read: { series.status.series }),
        .gauge("loupe_series_bytes", "What their chunks take on disk.", read: { series.status.chunkBytes }),
    ]
}

private func journalTable(_ store: Store) -> [Family] {
    [
        .counter("loupe_journal_syncs_total", "Group commits of the journal.", read: { store.journalFacts.syncs }),
        .counter("loupe_journal_sync_seconds_total", "Time spent syncing the journal.", seconds: { Double(store.journalFacts.syncNanos) / 1e9 }),
        .counter("loupe_journal_bytes_total", "Bytes written to the journal.", read: { store.journalFacts.bytes }),
        .gauge("loupe_journal_disk_bytes", "What the journal occupies.", read: { store.journalFacts.diskBytes }),
    ]
}

private func wireTable(_ wire: @escaping @Sendable () -> WireServer?) -> [Family] {
    [
        .gauge("loupe_wire_body_bytes", "Request bodies in memory.", read: { wire()?.budget.usedBytes ?? 0 }),
        .gauge("loupe_wire_body_limit_bytes", "What they may take.", read: { wire()?.budget.limitBytes ?? 0 }),
        .gauge("loupe_wire_connections", "Open connections by listener.", each: { (wire()?.connections ?? []).map { (["listener": $0.listener], $0.open) } }),
    ]
}
