/// The edges that wait for their other side: found by their key, ordered by their expiry.
///
/// All wait equally long, so the order of coming is that of expiry. Places are used again; a table of their numbers, by the
/// keys' hashes, finds them. Removal closes the gap in the table, so look-ups never walk over tombs.
struct EdgeTable: ~Copyable {
    /// A part of a key's hash beside its place, so that other edges are not touched to see that they are others.
    private struct Slot: BitwiseCopyable {
        var hash: UInt32
        /// -1: nothing is here.
        var edge: Int32

        static let free = Slot(hash: 0, edge: -1)
    }
    private var slots: UnsafeMutablePointer<Slot>
    private var mask: Int
    private(set) var edges: UnsafeMutablePointer<Edge>
    private var edgeCount = 0
    private var edgeCapacity = 256
    private var textBytes: Int { (0..<edgeCount).reduce(0) { $0 + edges[$1].textCapacity } }
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
        slots.initialize(repeating: .free, count: 1024)
        edges = .allocate(capacity: 256)
    }

    deinit {
        slots.deallocate()
        for place in 0..<edgeCount { edges[place].free() }
        edges.deallocate()
    }

    var allocatedBytes: Int {
        (mask + 1) * 8 + edgeCapacity * MemoryLayout<Edge>.stride + dimensions.capacity * MemoryLayout<Edge.Piece?>.stride + textBytes
    }

    @inline(__always) func find(_ key: EdgeKey) -> Int? {
        let hash = key.placeHash
        var place = Int(hash) & mask
        while slots[place].edge >= 0 {
            let slot = slots[place]
            if slot.hash == hash, edges[Int(slot.edge)].key == key { return Int(slot.edge) }
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
            if edgeCount == edgeCapacity { growEdges() }
            place = edgeCount
            (edges + place).initialize(to: Edge())
            edgeCount += 1
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
        var hole = Int(edges[place].key.placeHash) & mask
        while slots[hole].edge != Int32(place) { hole = (hole &+ 1) & mask }
        slots[hole] = .free
        var look = (hole &+ 1) & mask
        while slots[look].edge >= 0 {
            let home = Int(slots[look].hash) & mask
            if (look &- home) & mask >= (look &- hole) & mask {
                slots[hole] = slots[look]
                slots[look] = .free
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
        enter(Slot(hash: edges[place].key.placeHash, edge: Int32(truncatingIfNeeded: place)))
    }

    private func enter(_ slot: Slot) {
        var place = Int(slot.hash) & mask
        while slots[place].edge >= 0 { place = (place &+ 1) & mask }
        slots[place] = slot
    }

    private mutating func growEdges() {
        let larger = UnsafeMutablePointer<Edge>.allocate(capacity: edgeCapacity * 2)
        larger.moveInitialize(from: edges, count: edgeCount)
        edges.deallocate()
        edges = larger
        edgeCapacity *= 2
    }

    private mutating func grow() {
        let old = UnsafeMutableBufferPointer(start: slots, count: mask + 1)
        let size = (mask + 1) * 2
        slots = .allocate(capacity: size)
        slots.initialize(repeating: .free, count: size)
        mask = size - 1
        for slot in old where slot.edge >= 0 { enter(slot) }
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
