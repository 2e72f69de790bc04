internal import Glibc
public import Logging
internal import SelfStats
internal import Synchronization
public import Trace

/// The traces of one data directory: journal, head and blocks behind one door.
///
/// `append` is asynchronous and ordered; the reading calls block for disk reads and belong on worker threads, any number at once.
///
///     append -> journal thread (write, sync) -> head thread (columns in memory) -> completion: stored
///                                                  head full or old -> block thread (encode, commit, trim the journal, retention, compaction)
public final class Store: Sendable {
    let configuration: StoreConfiguration
    let policy: CutPolicy
    let journal: Journal
    let database: Database
    let cache: BlockCache
    let registry: ServiceRegistry
    let log: Logger
    public let counters = StoreCounters()
    /// Metrics and their samples over time.
    public let series: SeriesStore
    let layout: Mutex<Layout>
    let intake = Mutex(Intake())
    let headBell = Doorbell(), blockBell = Doorbell()
    /// For the head thread: a sealed head became a block, or could not.
    let roomBell = Doorbell()
    let damage = Mutex<[Int64: String]>([:])
    let troubles = Mutex(Troubles())
    let knownSplits = Mutex(KnownSplits())
    let compaction = Mutex(CompactionState())
    private let lock: DirectoryLock
    private let threads = Mutex<[WorkerThread]>([])

    /// Where the spans are at one moment. Readers copy it and go on without a lock.
    struct Layout: Sendable {
        struct Sealed: Sendable {
            var head: Head
            /// What the journal is done up to once this head is a block.
            var done: JournalPosition
        }
        var active: Head
        var sealed: [Sealed] = []
        /// Oldest first.
        var blocks: [StoredBlock]
        /// Behind the last request that is in the active head.
        var reached = JournalPosition.start
        var everReceived: Bool
        /// Who reads which of the blocks that are no longer in `blocks`.
        var leases = LeaseBook()
    }

    /// Journalled requests on their way into the head.
    struct Intake {
        struct Waiting {
            var batch: SpanBatch
            var receivedNanos: UInt64
            var journalBytes: Int
            var end: JournalPosition
            var completion: @Sendable (AppendResult) -> Void
        }
        var waiting: [Waiting] = []
        /// Appends so far: the number of the next one.
        var sequence: UInt64 = 1
        /// No more requests come.
        var isClosing = false
        /// And those that came are in heads.
        var isDrained = false
    }

    /// What stands in the way of accepting spans.
    struct Troubles {
        /// Why the last block could not be written; nil when it could.
        var blockFailure: String?
    }

    /// Opens the data directory, creating it when absent, and replays what its journal holds beyond the blocks.
    /// - Parameter decode: a journalled body's spans; it was decoded before it was journalled, so an error is damage.
    public static func open(
        _ configuration: StoreConfiguration, log: Logger, decode: @Sendable (JournalEntry) throws -> SpanBatch
    ) throws(StoreError) -> (store: Store, recovery: RecoveryReport) {
        let store = try Store(configuration, log: log)
        let recovery = store.recover(decode)
        try store.start()
        return (store, recovery)
    }

    private init(_ configuration: StoreConfiguration, log: Logger) throws(StoreError) {
        self.configuration = configuration
        self.log = log
        // The active head and those waiting to be written take at most half of the disk in the journal; blocks have the rest.
        policy = CutPolicy(headBytes: max(8 << 20, configuration.memoryBytes / 4), journalBytes: configuration.maxDiskBytes / 6)
        lock = try DirectoryLock(directory: configuration.directory)
        database = try Database.open(path: configuration.directory + "/loupe.db")
        cache = BlockCache(database, limitBytes: max(8 << 20, configuration.memoryBytes / 16))
        registry = ServiceRegistry(try database.loadServices())
        series = try SeriesStore(database, log: log)
        var options = Journal.Options()
        options.fsync = configuration.fsync
        options.segmentBytes = min(options.segmentBytes, max(1 << 20, configuration.maxDiskBytes / 32))
        journal = try Journal.open(directory: configuration.directory, done: database.journalDone, options: options)
        let blocks = try database.loadBlocks().map { StoredBlock($0) }.sorted(by: StoredBlock.isOlder)
        let mark = try database.meta("ever_received")
        let everReceived = !blocks.isEmpty || mark != nil
        let sequence = (blocks.map(\.summary.firstSequence).max() ?? 0) + 1
        intake.withLock { $0.sequence = sequence }
        layout = Mutex(Layout(active: Head(firstSequence: sequence), blocks: blocks, everReceived: everReceived))
    }

