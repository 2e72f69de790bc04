/// A place in the journal: a segment and a byte offset in it. What lies before it comes before it in time.
struct JournalPosition: Comparable, Sendable, CustomStringConvertible {
    var segment: UInt32
    var offset: UInt32

    /// Before everything: segments count from 1.
    static let start = JournalPosition(segment: 0, offset: 0)

    /// One integer for the database; its order is the order of positions.
    var packed: Int64 { Int64(bitPattern: UInt64(segment) << 32 | UInt64(offset)) }

    init(segment: UInt32, offset: UInt32) {
        self.segment = segment
        self.offset = offset
    }

    init(packed: Int64) {
        self.init(segment: UInt32(truncatingIfNeeded: packed >> 32), offset: UInt32(truncatingIfNeeded: packed))
    }

    static func < (left: Self, right: Self) -> Bool { (left.segment, left.offset) < (right.segment, right.offset) }

    var description: String { "\(segmentFileName(segment)) at byte \(offset)" }
}

/// Why an entry was not kept.
struct JournalFailure: Error, Sendable, Equatable, CustomStringConvertible {
    enum Kind: Sendable, Equatable {
        /// No room, or no segment could be started: nothing is broken, a later append may succeed.
        case refused
        /// A write or a sync failed: what the file holds is unknown, so this journal takes nothing until the next start.
        case broken
        case closed
    }
    var kind: Kind
    var description: String
}
