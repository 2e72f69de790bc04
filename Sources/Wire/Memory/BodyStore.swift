internal import Synchronization

/// Where bodies live: memory of a few sizes, used again and again, each piece paid for from one byte budget.
///
/// Fresh large memory costs a page fault every 4 KB, so pieces are kept when they come back. What is kept counts: the pieces in
/// use and those kept for later stay together below the budget's limit.
final class BodyStore: Sendable {
    let budget: ByteBudget
    let problems: (any ProblemSink)?
    /// Free pieces by size class; the addresses as integers, since raw pointers are not Sendable.
    private let shelf: Mutex<Shelf>

    private struct Shelf {
        var pieces: [[UInt]] = Array(repeating: [], count: SizeClass.count)
        var bytes = 0
    }

    init(budget: ByteBudget, problems: (any ProblemSink)? = nil) {
        self.budget = budget
        self.problems = problems
        shelf = Mutex(Shelf())
    }

    deinit {
        shelf.withLock { shelf in
            for pieces in shelf.pieces { for address in pieces { UnsafeMutableRawPointer(bitPattern: address)?.deallocate() } }
        }
    }

    /// For bodies that were made outside of a server, by tests and tools.
    static let unattached = BodyStore(budget: ByteBudget(limitBytes: 1 << 30))

    /// Memory for `bytes` that have been reserved in the budget; it pays them back in `recycle`.
    func memory(paid bytes: Int) -> BodyMemory {
        guard let sizeClass = SizeClass(holding: bytes), SizeClass.roundUp(bytes) == bytes else {
            return BodyMemory(base: .allocate(byteCount: max(16, bytes), alignment: 16), capacity: max(16, bytes), paid: bytes)
        }
        let (kept, dropped): (UInt?, [UInt]) = shelf.withLock { shelf in
            if let address = shelf.pieces[sizeClass.index].popLast() {
                shelf.bytes -= bytes
                return (address, [])
            }
            return (nil, trim(&shelf))
        }
        for address in dropped { UnsafeMutableRawPointer(bitPattern: address)?.deallocate() }
        let base = kept.flatMap { UnsafeMutableRawPointer(bitPattern: $0) }
        return BodyMemory(base: base ?? .allocate(byteCount: bytes, alignment: 16), capacity: bytes, paid: bytes)
    }

    func recycle(_ memory: BodyMemory) {
        let bytes = memory.capacity
        if let sizeClass = SizeClass(holding: bytes), SizeClass.roundUp(bytes) == bytes {
            let address = UInt(bitPattern: memory.base)
            let kept = shelf.withLock { shelf in
                guard shelf.bytes + budget.usedBytes <= budget.limitBytes else { return false }
                shelf.pieces[sizeClass.index].append(address)
                shelf.bytes += bytes
                return true
            }
            if !kept { memory.base.deallocate() }
        } else {
            memory.base.deallocate()
        }
        budget.give(memory.paid)
    }

    /// Takes pieces off the shelf, largest first, until those in use and those kept fit the budget again.
    private func trim(_ shelf: inout Shelf) -> [UInt] {
        var dropped: [UInt] = []
        var excess = shelf.bytes + budget.usedBytes - budget.limitBytes
        for index in shelf.pieces.indices.reversed() where excess > 0 {
            while excess > 0, let address = shelf.pieces[index].popLast() {
                let bytes = SizeClass(index: index).bytes
                shelf.bytes -= bytes
                excess -= bytes
                dropped.append(address)
            }
        }
        return dropped
    }
}

/// One piece of memory for a body, owned by whoever holds this value: it must reach `BodyStore.recycle` exactly once.
struct BodyMemory {
    let base: UnsafeMutableRawPointer
    let capacity: Int
    /// What `recycle` gives back to the budget.
    let paid: Int
}

/// The sizes that are pooled: four steps to each doubling from 32 KB to 256 MB, so at most a fifth is wasted.
/// Smaller pieces are left to malloc, which is as good at them; larger ones are too rare to keep.
struct SizeClass: Equatable {
    static let smallest = 32 << 10
    static let count = 13 * 4 + 1
    let index: Int

    init(index: Int) { self.index = index }

    init?(holding bytes: Int) {
        guard bytes > Self.smallest * 3 / 4, bytes <= 256 << 20 else { return nil }
        var index = 0
        while SizeClass(index: index).bytes < bytes { index += 1 }
        self.index = index
    }

    var bytes: Int { (Self.smallest << (index >> 2)) / 4 * (4 + index & 3) }

    /// What a piece for `bytes` really takes.
    static func roundUp(_ bytes: Int) -> Int { SizeClass(holding: bytes)?.bytes ?? max(16, (bytes + 15) & ~15) }
}
