/// An entry that waits for the disk.
struct WaitingEntry: Sendable {
    var entry: JournalEntry
    var completion: @Sendable (Result<JournalPosition, JournalFailure>) -> Void
}

/// A segment that nothing is written to any more.
struct ClosedSegment: Sendable, Equatable {
    var number: UInt32
    /// Where its last record ends.
    var end: UInt32
    var diskBytes: Int

    var endPosition: JournalPosition { JournalPosition(segment: number, offset: end) }
}

/// What the journal's thread has to do, and what others may know of it. A plain value: no lock, no I/O.
struct JournalBacklog: Sendable {
    /// In the order of their arrival.
    private(set) var waiting: [WaitingEntry] = []
    /// Bodies not yet completed, including those being written.
    private(set) var queuedBytes = 0
    private var threadSleeps = false
    private(set) var closing = false
    private var wants = Wants()

    /// What is asked of the segment being written.
    struct Wants: OptionSet {
        var rawValue: UInt8 = 0
        static let rotation = Wants(rawValue: 1)
        static let shrinking = Wants(rawValue: 2)
        static let dropping = Wants(rawValue: 4)
    }

    /// By number.
    var closed: [ClosedSegment] = []
    /// The segment being written.
    var current: ClosedSegment?
    /// What lies before is in blocks.
    var done = JournalPosition.start
    var failure: JournalFailure?

    var diskBytes: Int { closed.reduce(current?.diskBytes ?? 0) { $0 + $1.diskBytes } }

    /// Each of these says whether the thread has to be woken.

    mutating func offer(_ entry: WaitingEntry) -> Bool {
        waiting.append(entry)
        queuedBytes += entry.entry.body.count
        return wake()
    }

    mutating func want(_ what: Wants) -> Bool {
        wants.formUnion(what)
        return wake()
    }

    mutating func close() -> Bool {
        closing = true
        return wake()
    }

    private mutating func wake() -> Bool {
        defer { threadSleeps = false }
        return threadSleeps
    }

    /// Takes the closed segments that lie wholly before `done` out of the list.
    mutating func takeDone() -> [ClosedSegment] {
        let done = done
        let firstKept = closed.firstIndex { $0.endPosition > done } ?? closed.count
        defer { closed.removeSubrange(..<firstKept) }
        return Array(closed[..<firstKept])
    }

    /// Whether all of the segment being written is in blocks.
    var currentIsDone: Bool { current.map { $0.endPosition <= done } ?? false }

    /// For the thread: swaps the waiting entries with `empty` and takes the wishes; false when there is nothing to do but sleep.
    mutating func take(into empty: inout [WaitingEntry], _ wishes: inout Wants) -> Bool {
        swap(&waiting, &empty)
        wishes = wants
        wants = []
        threadSleeps = empty.isEmpty && wishes.isEmpty && !closing
        return !threadSleeps
    }

    mutating func completed(bytes: Int) { queuedBytes -= bytes }
}
