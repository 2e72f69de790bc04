internal import Trace

/// From a span id to the first row that has it: an open-addressed table of row numbers over a column of ids.
/// Rows whose id was there before them are in `later`, which is empty in nearly every trace.
struct SpanIDIndex: Sendable {
    private var slots: ContiguousArray<UInt32>                     // row + 1; 0 is free. At most half of them are taken
    private let shift: UInt64
    private var later: [UInt64: [UInt32]] = [:]

    /// `ids` is the column, in row order.
    init(_ ids: ContiguousArray<UInt64>) {
        let bits = UInt64(max(4, Int.bitWidth - max(1, ids.count).leadingZeroBitCount + 1))
        slots = ContiguousArray(repeating: 0, count: 1 << Int(bits))
        shift = 64 - bits
        for row in ids.indices {
            let slot = self.slot(of: ids[row], in: ids)
            if slots[slot] == 0 { slots[slot] = UInt32(row + 1) } else { later[ids[row], default: []].append(UInt32(row)) }
        }
    }

    /// The first row with `id`.
    func firstRow(of id: UInt64, in ids: ContiguousArray<UInt64>) -> Int? {
        let row = slots[slot(of: id, in: ids)]
        return row == 0 ? nil : Int(row) - 1
    }

    /// All rows with `id`, ascending.
    func rows(of id: UInt64, in ids: ContiguousArray<UInt64>) -> [Int] {
        guard let first = firstRow(of: id, in: ids) else { return [] }
        return [first] + (later[id] ?? []).map { Int($0) }
    }

    /// Rows whose id another row has too, ascending.
    func duplicates(in ids: ContiguousArray<UInt64>) -> [Int] {
        later.keys.flatMap { rows(of: $0, in: ids) }.sorted()
    }

    var byteCount: Int { slots.count * 4 + later.count * 64 }

    private func slot(of id: UInt64, in ids: ContiguousArray<UInt64>) -> Int {
        var slot = Int(truncatingIfNeeded: (id &* 0x9e37_79b9_7f4a_7c15) >> shift)
        while true {
            let row = slots[slot]
            if row == 0 || ids[Int(row) - 1] == id { return slot }
            slot = (slot + 1) & (slots.count - 1)
        }
    }
}
