internal import Logging
internal import SelfStats
internal import Synchronization

extension Store {
    /// Deletes blocks that are too old, then the oldest while the directory takes more than it may. Runs on the block thread.
    func applyRetention() {
        let horizon = nowNanos() &- UInt64(configuration.retentionSeconds) &* 1_000_000_000
        let blocks = layout.withLock { $0.blocks }
        let expired = blocks.filter { $0.summary.keepNanos < horizon }
        if !expired.isEmpty, remove(expired) {
            counters.expiredBlocks.add(expired.count)
            counters.expiredSpans.add(expired.reduce(0) { $0 + $1.spans })
            log.info("retention removed \(expired.count) blocks with \(expired.reduce(0) { $0 + $1.spans }) spans")
        }
        evictBeyondDiskLimit()
    }

    private func evictBeyondDiskLimit() {
        // What counts is what lives: pages that a deleted block left are used again before the file grows.
        let limit = configuration.maxDiskBytes
        var excess = database.pages.liveBytes + journal.diskBytes - limit
        if excess > 0 {
            var evicted: [StoredBlock] = []
            for block in layout.withLock({ $0.blocks }).sorted(by: { $0.summary.keepNanos < $1.summary.keepNanos }) where excess > 0 {
                evicted.append(block)
                excess -= block.bytes
            }
            if !evicted.isEmpty, remove(evicted) {
                counters.evictedBlocks.add(evicted.count)
                counters.evictedSpans.add(evicted.reduce(0) { $0 + $1.spans })
                log.notice("the disk limit of \(limit) bytes removed \(evicted.count) blocks with \(evicted.reduce(0) { $0 + $1.spans }) spans")
            }
        }
        // The file itself may be larger than what lives in it: give pages back in small steps, so that commits get between.
        if database.isSparse || database.diskBytes + journal.diskBytes > limit, database.pages.free > 0 {
            do throws(DatabaseFailure) { try database.incrementalVacuum(pages: 256) } catch { log.warning("\(error.description)") }
        }
    }

    private func remove(_ blocks: [StoredBlock]) -> Bool {
        let ids = Set(blocks.map(\.id))
        layout.withLock { $0.blocks.removeAll { ids.contains($0.id) } }
        cache.forget(Array(ids))
        do throws(DatabaseFailure) {
            try database.deleteBlocks(blocks.map(\.id))
            return true
        } catch {
            log.warning("\(error.description); trying again")
            layout.withLock { $0.blocks = blocks + $0.blocks }
            return false
        }
    }
}
