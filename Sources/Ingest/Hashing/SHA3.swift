/// SHA3-256. Source: FIPS 202.
enum SHA3 {
    /// Bytes taken in between two permutations.
    private static let rate = 136

    static func digest(_ message: [UInt8]) -> [UInt8] {
        var padded = message
        padded.append(0x06)
        padded.append(contentsOf: [UInt8](repeating: 0, count: (rate - padded.count % rate) % rate))
        padded[padded.count - 1] |= 0x80
        var lanes = [UInt64](repeating: 0, count: 25)
        for start in stride(from: 0, to: padded.count, by: rate) {
            for lane in 0..<rate / 8 { lanes[lane] ^= UInt64(littleEndianBytes: padded[start + 8 * lane..<start + 8 * lane + 8]) }
            permute(&lanes)
        }
        return lanes.prefix(4).flatMap(\.littleEndianBytes)
    }

    /// The constants of iota, from the shift register that defines them.
    private static let roundConstants: [UInt64] = {
        var register: UInt8 = 1
        return (0..<24).map { _ in
            var constant: UInt64 = 0
            for place in 0..<7 {
                if register & 1 == 1 { constant |= 1 << ((1 << UInt64(place)) - 1) }
                register = register & 0x80 == 0 ? register << 1 : register << 1 ^ 0x71
            }
            return constant
        }
    }()

    private static func permute(_ lanes: inout [UInt64]) {
        for constant in roundConstants {
            let columns = (0..<5).map { (x: Int) -> UInt64 in
                var parity: UInt64 = 0
                for y in 0..<5 { parity ^= lanes[x + 5 * y] }
                return parity
            }
            for x in 0..<5 {
                let change = columns[(x + 4) % 5] ^ columns[(x + 1) % 5].rotatedLeft(1)
                for y in 0..<5 { lanes[x + 5 * y] ^= change }
            }
            // Turns each lane and moves it to its new place, along the path that visits all but the first.
            var (x, y) = (1, 0)
            var moving = lanes[1]
            for step in 0..<24 {
                (x, y) = (y, (2 * x + 3 * y) % 5)
                let next = lanes[x + 5 * y]
                lanes[x + 5 * y] = moving.rotatedLeft((step + 1) * (step + 2) / 2 % 64)
                moving = next
            }
            for y in 0..<5 {
                let row = Array(lanes[5 * y..<5 * y + 5])
                for x in 0..<5 { lanes[5 * y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]) }
            }
            lanes[0] ^= constant
        }
    }
}
