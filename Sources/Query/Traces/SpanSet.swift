/// Some spans of one trace.
struct SpanSet: Equatable {
    private(set) var bits: [UInt64]
    let count: Int

    init(count: Int) {
        self.count = count
        bits = [UInt64](repeating: 0, count: (count + 63) / 64)
    }

    static func all(_ count: Int) -> SpanSet {
        var set = SpanSet(count: count)
        for span in 0..<count { set.insert(span) }
        return set
    }

    var isEmpty: Bool { bits.allSatisfy { $0 == 0 } }
    var size: Int { bits.reduce(0) { $0 + $1.nonzeroBitCount } }

    @inline(__always) mutating func insert(_ span: Int) { bits[span >> 6] |= 1 << UInt64(span & 63) }
    @inline(__always) func contains(_ span: Int) -> Bool { bits[span >> 6] & 1 << UInt64(span & 63) != 0 }

    mutating func formUnion(_ other: SpanSet) { for word in bits.indices { bits[word] |= other.bits[word] } }
    mutating func formIntersection(_ other: SpanSet) { for word in bits.indices { bits[word] &= other.bits[word] } }
    mutating func subtract(_ other: SpanSet) { for word in bits.indices { bits[word] &= ~other.bits[word] } }

    /// Ascending.
    var members: [Int] {
        var members: [Int] = []
        for (word, var bits) in bits.enumerated() {
            while bits != 0 {
                members.append(word * 64 + bits.trailingZeroBitCount)
                bits &= bits - 1
            }
        }
        return members
    }
}
