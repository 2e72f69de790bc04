/// How often each code occurs in each slot. One thread's. A table holds the low codes; of a column with many distinct values, a
/// table would be as large as values times slots, so a list holds the others, an entry for each row.
final class CodeCounts {
    private var counts: UnsafeMutablePointer<Double>
    private(set) var slots = 0
    private(set) var codes: Int
    private var slotRoom = 0
    private var codeRoom: Int

    /// Rows with codes beyond the table: the code in the upper half, the slot in the lower one.
    private var listed: [UInt64] = []
    /// As many as `listed`; none while all weigh 1.
    private var weightsOfListed: [Double] = []
    private static let tableCodes = 1024

    /// - Parameter size: how many codes there are, as far as is known.
    init(size: Int) {
        codes = size
        codeRoom = min(size, Self.tableCodes)
        counts = .allocate(capacity: 0)
    }

    deinit { counts.deallocate() }

    /// Makes room; to be called before counting.
    func prepare(slots: Int, size: Int? = nil) {
        self.slots = max(self.slots, slots)
        codes = max(codes, size ?? 0)
        let wanted = min(codes, Self.tableCodes)
        guard self.slots > slotRoom || wanted > codeRoom else { return }
        let newSlotRoom = max(self.slots, min(2 * slotRoom, slotRoom + 16), 2)
        let newCodeRoom = wanted > codeRoom ? min(max(wanted, codeRoom + codeRoom / 2), Self.tableCodes) : codeRoom
        let larger = UnsafeMutablePointer<Double>.allocate(capacity: newSlotRoom * newCodeRoom)
        larger.initialize(repeating: 0, count: newSlotRoom * newCodeRoom)
        for slot in 0..<slotRoom { (larger + slot * newCodeRoom).update(from: counts + slot * codeRoom, count: codeRoom) }
        counts.deallocate()
        counts = larger
        slotRoom = newSlotRoom
        codeRoom = newCodeRoom
    }

    @inline(__always) func add(_ slot: Int, _ code: Int, _ weight: Double) {
        if code < codeRoom { counts[slot &* codeRoom &+ code] += weight } else { list(slot, code, weight) }
    }

    private func list(_ slot: Int, _ code: Int, _ weight: Double) {
        if weight != 1 || !weightsOfListed.isEmpty {
            weightsOfListed.append(contentsOf: repeatElement(1, count: listed.count - weightsOfListed.count))
            weightsOfListed.append(weight)
        }
        listed.append(UInt64(code) << 32 | UInt64(slot))
    }

    /// Adds a row for each place that is not negative; runs of one place are the rule.
    @inline(__always) func add(_ places: [Int32], _ weights: [Double]?, code: (Int) -> Int) {
        for row in places.indices where places[row] >= 0 { add(Int(places[row]), code(row), weights?[row] ?? 1) }
    }

    // MARK: Results

    private func eachEntry(_ body: (_ code: Int, _ slot: Int, _ weight: Double) -> Void) {
        for (index, entry) in listed.enumerated() { body(Int(entry >> 32), Int(entry & 0xffff_ffff), weightsOfListed.isEmpty ? 1 : weightsOfListed[index]) }
    }

    /// Of each code, over all slots.
    func totals() -> [Double] {
        var totals = [Double](repeating: 0, count: codes)
        for slot in 0..<slots { for code in 0..<min(codes, codeRoom) { totals[code] += counts[slot * codeRoom + code] } }
        eachEntry { code, _, weight in totals[code] += weight }
        return totals
    }

    /// Of each slot, over the codes that satisfy `condition`.
    func sums(where condition: (Int) -> Bool = { _ in true }) -> [Double] {
        var sums = [Double](repeating: 0, count: slots)
        for code in 0..<min(codes, codeRoom) where condition(code) { for slot in 0..<slots { sums[slot] += counts[slot * codeRoom + code] } }
        eachEntry { code, slot, weight in if condition(code) { sums[slot] += weight } }
        return sums
    }

    /// Hands out the counts that are not 0, code after code: the code, the slot, how many.
    func each(where condition: (Int) -> Bool = { _ in true }, _ body: (Int, Int, Double) throws -> Void) rethrows {
        for code in 0..<min(codes, codeRoom) where condition(code) {
            for slot in 0..<slots where counts[slot * codeRoom + code] > 0 { try body(code, slot, counts[slot * codeRoom + code]) }
        }
        try eachListed(where: condition, body)
    }

    /// The same of the list: its entries are put side by side by code, and each code's are added up.
    private func eachListed(where condition: (Int) -> Bool, _ body: (Int, Int, Double) throws -> Void) rethrows {
        guard !listed.isEmpty else { return }
        let chosen = (0..<codes).map { $0 >= codeRoom && condition($0) }
        var next = [Int](repeating: 0, count: codes + 1)
        eachEntry { code, _, _ in if chosen[code] { next[code + 1] += 1 } }
        for code in 0..<codes { next[code + 1] += next[code] }
        var entries = [(slot: Int32, weight: Double)](repeating: (0, 0), count: next[codes])
        eachEntry { code, slot, weight in
            guard chosen[code] else { return }
            entries[next[code]] = (Int32(slot), weight)
            next[code] += 1
        }
        var sums = [Double](repeating: 0, count: slots)
        var start = 0
        for code in codeRoom..<codes where chosen[code] {
            for entry in entries[start..<next[code]] { sums[Int(entry.slot)] += entry.weight }
            start = next[code]
            for slot in 0..<slots where sums[slot] > 0 {
                try body(code, slot, sums[slot])
                sums[slot] = 0
            }
        }
    }
}