    private func recover(_ decode: (JournalEntry) throws -> SpanBatch) -> RecoveryReport {
        var report = RecoveryReport()
        let began = nowNanos()
        let found = journal.replay { entry, end in
            do {
                let batch = try decode(entry)
                append(batch, receivedNanos: entry.receivedNanos, journalBytes: entry.body.count, end: end)
                counters.replayedRequests.add()
                counters.replayedSpans.add(batch.spans.count)
                report.spans += batch.spans.count
            } catch {
                report.damage.append("a journalled request cannot be decoded any more: \(error)")
            }
            while layout.withLock({ !$0.sealed.isEmpty }), writeOldestSealed() {}
        }
        report.requests = found.entries
        report.tornBytes = found.tornBytes
        report.damage += found.damage.map(\.description)
        report.seconds = Double(nowNanos() - began) / 1e9
        return report
    }

    private func start() throws(StoreError) {
        let head = try WorkerThread(name: "head") { self.runHead() }
        let blocks = try WorkerThread(name: "blocks") { self.runBlocks() }
        threads.withLock { $0 = [head, blocks] }
    }

    /// Journals `entry`, makes `batch` (what it decodes to) queryable, then calls `completion` on a store thread.
    public func append(_ batch: SpanBatch, entry: JournalEntry, completion: @escaping @Sendable (AppendResult) -> Void) {
        if let reason = refusal {
            counters.refusedRequests.add()
            return completion(.refused(reason))
        }
        journal.append(entry) { result in
            switch result {
            case .success(let end):
                let wake = self.intake.withLock { intake in
                    intake.waiting.append(.init(
                        batch: batch, receivedNanos: entry.receivedNanos, journalBytes: entry.body.count, end: end, completion: completion))
                    return intake.waiting.count == 1
                }
                if wake { self.headBell.ring() }
            case .failure(let failure):
                self.counters.refusedRequests.add()
                completion(.refused(failure.description))
            }
        }
    }

    /// Why nothing can be accepted right now; nil when all is well.
    public var refusal: String? {
        if let failure = journal.failure { return failure.description }
        if let failure = troubles.withLock({ $0.blockFailure }), layout.withLock({ $0.sealed.count >= Self.sealedLimit }) { return failure }
        return nil
    }

    /// Heads that may wait to be written; then appends wait too.
    static let sealedLimit = 2

    /// Every service ever seen, by name.
    public var services: [ServiceSlot] { registry.all }

    /// Stops accepting, waits for what is queued, writes what is worth a block, closes the files. To be called once.
    public func close() {
        journal.close()
        intake.withLock { $0.isClosing = true }
        headBell.ring()
        let running = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        if let head = running.first { head.join() }
        blockBell.ring()
        if let blocks = running.last { blocks.join() }
        database.close()
        lock.release()
    }
}

/// What a start found beyond the blocks.
public struct RecoveryReport: Sendable, Equatable {
    public var requests = 0
    public var spans = 0
    /// Bytes of an unfinished write: never acknowledged.
    public var tornBytes = 0
    public var seconds = 0.0
    /// What was acknowledged and cannot be read any more, a sentence each.
    public var damage: [String] = []
}

/// What the store could not do, in a sentence that names the file and the way out.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public var description: String
}

/// Nanoseconds since 1970.
func nowNanos() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}
