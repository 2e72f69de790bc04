internal import Glibc
internal import Logging
internal import SelfStats
internal import Synchronization
internal import Trace

/// The head thread and the block thread.
extension Store {
    // MARK: Head thread

    func runHead() {
        while true {
            let (waiting, isClosing) = intake.withLock { intake in
                defer { intake.waiting.removeAll(keepingCapacity: true) }
                return (intake.waiting, intake.isClosing)
            }
            for request in waiting { take(request) }
            if waiting.isEmpty {
                if isClosing { break }
                if !headBell.wait(milliseconds: 1000) { cutIfDue() }
            }
        }
        let active = layout.withLock { $0.active }
        if policy.wantsCutAtClose(active.size) { seal() }
        intake.withLock { $0.isDrained = true }
    }

    private func take(_ request: Intake.Waiting) {
        while layout.withLock({ $0.sealed.count >= Self.sealedLimit }) {
            // The disk is slower than the senders: they wait for their answers. When it fails, they are told.
            if let failure = troubles.withLock({ $0.blockFailure }) {
                counters.refusedRequests.add()
                return request.completion(.refused(failure))
            }
            roomBell.wait()
        }
        append(request.batch, receivedNanos: request.receivedNanos, journalBytes: request.journalBytes, end: request.end)
        counters.appendedRequests.add()
        counters.appendedSpans.add(request.batch.spans.count)
        request.completion(.stored)
    }

    /// Appends to the active head and cuts it when it is due.
    func append(_ batch: SpanBatch, receivedNanos: UInt64, journalBytes: Int, end: JournalPosition) {
        intake.withLock { $0.sequence += 1 }
        let head = layout.withLock { layout in
            layout.everReceived = true
            layout.reached = end
            return layout.active
        }
        let services = head.append(batch, receivedNanos: receivedNanos, journalBytes: journalBytes)
        if !services.isEmpty { registry.register(services) }
        cutIfDue()
    }

    private func cutIfDue() {
        let head = layout.withLock { $0.active }
        if policy.wantsCut(head.size, nowNanos: nowNanos()) { seal() }
    }

    /// Only the head thread, or a test that appends nothing meanwhile, may call this.
    func seal() {
        let sequence = intake.withLock { $0.sequence }
        layout.withLock { layout in
            layout.sealed.append(.init(head: layout.active, done: layout.reached))
            layout.active = Head(firstSequence: sequence)
        }
        journal.rotate()
        blockBell.ring()
    }

    // MARK: Block thread

    func runBlocks() {
        var idleTicks = 0
        var pauseMilliseconds = Self.firstPauseMilliseconds
        while true {
            let isClosing = intake.withLock { $0.isDrained }
            let hadWork = layout.withLock { !$0.sealed.isEmpty }
            if hadWork {
                idleTicks = 0
                if !writeOldestSealed() {
                    if isClosing { return }          // it is in the journal; the next start tries again
                    pause(milliseconds: pauseMilliseconds)
                    pauseMilliseconds = min(2 * pauseMilliseconds, Self.longestPauseMilliseconds)
                    continue
                }
                pauseMilliseconds = Self.firstPauseMilliseconds
                applyRetention()
                continue
            }
            if isClosing { return }
            if compactIfDue() {
                idleTicks = 0
                continue
            }
            if blockBell.wait(milliseconds: 1000) { continue }
            saveServices()
            applyRetention()
            idleTicks = quietSeconds >= 5 ? idleTicks + 1 : 0
            if idleTicks == 1 {
                journal.shrink()
                LargeMemory.release()
            }
        }
    }

    /// After a block that could not be written; each further failure doubles it. A full disk may have room again soon, and what
    /// no disk would take must not be encoded twice a second for ever.
    static let firstPauseMilliseconds = 500, longestPauseMilliseconds = 30_000

    /// Waits, but not when the store closes.
    private func pause(milliseconds: Int) {
        let end = nowNanos() + UInt64(milliseconds) * 1_000_000
        while !intake.withLock({ $0.isDrained }) {
            let now = nowNanos()
            guard now < end else { return }
            _ = blockBell.wait(milliseconds: Int((end - now) / 1_000_000) + 1)
        }
    }

    private var quietSeconds: Double {
        let size = layout.withLock { $0.active }.size
        if size.spans == 0 { return 60 }
        let now = nowNanos()
        return now > size.lastReceivedNanos ? Double(now - size.lastReceivedNanos) / 1e9 : 0
    }

    /// Writes the oldest sealed head as a block. False when the disk would not take it.
    func writeOldestSealed() -> Bool {
        guard let sealed = layout.withLock({ $0.sealed.first }) else { return true }
        let began = nowNanos()
        let view = sealed.head.view()
        let older = layout.withLock { $0.blocks }
        var shared: [Int64: Int] = [:]
        let encoded = BlockEncoder.encode(view, rows: 0..<view.spans.count, compress: true) { order in
            repeats(in: order, of: view, blocks: older, memory: []) { shared[$0] = $1 }
        }
        let services = registry.unsaved
        var block: StoredBlock?
        do throws(DatabaseFailure) {
            if encoded.directory.spans > 0 {
                var row = encoded.row(firstSequence: sealed.head.firstSequence)
                row.id = try database.commit(block: row, chunks: encoded.databaseChunks, services: services, journalDone: sealed.done)
                block = StoredBlock(row)
            } else {
                try database.commit(services: services, journalDone: sealed.done)     // nothing but retries
            }
        } catch {
            counters.blockWriteFailures.add()
            if troubles.withLock({ $0.blockFailure == nil }) { log.error("\(error.description); the spans stay in the journal, trying again") }
            troubles.withLock { $0.blockFailure = error.description }
            roomBell.ring()
            return false
        }
        registry.saved(services)
        if troubles.withLock({ $0.blockFailure != nil }) { log.notice("blocks can be written again") }
        troubles.withLock { $0.blockFailure = nil }
        counters.duplicateSpans.add(encoded.duplicates)
        layout.withLock { layout in
            layout.sealed.removeFirst()
            if let block { layout.blocks.append(block) }
        }
        roomBell.ring()
        journal.trim(to: sealed.done)
        counters.blockNanos.add(Int(nowNanos() - began))
        if let block {
            compaction.withLock { $0.shared[block.id] = shared }
            counters.blocksWritten.add()
            counters.blockSpans.add(block.spans)
            counters.blockBytes.add(block.bytes)
            log.debug("block \(block.id): \(block.spans) spans, \(block.traces) traces, \(block.bytes) bytes, \(encoded.duplicates) repeated spans left out")
        }
        return true
    }

    /// Services of small heads, which wait long for their block, get their slots on disk early.
    private func saveServices() {
        let services = registry.unsaved
        if services.isEmpty { return }
        do throws(DatabaseFailure) {
            try database.insert(services)
            try database.setMeta("ever_received", "1")
            registry.saved(services)
        } catch { log.warning("\(error.description)") }
    }
}
