internal import SelfStats

extension Store {
    /// What the journal did and takes.
    public struct JournalFacts: Sendable {
        public var syncs: Int
        public var syncNanos: Int
        public var bytes: Int
        public var diskBytes: Int
    }

    public var journalFacts: JournalFacts {
        JournalFacts(
            syncs: journal.statistics.syncs.value, syncNanos: journal.statistics.syncNanos.value, bytes: journal.statistics.bytes.value,
            diskBytes: journal.diskBytes)
    }
}
