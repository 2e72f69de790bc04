internal import Glibc

/// Which row a span's parts of labels lead to, found by their bytes without making anything of them: what was worked out once
/// for such a key is not worked out again. Several keys may lead to one row.
///
/// Only a memory: it may be emptied at any time, and empties itself when it has grown beyond `limitBytes`.
struct KeyTable: ~Copyable {
    private struct Slot: BitwiseCopyable {
        var hash: UInt64
        var start: Int
        var length: UInt32
        /// Row + `bias`; 0 is free.
        var entry: UInt32
    }

    /// Rows from -1 on, which is the one of keys that count nowhere.
    private static let bias = 2
    private var slots: UnsafeMutablePointer<Slot>
    private var mask: Int
    private var arena: UnsafeMutablePointer<UInt8>
    private var arenaCapacity = 4096
    private var arenaCount = 0
    private(set) var count = 0
    let limitBytes: Int

    init(limitBytes: Int) {
        self.limitBytes = limitBytes
        mask = 255
        slots = .allocate(capacity: 256)
        slots.initialize(repeating: Slot(hash: 0, start: 0, length: 0, entry: 0), count: 256)
        arena = .allocate(capacity: 4096)
    }

    deinit {
        slots.deallocate()
        arena.deallocate()
    }

    var allocatedBytes: Int { (mask + 1) * MemoryLayout<Slot>.stride + arenaCapacity }

    @inline(__always) func row(of key: UnsafeRawBufferPointer, hash: UInt64) -> Int? {
        var place = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[place]
            if slot.entry == 0 { return nil }
            if slot.hash == hash, slot.length == key.count, memcmp(arena + slot.start, key.baseAddress!, key.count) == 0 {
                return Int(slot.entry) &- Self.bias
            }
            place = (place &+ 1) & mask
        }
    }

    /// Remembers a key that is not in the table, and not empty.
    mutating func insert(_ key: UnsafeRawBufferPointer, hash: UInt64, row: Int) {
        if allocatedBytes > limitBytes { removeAll() }
        if arenaCount + key.count > arenaCapacity { growArena(arenaCount + key.count) }
        memcpy(arena + arenaCount, key.baseAddress!, key.count)
        place(Slot(hash: hash, start: arenaCount, length: UInt32(truncatingIfNeeded: key.count), entry: UInt32(truncatingIfNeeded: row + Self.bias)))
        arenaCount += key.count
        count += 1
        if count * 2 > mask { growSlots() }
    }

    mutating func removeAll() {
        if count == 0 { return }
        slots.deallocate()
        arena.deallocate()
        mask = 255
        slots = .allocate(capacity: 256)
        slots.initialize(repeating: Slot(hash: 0, start: 0, length: 0, entry: 0), count: 256)
        arenaCapacity = 4096
        arena = .allocate(capacity: 4096)
        (arenaCount, count) = (0, 0)
    }

    private func place(_ slot: Slot) {
        var place = Int(truncatingIfNeeded: slot.hash) & mask
        while slots[place].entry != 0 { place = (place + 1) & mask }
        slots[place] = slot
    }

    private mutating func growSlots() {
        let old = UnsafeBufferPointer(start: slots, count: mask + 1)
        let size = (mask + 1) * 2
        slots = .allocate(capacity: size)
        slots.initialize(repeating: Slot(hash: 0, start: 0, length: 0, entry: 0), count: size)
        mask = size - 1
        for slot in old where slot.entry != 0 { place(slot) }
        old.deallocate()
    }

    private mutating func growArena(_ needed: Int) {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: needed * 2)
        memcpy(larger, arena, arenaCount)
        arena.deallocate()
        arena = larger
        arenaCapacity = needed * 2
    }
}
