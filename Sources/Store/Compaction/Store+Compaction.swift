internal import Logging
internal import SelfStats
internal import Synchronization
internal import Trace

// Compaction, in the background:
//
//     small or sharing blocks (CompactionPolicy) -> rows of each, staged as in a head (BlockMerge) -> BlockEncoder
//     -> one transaction: the merged block in, the old ones marked replaced -> the layout -> chunks deleted once no lease reads them
//
// It runs on the block thread, in between: only when no head waits to be written, and when one comes it is written before the
// merge goes on. After a merge it rests four times as long as the merge took, so it takes a fifth of one core at most.
// A crash leaves the old blocks or the merged one, never both and never neither: what is marked replaced is not listed, and the
// next start deletes it. A block that cannot be read is noted, left where it is, and not tried again before the next start.

extension Store {
    /// What the block thread remembers between two merges.
    struct CompactionState {
        var restUntilNanos: UInt64 = 0
        /// Blocks that a merge failed on.
        var skipped: Set<Int64> = []
        /// Blocks made by merges.
        var merged: Set<Int64> = []
        /// Of blocks written since the start: how many traces they share with older ones.
        var shared: [Int64: [Int64: Int]] = [:]
    }

    /// Why a merge ended early.
    private enum MergeEnd: Error {
        case closing
        /// More columns, shapes or resources than a block may have.
        case tooWide
        case damaged(Int64, any Error)
    }

    /// Merges some blocks unless it rests; false when there was nothing to do. Runs on the block thread.
    func compactIfDue() -> Bool {
        configuration.compacts && monotonicNanos() >= compaction.withLock { $0.restUntilNanos } && compact()
    }

    /// Merges the blocks that are to be merged next; false when there are none.
    func compact() -> Bool {
        let chosen = nextMerge()
        if chosen.isEmpty { return false }
        let began = monotonicNanos()
        var waited: UInt64 = 0
        do {
            try merge(chosen) {
                let paused = monotonicNanos()
                while layout.withLock({ !$0.sealed.isEmpty }), writeOldestSealed() {}
                waited += monotonicNanos() - paused
                if intake.withLock({ $0.isClosing }) { throw MergeEnd.closing }
            }
        } catch {
            noteFailure(error, of: chosen)
        }
        let took = monotonicNanos() - began - waited
        counters.compactionNanos.add(Int(took))
        compaction.withLock { $0.restUntilNanos = max($0.restUntilNanos, monotonicNanos() + 4 * took) }
        return true
    }

    /// The blocks to merge, oldest first; none when all is well.
    private func nextMerge() -> [StoredBlock] {
        let blocks = layout.withLock { $0.blocks }
        let damaged = Set(damage.withLock { $0.keys })
        let candidates = compaction.withLock { state in
            let ids = Set(blocks.map(\.id))
            state.skipped.formIntersection(ids)
            state.merged.formIntersection(ids)
            state.shared = state.shared.filter { ids.contains($0.key) }
            return blocks.filter { !state.skipped.contains($0.id) && !damaged.contains($0.id) }.map { block in
                CompactionPolicy.Candidate(
                    id: block.id, keepNanos: block.summary.keepNanos, spans: block.spans, traces: block.traces, bytes: block.bytes,
                    shared: state.shared[block.id] ?? [:], isMerged: state.merged.contains(block.id))
            }
        }
        let chosen = Set(CompactionPolicy(retentionSeconds: configuration.retentionSeconds).choose(candidates))
        return blocks.filter { chosen.contains($0.id) }
    }

    /// Puts one block in the place of `old`. `pause` is called every few milliseconds; what it throws ends the merge.
    private func merge(_ old: [StoredBlock], pause: () throws -> Void) throws {
        let encoded = try encode(old, pause: pause)
        try pause()
        var row = encoded.row(firstSequence: old.map(\.summary.firstSequence).min() ?? 0)
        row.id = try database.replaceBlocks(old.map(\.id), with: row, chunks: encoded.databaseChunks)
        let block = StoredBlock(row)
        let ids = Set(old.map(\.id))
        layout.withLock { layout in
            layout.blocks.removeAll { ids.contains($0.id) }
            layout.blocks.append(block)
            layout.blocks.sort(by: StoredBlock.isOlder)
            layout.leases.retire(old, nowNanos: monotonicNanos())
        }
        _ = compaction.withLock { $0.merged.insert(block.id) }
        counters.duplicateSpans.add(encoded.duplicates)
        counters.compactions.add()
        counters.compactedBlocks.add(old.count)
        counters.compactionBlocks.add()
        counters.compactedSpans.add(block.spans)
        counters.compactedBytes.add(old.reduce(0) { $0 + $1.bytes })
        counters.compactionBytes.add(block.bytes)
        log.debug("""
            merged \(old.count) blocks of \(old.reduce(0) { $0 + $1.spans }) spans, \(old.reduce(0) { $0 + $1.bytes }) bytes \
            into block \(block.id) of \(block.bytes) bytes
            """)
        deleteUnread()
    }

    private func encode(_ old: [StoredBlock], pause: () throws -> Void) throws -> EncodedBlock {
        var readers: [BlockReader] = []
        for block in old {
            do { readers.append(try cache.reader(block)) } catch { throw MergeEnd.damaged(block.id, error) }
        }
        var merge = BlockMerge(readers.map(\.directory))
        for (block, reader) in zip(old, readers) {
            do {
                try reader.read { access throws in try merge.append(access, pause: pause) }
            } catch let end as MergeEnd { throw end } catch { throw MergeEnd.damaged(block.id, error) }
            if merge.isTooWide { throw MergeEnd.tooWide }
        }
        let view = merge.view()
        return BlockEncoder.encode(view, rows: 0..<view.spans.count, compress: true)
    }

    private func noteFailure(_ error: any Error, of chosen: [StoredBlock]) {
        switch error {
        case MergeEnd.closing: return
        case MergeEnd.damaged(let id, let reason):
            _ = note(reason, id)
            _ = compaction.withLock { $0.skipped.insert(id) }
        case MergeEnd.tooWide:
            log.debug("\(chosen.count) blocks stay apart: they have too many attribute keys together")
            compaction.withLock { $0.skipped.formUnion(chosen.map(\.id)) }
        default:
            // The disk would not take it. The blocks are as they were; a minute later there may be room.
            log.warning("\(error)")
            compaction.withLock { $0.restUntilNanos = monotonicNanos() + 60_000_000_000 }
        }
        counters.compactionFailures.add()
    }
}
