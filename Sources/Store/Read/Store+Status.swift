internal import Synchronization

extension Store {
    public var status: StoreStatus {
        let (blocks, heads, everReceived) = layout.withLock { ($0.blocks, $0.sealed.map(\.head) + [$0.active], $0.everReceived) }
        let sizes = heads.map(\.size).filter { $0.spans > 0 }
        let inMemory = sizes.reduce(0) { $0 + $1.spans }
        let oldest = (blocks.map(\.minNanos) + sizes.map(\.times.minNanos)).filter { $0 > 0 }      // 0 is an unknown start
        let newest = blocks.map(\.maxNanos) + sizes.map(\.times.maxNanos)
        return StoreStatus(
            directory: configuration.directory,
            spans: inMemory + blocks.reduce(0) { $0 + $1.spans },
            traces: sizes.reduce(0) { $0 + $1.traces } + blocks.reduce(0) { $0 + $1.traces },
            spansInMemory: inMemory, blocks: blocks.count, damagedBlocks: damage.withLock { $0.count },
            oldestNanos: oldest.min(), newestNanos: newest.max(),
            diskBytes: database.diskBytes + journal.diskBytes, maxDiskBytes: configuration.maxDiskBytes,
            memoryBytes: sizes.reduce(0) { $0 + $1.bytes }, retentionSeconds: configuration.retentionSeconds,
            failure: refusal, everReceived: everReceived)
    }
}
