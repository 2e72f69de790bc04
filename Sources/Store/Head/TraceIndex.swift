internal import CShims
internal import Trace

/// The number of each trace id: open addressing, the whole id in the slot, so that a look-up touches one cache line. The hash is
/// seeded, since ids are chosen by whoever sends them.
struct TraceIndex {
    private struct Slot: BitwiseCopyable {
        var id = TraceID(high: 0, low: 0)
        /// Number + 1; 0 is free.
        var entry: UInt64 = 0
    }
    private var owner: Storage<Slot>
    private var slots: UnsafeMutablePointer<Slot>
    private var mask: Int
    private var count = 0
    private let seed = processSeed

    init() {
        owner = Storage(capacity: 1024)
        slots = owner.base
        slots.initialize(repeating: Slot(), count: 1024)
        mask = 1023
    }

    var allocatedBytes: Int { (mask + 1) * MemoryLayout<Slot>.stride }

    /// Asks for the cache line that a look-up of `id` will need.
    @inline(__always) mutating func prepare(_ id: TraceID) { shims_prefetch(slots + place(id)) }

    /// The number of `id`, which becomes `next` when it has none yet.
    @inline(__always) mutating func number(of id: TraceID, orInsert next: Int) -> Int {
        var place = place(id)
        while slots[place].entry != 0 {
            if slots[place].id == id { return Int(truncatingIfNeeded: slots[place].entry &- 1) }
            place = (place &+ 1) & mask
        }
        slots[place] = Slot(id: id, entry: UInt64(next + 1))
        count += 1
        if count * 2 > mask { grow() }
        return next
    }

    func number(of id: TraceID) -> Int? {
        var place = place(id)
        while slots[place].entry != 0 {
            if slots[place].id == id { return Int(slots[place].entry - 1) }
            place = (place + 1) & mask
        }
        return nil
    }

    @inline(__always) private func place(_ id: TraceID) -> Int {
        let product = (id.low ^ seed).multipliedFullWidth(by: id.high | 1)
        return Int(truncatingIfNeeded: product.high ^ product.low ^ id.low) & mask
    }

    private mutating func grow() {
        let old = UnsafeBufferPointer(start: slots, count: mask + 1), keep = owner
        let size = (mask + 1) * 2
        owner = Storage(capacity: size)
        slots = owner.base
        slots.initialize(repeating: Slot(), count: size)
        mask = size - 1
        for slot in old where slot.entry != 0 {
            var place = place(slot.id)
            while slots[place].entry != 0 { place = (place + 1) & mask }
            slots[place] = slot
        }
        withExtendedLifetime(keep) {}
    }
}

private let processSeed = UInt64.random(in: 1...UInt64.max)
