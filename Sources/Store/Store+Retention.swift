internal import Logging
internal import SelfStats
internal import Synchronization

extension Store {
    /// Deletes blocks that are too old, then the oldest while the directory takes more than it may. Runs on the block thread.
    func applyRetention() {
        let now = nowNanos() / 1_000_000_000, kept = UInt64(configuration.retentionSeconds)
        let horizon = now > kept ? (now - kept) * 1_000_000_000 : 0
        let blocks = layout.withLock { $0.blocks }
        let expired = blocks.filter { $0.summary.keepNanos < horizon }
        if !expired.isEmpty {
            remove(expired)
            counters.expiredBlocks.add(expired.count)
            counters.expiredSpans.add(expired.reduce(0) { $0 + $1.spans })
            log.info("retention removed \(expired.count) blocks with \(expired.reduce(0) { $0 + $1.spans }) spans")
        }
        series.expire(before: Int64(clamping: horizon / 1_000_000))
        evictBeyondDiskLimit()
        deleteUnread()
        giveSpaceBack()
    }

    private func evictBeyondDiskLimit() {
        // What counts is what lives: pages that a deleted block left are used again before the file grows.
        let limit = configuration.maxDiskBytes
        var excess = database.pages.liveBytes + journal.diskBytes - layout.withLock { $0.leases.retiredBytes } - limit
        if excess > 0 {
            var evicted: [StoredBlock] = []
            for block in layout.withLock({ $0.blocks }).sorted(by: { $0.summary.keepNanos < $1.summary.keepNanos }) where excess > 0 {
                evicted.append(block)
                excess -= block.bytes
            }
            if !evicted.isEmpty {
                remove(evicted)
                counters.evictedBlocks.add(evicted.count)
                counters.evictedSpans.add(evicted.reduce(0) { $0 + $1.spans })
                log.notice("the disk limit of \(limit) bytes removed \(evicted.count) blocks with \(evicted.reduce(0) { $0 + $1.spans }) spans")
                // Metrics go with the traces they were made of.
                series.expire(before: Int64(clamping: (evicted.last?.summary.keepNanos ?? 0) / 1_000_000))
            }
            if excess > 0 { series.evict(bytes: excess) }
        }
    }

    /// The blocks are in no lease that begins from now on; once they are in none at all, `deleteUnread` deletes them.
    func remove(_ blocks: [StoredBlock]) {
        let ids = Set(blocks.map(\.id))
        layout.withLock { layout in
            layout.blocks.removeAll { ids.contains($0.id) }
            layout.leases.retire(blocks, nowNanos: monotonicNanos())
        }
    }

    /// Deletes the blocks that left and that nobody reads any more. Runs on the block thread.
    func deleteUnread() {
        let ids = layout.withLock { $0.leases.unread(nowNanos: monotonicNanos()) }
        if ids.isEmpty { return }
        do throws(DatabaseFailure) {
            try database.deleteBlocks(ids)
            layout.withLock { $0.leases.forget(ids) }
            cache.forget(ids)
        } catch { log.warning("\(error.description); trying again") }
    }

    /// The file itself may be larger than what lives in it: gives pages back in small steps, so that commits get between.
    private func giveSpaceBack() {
        guard database.isSparse || database.diskBytes + journal.diskBytes > configuration.maxDiskBytes, database.pages.free > 0 else { return }
        do throws(DatabaseFailure) { try database.incrementalVacuum(pages: 256) } catch { log.warning("\(error.description)") }
    }
}
