internal import Trace

/// Which traces a block may hold: 10 bits a trace, 7 probes, 0.8 % false positives.
/// Double hashing as Kirsch and Mitzenmacher, "Less hashing, same performance" (2006). Bit i is bit i & 7 of byte i >> 3.
struct Bloom: Sendable {
    private(set) var bytes: [UInt8]

    init(traces: Int) { bytes = [UInt8](repeating: 0, count: max(8, traces * 10 / 8)) }
    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func insert(_ id: TraceID) {
        forEachBit(id) { bit in
            bytes[bit >> 3] |= 1 << UInt8(bit & 7)
            return true
        }
    }

    func mayContain(_ id: TraceID) -> Bool {
        guard !bytes.isEmpty else { return true }
        var all = true
        forEachBit(id) { bit in
            all = bytes[bit >> 3] & 1 << UInt8(bit & 7) != 0
            return all
        }
        return all
    }

    private func forEachBit(_ id: TraceID, _ body: (Int) -> Bool) {
        let bits = UInt64(bytes.count * 8)
        let product = (id.low ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: id.high ^ 0xE703_7ED1_A0B4_28DB)
        var hash = product.high ^ product.low
        let step = (id.low ^ id.high &* 0xA076_1D64_78BD_642F) | 1
        for _ in 0..<7 {
            if !body(Int(hash % bits)) { return }
            hash = hash &+ step
        }
    }
}
