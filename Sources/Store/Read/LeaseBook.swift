/// Which blocks that left the store somebody may still be reading. A plain value: no lock, no clock, no disk.
///
/// Each time blocks leave, a new epoch begins. A lease notes the epoch it began in: it may read the blocks that left later, and no
/// others. A block is deleted once no lease from before its leaving is open, or after `patienceSeconds`: a query that hangs
/// must not keep the disk full.
struct LeaseBook: Sendable {
    struct Retired: Sendable, Equatable {
        var id: Int64
        var bytes: Int
        /// The first epoch without it.
        fileprivate(set) var epoch: UInt64 = 0
        fileprivate(set) var atNanos: UInt64 = 0

        init(_ block: StoredBlock) {
            id = block.id
            bytes = block.bytes
        }
    }

    static let patienceSeconds: UInt64 = 60

    private var epoch: UInt64 = 0
    private var open: [UInt64: Int] = [:]
    private(set) var retired: [Retired] = []

    /// Bytes of blocks that are not deleted yet.
    var retiredBytes: Int { retired.reduce(0) { $0 + $1.bytes } }

    /// Returns what to hand to `end`.
    mutating func begin() -> UInt64 {
        open[epoch, default: 0] += 1
        return epoch
    }

    mutating func end(_ epoch: UInt64) {
        let left = open[epoch, default: 1] - 1
        open[epoch] = left == 0 ? nil : left
    }

    /// `blocks` are in no lease that begins from now on.
    /// - Parameter nowNanos: of a clock that only goes forward.
    mutating func retire(_ blocks: [StoredBlock], nowNanos: UInt64) {
        epoch += 1
        for block in blocks {
            var block = Retired(block)
            block.epoch = epoch
            block.atNanos = nowNanos
            retired.append(block)
        }
    }

    /// Those that can be deleted now.
    func unread(nowNanos: UInt64) -> [Int64] {
        let oldest = open.keys.min() ?? .max
        return retired.filter { $0.epoch <= oldest || nowNanos - $0.atNanos >= Self.patienceSeconds * 1_000_000_000 }.map(\.id)
    }

    /// They are deleted.
    mutating func forget(_ ids: [Int64]) { retired.removeAll { ids.contains($0.id) } }
}
