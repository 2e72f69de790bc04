/// The keys of the Collector's `memory_limiter`, checked as it does; whoever counts memory honours them.
public struct MemoryLimiterSettings: Equatable, Sendable {
    public var checkIntervalNanos: Int64
    /// The hard limit; nil when it is a share of the machine's memory.
    public var limitMiB: Int?
    /// Below `limitMiB`. Refusal begins at the limit less this.
    public var spikeLimitMiB: Int?
    /// Of the cgroup's or the machine's memory, 1 to 100.
    public var limitPercentage: Int?
    public var spikeLimitPercentage: Int?

    init(_ body: ConfigurationNode) throws(ConfigurationError) {
        let collections = ["min", "max"].flatMap { ["\($0)_gc_interval_when_soft_limited", "\($0)_gc_interval_when_hard_limited"] }
        let fields = try body.fields(
            ["check_interval", "limit_mib", "spike_limit_mib", "limit_percentage", "spike_limit_percentage"] + collections)
        let interval = try fields.required("check_interval", "write check_interval: 1s")
        checkIntervalNanos = try interval.nanos(example: "1s")
        guard checkIntervalNanos > 0 else { throw interval.error("'check_interval' must be greater than zero", "write 1s") }
        for key in collections { try fields.refuse(key, "there is no garbage collector to pace", "remove the line") }
        let mostMiB = 1 << 30
        if let limit = try fields["limit_mib"]?.int(0...mostMiB, example: 512), limit > 0 { limitMiB = limit }
        if let limit = try fields["limit_percentage"]?.int(0...100, example: 80), limit > 0, limitMiB == nil { limitPercentage = limit }
        let spike = fields["spike_limit_mib"], spikeShare = fields["spike_limit_percentage"]
        let spikeMiB = try spike?.int(0...mostMiB, example: 100)
        let spikePercentage = try spikeShare?.int(0...100, example: 20)
        if let limitMiB {
            spikeLimitMiB = spikeMiB.map { $0 == 0 ? limitMiB / 5 : $0 } ?? limitMiB / 5
            if let spike, let spikeLimitMiB, spikeLimitMiB >= limitMiB {
                throw spike.error("'spike_limit_mib' must be smaller than 'limit_mib'", "write less than \(limitMiB)")
            }
        } else if let limitPercentage {
            spikeLimitPercentage = spikePercentage.map { $0 == 0 ? limitPercentage / 5 : $0 } ?? limitPercentage / 5
            if let spikeShare, let spikeLimitPercentage, spikeLimitPercentage >= limitPercentage {
                throw spikeShare.error("'spike_limit_percentage' must be smaller than 'limit_percentage'", "write less than \(limitPercentage)")
            }
        } else {
            throw body.error("'limit_mib' or 'limit_percentage' must be greater than zero", "write limit_mib: 512")
        }
    }
}

/// The keys of the Collector's `batch`, checked as it does. The store writes many requests with one sync anyway, so these are wishes.
public struct BatchSettings: Equatable, Sendable {
    public var timeoutNanos: Int64 = 200_000_000
    /// Spans; 0 is no threshold.
    public var sendBatchSize = 8192
    /// Spans; 0 is no limit, else at least `sendBatchSize`.
    public var sendBatchMaxSize = 0

    init(_ body: ConfigurationNode) throws(ConfigurationError) {
        let fields = try body.fields(["timeout", "send_batch_size", "send_batch_max_size", "metadata_keys", "metadata_cardinality_limit"])
        if let timeout = try fields["timeout"]?.nanos(example: "200ms") { timeoutNanos = timeout }
        let counts = 0...Int(UInt32.max)
        if let size = try fields["send_batch_size"]?.int(counts, example: 8192) { sendBatchSize = size }
        if let most = fields["send_batch_max_size"] {
            sendBatchMaxSize = try most.int(counts, example: 16384)
            guard sendBatchMaxSize == 0 || sendBatchMaxSize >= sendBatchSize else {
                throw most.error(
                    "send_batch_max_size must be greater or equal to send_batch_size", "write at least \(sendBatchSize), or 0 for no limit")
            }
        }
        for key in ["metadata_keys", "metadata_cardinality_limit"] {
            try fields.refuse(key, "batches are not kept apart by the headers of their requests", "remove the line")
        }
    }
}
