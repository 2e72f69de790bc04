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
    private let split = Mutex<SplitIndex?>(nil)

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

    /// Sources are `blocks`, then `memory`, numbered in this order.
    package var sourceCount: Int { blocks.count + memory.count }

    /// Opens a source by its number.
    package func reader(source: Int) throws -> BlockReader {
        source < blocks.count ? try reader(blocks[source]) : memory[source - blocks.count]
    }

    /// The traces that are in more than one source: exact, whenever their spans came. Worked out when first asked for, from
    /// what the last lease that was asked knew. A source that cannot be read is noted, and in it no trace is split.
    package func splits() -> SplitIndex {
        split.withLock { split in
            if let known = split { return known }
            let computed = store.knownSplits.withLock { $0.update(to: self) }
            split = computed
            return computed
        }
    }
}

/// What is known of the split traces of the sources that some lease gave last.
struct KnownSplits: Sendable {
    /// nil where a source could not be read: then it is tried again.
    private var keys: [SplitSearch.Source.Key?] = []
    private var index = SplitIndex([], sources: 0)

    /// Costs what the sources that are new cost: their ids are read, and those of the others past them.
    mutating func update(to lease: SourceLease) -> SplitIndex {
        let sources = lease.blocks.map { block in
            SplitSearch.Source(key: .block(block.id), traces: block.traces, bloom: block.bloom) { try lease.reader(block) }
        } + lease.memory.map { reader in
            SplitSearch.Source(key: .memory(reader.number), traces: reader.directory.traces, bloom: nil) { reader }
        }
        let wanted = sources.map(\.key)
        if wanted == keys { return index }
        let numbers = Dictionary(uniqueKeysWithValues: wanted.enumerated().map { ($1, $0) })
        let renumbered = keys.map { $0.flatMap { numbers[$0] } }
        let parts = index.parts.compactMap { part in
            renumbered[Int(part.source)].map { SplitIndex.Part(id: part.id, source: UInt32($0), ordinal: part.ordinal) }
        }
        var search = SplitSearch(sources, known: Set(renumbered.compactMap { $0 }), parts: parts) { source, error in
            _ = lease.store.note(error, source < lease.blocks.count ? lease.blocks[source].id : 0)
        }
        search.run()
        index = SplitIndex(search.parts, sources: sources.count)
        keys = wanted.indices.map { search.known.contains($0) ? wanted[$0] : nil }
        return index
    }
}

extension Store {
    /// All that was received before the call, for reading.
    package func sources() -> SourceLease { SourceLease(self) }
}
