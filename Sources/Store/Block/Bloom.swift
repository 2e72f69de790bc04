internal import Trace

/// Which traces a block may hold: 10 bits a trace, 7 probes, 0.8 % false positives.
/// Double hashing as Kirsch and Mitzenmacher, "Less hashing, same performance" (2006). Bit i is bit i & 7 of byte i >> 3.
struct Bloom: Sendable {
    private(set) var bytes: [UInt8]

    init(traces: Int) { bytes = [UInt8](repeating: 0, count: max(8, traces * 10 / 8)) }
    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func insert(_ id: TraceID) {
        let bits = UInt64(bytes.count * 8)
        var probe = Probe(id)
        bytes.withUnsafeMutableBufferPointer { bytes in
            for _ in 0..<Probe.count {
                let bit = probe.next(of: bits)
                bytes[bit >> 3] |= 1 << UInt8(bit & 7)
            }
        }
    }

    func mayContain(_ id: TraceID) -> Bool {
        guard !bytes.isEmpty else { return true }
        let bits = UInt64(bytes.count * 8)
        var probe = Probe(id)
        for _ in 0..<Probe.count {
            let bit = probe.next(of: bits)
            if bytes[bit >> 3] & 1 << UInt8(bit & 7) == 0 { return false }
        }
        return true
    }

    /// The places of an id, one after the other.
    private struct Probe {
        static let count = 7
        private var hash: UInt64
        private let step: UInt64

        init(_ id: TraceID) {
            let product = (id.low ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: id.high ^ 0xE703_7ED1_A0B4_28DB)
            hash = product.high ^ product.low
            step = (id.low ^ id.high &* 0xA076_1D64_78BD_642F) | 1
        }

        mutating func next(of bits: UInt64) -> Int {
            defer { hash = hash &+ step }
            return Int(hash % bits)
        }
    }
}
