internal import Synchronization
internal import Trace

/// What there is to read at one moment. Every span received before is in exactly one of the sources.
///
/// While this object lives, compaction and retention delete none of its blocks, for 60 s at most; a read of one that is gone
/// after that throws `BlockDamage.gone`. Any number of threads may read.
package final class SourceLease: Sendable {
    /// Blocks on disk, oldest first.
    package let blocks: [StoredBlock]
    /// Parts of heads, oldest first.
    package let memory: [BlockReader]
    /// Whose parts `memory` are.
    let heads: [Head]
    let store: Store
    private let epoch: UInt64

    fileprivate init(_ store: Store) {
        self.store = store
        (blocks, heads, epoch) = store.layout.withLock { ($0.blocks, $0.sealed.map(\.head) + [$0.active], $0.leases.begin()) }
        var memory: [BlockReader] = []
        for head in heads {
            memory += head.blocks { [blocks] order, view, own in store.repeats(in: order, of: view, blocks: blocks, memory: memory + own) }
        }
        self.memory = memory
    }

    deinit { store.layout.withLock { $0.leases.end(epoch) } }

    /// Opens a block of `blocks`.
    package func reader(_ block: StoredBlock) throws -> BlockReader { try store.cache.reader(block) }
}

extension Store {
    /// All that was received before the call, for reading.
    package func sources() -> SourceLease { SourceLease(self) }
}
