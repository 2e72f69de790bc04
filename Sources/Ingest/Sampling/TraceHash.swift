internal import Trace

/// FNV-1a. Source: http://www.isthe.com/chongo/tech/comp/fnv/
enum TraceHash {
    /// 32 bits over the seed, least byte first, and the 16 bytes of the id.
    static func hash32(_ id: TraceID, seed: UInt32) -> UInt32 {
        var hash: UInt32 = 0x811c_9dc5
        for place in 0..<4 { hash = (hash ^ seed &>> UInt32(8 * place) & 0xff) &* 0x0100_0193 }
        for half in [id.high, id.low] {
            for place in 0..<8 { hash = (hash ^ UInt32(truncatingIfNeeded: half &>> UInt64(56 - 8 * place)) & 0xff) &* 0x0100_0193 }
        }
        return hash
    }

    /// 56 bits whose upper 14 decide as the hash alone did before there were thresholds.
    static func randomness(_ id: TraceID, seed: UInt32) -> UInt64 {
        let hash = UInt64(hash32(id, seed: seed))
        let bucket = hash & 0x3fff, upper = hash >> 18
        return (16383 - bucket) << 42 | (upper ^ upper << 10) << 14 | bucket
    }

    /// 64 bits over a salt and the id.
    static func hash64(_ id: TraceID, salt: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in salt + id.wireBytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }
}
