/// The edges that wait for their other side: found by their key, ordered by their expiry.
///
/// All wait equally long, so the order of coming is that of expiry. Places are used again; a table of their numbers, by the
/// keys' hashes, finds them. Removal closes the gap in the table, so look-ups never walk over tombs.
struct EdgeTable: ~Copyable {
    private var slots: UnsafeMutablePointer<Int32>
    private var mask: Int
    var edges: ContiguousArray<Edge> = []
    /// Pieces of dimensions, `dimensionCount` for each place.
    var dimensions: ContiguousArray<Edge.Piece?> = []
    let dimensionCount: Int
    private var firstFree: Int32 = -1
    private var oldest: Int32 = -1
    private var newest: Int32 = -1
    private(set) var count = 0

    init(dimensionCount: Int) {
        self.dimensionCount = dimensionCount
        mask = 1023
        slots = .allocate(capacity: 1024)
        slots.initialize(repeating: -1, count: 1024)
    }

    deinit { slots.deallocate() }

    var allocatedBytes: Int {
        (mask + 1) * 4 + edges.capacity * MemoryLayout<Edge>.stride + dimensions.capacity * MemoryLayout<Edge.Piece?>.stride
            + edges.reduce(0) { $0 + $1.text.capacity }
    }

    @inline(__always) func find(_ key: EdgeKey) -> Int? {
        var place = Int(truncatingIfNeeded: key.placeHash) & mask
        while slots[place] >= 0 {
            let edge = Int(slots[place])
            if edges[edge].key == key { return edge }
            place = (place &+ 1) & mask
        }
        return nil
    }

    /// A place for an edge that is in no order yet and cannot be found.
    mutating func make(_ key: EdgeKey) -> Int {
        let place: Int
        if firstFree >= 0 {
            place = Int(firstFree)
            firstFree = edges[place].next
        } else {
            place = edges.count
            edges.append(Edge())
            for _ in 0..<dimensionCount { dimensions.append(nil) }
        }
        edges[place].reset(key)
        for index in 0..<dimensionCount { dimensions[place * dimensionCount + index] = nil }
        return place
    }

    /// Lets a made edge wait.
    mutating func insert(_ place: Int, expiry: UInt64) {
        edges[place].expiry = expiry
        edges[place].previous = newest
        if newest >= 0 { edges[Int(newest)].next = Int32(place) } else { oldest = Int32(place) }
        newest = Int32(place)
        count += 1
        if count * 2 > mask { grow() }
        enter(place)
    }

    /// Takes a waiting edge out of the order and the table; `free` gives its place back.
    mutating func remove(_ place: Int) {
        let (next, previous) = (edges[place].next, edges[place].previous)
        if previous >= 0 { edges[Int(previous)].next = next } else { oldest = next }
        if next >= 0 { edges[Int(next)].previous = previous } else { newest = previous }
        count -= 1
        var hole = Int(truncatingIfNeeded: edges[place].key.placeHash) & mask
        while slots[hole] != Int32(place) { hole = (hole &+ 1) & mask }
        slots[hole] = -1
        var look = (hole &+ 1) & mask
        while slots[look] >= 0 {
            let home = Int(truncatingIfNeeded: edges[Int(slots[look])].key.placeHash) & mask
            if (look &- home) & mask >= (look &- hole) & mask {
                slots[hole] = slots[look]
                slots[look] = -1
                hole = look
            }
            look = (look &+ 1) & mask
        }
    }

    mutating func free(_ place: Int) {
        edges[place].next = firstFree
        firstFree = Int32(place)
    }

    /// The edge that has waited longest, if it has waited long enough.
    func expired(atSeconds now: UInt64) -> Int? {
        oldest >= 0 && edges[Int(oldest)].expiry <= now ? Int(oldest) : nil
    }

    private func enter(_ place: Int) {
        var slot = Int(truncatingIfNeeded: edges[place].key.placeHash) & mask
        while slots[slot] >= 0 { slot = (slot &+ 1) & mask }
        slots[slot] = Int32(truncatingIfNeeded: place)
    }

    private mutating func grow() {
        let old = UnsafeMutableBufferPointer(start: slots, count: mask + 1)
        let size = (mask + 1) * 2
        slots = .allocate(capacity: size)
        slots.initialize(repeating: -1, count: size)
        mask = size - 1
        for slot in old where slot >= 0 { enter(Int(slot)) }
        old.deallocate()
    }
}

/// Sides of edges that were filtered, so that their counterparts need not wait. As many as edges may wait, as long as those.
struct FilteredSides {
    private struct Marker: Hashable {
        var key: EdgeKey
        var side: EdgeSide
    }
    private var expiries: [Marker: UInt64] = [:]
    private var order: [(marker: Marker, expiry: UInt64)] = []
    private var first = 0
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// False when there are too many.
    mutating func add(_ key: EdgeKey, _ side: EdgeSide, expiry: UInt64) -> Bool {
        let marker = Marker(key: key, side: side)
        guard expiries[marker] != nil || expiries.count < limit else { return false }
        expiries[marker] = expiry
        order.append((marker, expiry))
        return true
    }

    func contains(_ key: EdgeKey, _ side: EdgeSide) -> Bool { !expiries.isEmpty && expiries[Marker(key: key, side: side)] != nil }

    mutating func expire(atSeconds now: UInt64) {
        while first < order.count, order[first].expiry <= now {
            let (marker, expiry) = order[first]
            if expiries[marker] == expiry { expiries[marker] = nil }
            first += 1
        }
        if first > 1024, first * 2 > order.count {
            order.removeFirst(first)
            first = 0
        }
    }
}
