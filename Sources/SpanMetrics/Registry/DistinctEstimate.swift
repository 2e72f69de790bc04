internal import Glibc

/// About how many different things were seen: HyperLogLog with 1,024 registers, to some 3 %.
/// Source: Flajolet et al., "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm", 2007.
struct DistinctEstimate {
    private var registers: [UInt8] = []

    mutating func add(_ hash: UInt64) {
        if registers.isEmpty { registers = [UInt8](repeating: 0, count: 1024) }
        let place = Int(hash >> 54)
        let rank = UInt8(min(55, (hash << 10 | 1 << 9).leadingZeroBitCount + 1))
        if registers[place] < rank { registers[place] = rank }
    }

    var count: Int { count(with: DistinctEstimate()) }

    /// How many were seen by this one or the other.
    func count(with other: DistinctEstimate) -> Int {
        if registers.isEmpty { return other.registers.isEmpty ? 0 : other.count }
        var sum = 0.0
        var empty = 0
        for place in registers.indices {
            let register = max(registers[place], other.registers.isEmpty ? 0 : other.registers[place])
            sum += 1 / Double(UInt64(1) << UInt64(register))
            if register == 0 { empty += 1 }
        }
        let size = 1024.0
        let raw = 0.7213 / (1 + 1.079 / size) * size * size / sum
        let estimate = raw <= 2.5 * size && empty > 0 ? size * log(size / Double(empty)) : raw
        return Int(estimate.rounded())
    }
}

/// Estimates that forget: what was not seen for two turns counts no more.
struct RecentEstimate {
    private var current = DistinctEstimate()
    private var previous = DistinctEstimate()

    mutating func add(_ hash: UInt64) { current.add(hash) }
    mutating func turn() { (previous, current) = (current, DistinctEstimate()) }
    var count: Int { current.count(with: previous) }
}
