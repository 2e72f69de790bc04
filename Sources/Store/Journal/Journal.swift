internal import Glibc
internal import Synchronization

/// Requests on disk until their spans are in blocks: what makes an acknowledgement true.
///
/// Any thread may append. One thread of the journal's own takes all that waits, writes it with one call, syncs it with
/// one call (group commit) and completes it, in order. A segment is written once, from its start to its end: after a
/// restart, or when a head is cut, a new one begins, and a segment goes as a whole when all of it is in blocks.
///
/// An entry that was refused may still turn up in a replay; one that was acknowledged must.
final class Journal: Sendable {
    struct Options: Sendable {
        /// Whether an acknowledgement waits for `fdatasync`.
        var fsync = true
        /// The size reserved for a segment. A larger record gets a larger segment.
        var segmentBytes = 64 << 20
        /// Room that the journal leaves on the disk: blocks must still find their way into the database, and old ones out of
        /// it, which takes room itself. What the journal refuses its sender keeps; a database that is stuck helps nobody.
        var spareBytes = 64 << 20
        var io = JournalIO.system
    }

    /// `<data directory>/journal`.
    let directory: String
    let options: Options
    let statistics = JournalStatistics()
    let backlog: Mutex<JournalBacklog>
    let doorbell = Doorbell()
    private let thread = Mutex<WorkerThread?>(nil)
    /// Segments found at the start, with what is in blocks of them.
    let found: [FoundSegment]
    let done: JournalPosition
    /// What the first segment of this run needs to know of earlier ones; set by `replay`.
    let beginning: Mutex<JournalBeginning>

    /// Opens `directory/journal`, creating it when absent. What lies before `done` is in blocks: segments wholly before it
    /// are unlinked. To be followed by `replay`, then appends, then `close`, which ends the journal's thread.
    static func open(directory: String, done: JournalPosition, options: Options = Options()) throws(StoreError) -> Journal {
        let path = directory + "/journal"
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw StoreError(description: "cannot create the journal directory \(path): \(systemMessage(errno))")
        }
        let code = options.io.syncDirectory(directory)   // a journal whose name is lost is a lost journal
        guard code == 0 else {
            throw StoreError(description: "cannot sync the data directory \(directory): \(systemMessage(-code))")
        }
        let found = try FoundSegment.list(in: path, after: done, io: options.io)
        let journal = Journal(directory: path, done: done, found: found, options: options)
        try journal.start()
        return journal
    }

    private init(directory: String, done: JournalPosition, found: [FoundSegment], options: Options) {
        self.directory = directory
        self.done = done
        self.found = found
        self.options = options
        backlog = Mutex(JournalBacklog())
        // Never again a number that was used: positions in the database would mean something else.
        let last = max(done.segment, found.last?.number ?? 0)
        beginning = Mutex(JournalBeginning(nextNumber: last + 1, previous: done))
    }

    private func start() throws(StoreError) {
        let writer = try WorkerThread(name: "journal") { self.runWriter() }
        thread.withLock { $0 = writer }
    }

    /// Queues `entry`. `completion` runs on the journal's thread, in order, once the entry is durable, with the position just
    /// after it; or with the failure.
    func append(_ entry: JournalEntry, completion: @escaping @Sendable (Result<JournalPosition, JournalFailure>) -> Void) {
        let outcome: (closed: Bool, wake: Bool) = backlog.withLock { backlog in
            if backlog.closing { return (true, false) }
            return (false, backlog.offer(WaitingEntry(entry: entry, completion: completion)))
        }
        if outcome.closed {
            completion(.failure(JournalFailure(kind: .closed, description: "the journal \(directory) is closed")))
        } else if outcome.wake {
            doorbell.ring()
        }
    }

    /// Starts a new segment at the next append; called when a head is cut, so that its segments can go.
    func rotate() { want(.rotation) }

    /// Gives back what is reserved but unused, once nothing waits.
    func shrink() { want(.shrinking) }

    private func want(_ what: JournalBacklog.Wants) {
        if backlog.withLock({ $0.want(what) }) { doorbell.ring() }
    }

    /// Unlinks the segments wholly before `done`. Their removal need not be durable: `open` does it again.
    func trim(to done: JournalPosition) {
        let currentIsDone = backlog.withLock { backlog in
            backlog.done = max(backlog.done, done)
            return backlog.currentIsDone
        }
        unlinkDone()
        if currentIsDone { want(.dropping) }
    }

    /// Unlinks what is closed and wholly in blocks.
    func unlinkDone() {
        let gone = backlog.withLock { $0.takeDone() }
        for segment in gone { _ = options.io.unlink(directory + "/" + segmentFileName(segment.number)) }
    }

    /// Waits for what is queued, syncs it, ends the thread. Later appends fail.
    func close() {
        if backlog.withLock({ $0.close() }) { doorbell.ring() }
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.join()
    }

    /// Set once a write or a sync failed: nothing is accepted any more.
    var failure: JournalFailure? { backlog.withLock { $0.failure } }
    /// What the segments occupy.
    var diskBytes: Int { backlog.withLock { $0.diskBytes } }
    /// Bodies that wait for the disk.
    var queuedBytes: Int { backlog.withLock { $0.queuedBytes } }
    /// How many segments there are.
    var segmentCount: Int { backlog.withLock { $0.closed.count + ($0.current == nil ? 0 : 1) } }
}

/// Where this run's segments begin.
struct JournalBeginning: Sendable {
    var nextNumber: UInt32
    /// Where the records of earlier runs end.
    var previous: JournalPosition
}
