/// How often each code occurs in each slot. One thread's.
final class CodeCounts {
    private var counts: UnsafeMutablePointer<Double>
    private(set) var slots = 0
    private(set) var codes: Int
    private var slotRoom = 0
    private var codeRoom: Int

    /// - Parameter size: how many codes there are, as far as is known.
    init(size: Int) {
        codes = size
        codeRoom = size
        counts = .allocate(capacity: 0)
    }

    deinit { counts.deallocate() }

    /// Makes room; to be called before counting.
    func prepare(slots: Int, size: Int? = nil) {
        self.slots = max(self.slots, slots)
        codes = max(codes, size ?? 0)
        guard self.slots > slotRoom || codes > codeRoom else { return }
        let newSlotRoom = max(self.slots, min(2 * slotRoom, slotRoom + 16), 2)
        let newCodeRoom = codes > codeRoom ? max(codes, codeRoom + codeRoom / 2) : codeRoom
        let larger = UnsafeMutablePointer<Double>.allocate(capacity: newSlotRoom * newCodeRoom)
        larger.initialize(repeating: 0, count: newSlotRoom * newCodeRoom)
        for slot in 0..<slotRoom { (larger + slot * newCodeRoom).update(from: counts + slot * codeRoom, count: codeRoom) }
        counts.deallocate()
        counts = larger
        slotRoom = newSlotRoom
        codeRoom = newCodeRoom
    }

    @inline(__always) func add(_ slot: Int, _ code: Int, _ weight: Double) { counts[slot &* codeRoom &+ code] += weight }

    /// Adds a row for each place that is not negative; runs of one place are the rule.
    @inline(__always) func add(_ places: [Int32], _ weights: [Double]?, code: (Int) -> Int) {
        for row in places.indices where places[row] >= 0 { add(Int(places[row]), code(row), weights?[row] ?? 1) }
    }

    subscript(slot: Int, code: Int) -> Double { counts[slot * codeRoom + code] }

    func total(_ code: Int) -> Double { (0..<slots).reduce(0) { $0 + self[$1, code] } }
    func sum(_ slot: Int) -> Double { (0..<codes).reduce(0) { $0 + self[slot, $1] } }
}
