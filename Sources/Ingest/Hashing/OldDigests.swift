internal import Glibc

/// Source: RFC 1321. Broken as a proof of anything, still asked for to tell values apart.
struct MD5: MessageDigest {
    static let blockBytes = 64
    static let lengthBytes = 8
    static let lengthIsLittleEndian = true

    private static let shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
    /// The whole part of 2^32 |sin(i)|.
    private static let constants: [UInt32] = (1...64).map { UInt32(abs(sin(Double($0))) * 4_294_967_296) }

    private var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]

    init() {}

    mutating func absorb(_ block: ArraySlice<UInt8>) {
        let words = (0..<16).map { UInt32(littleEndianBytes: block[block.startIndex + 4 * $0..<block.startIndex + 4 * $0 + 4]) }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        for step in 0..<64 {
            let mixed: UInt32, word: Int
            switch step / 16 {
            case 0: (mixed, word) = (b & c | ~b & d, step)
            case 1: (mixed, word) = (d & b | ~d & c, (5 * step + 1) % 16)
            case 2: (mixed, word) = (b ^ c ^ d, (3 * step + 5) % 16)
            default: (mixed, word) = (c ^ (b | ~d), 7 * step % 16)
            }
            let sum = a &+ mixed &+ Self.constants[step] &+ words[word]
            (a, d, c, b) = (d, c, b, b &+ sum.rotatedLeft(Self.shifts[step / 16 * 4 + step % 4]))
        }
        for (index, value) in [a, b, c, d].enumerated() { state[index] &+= value }
    }

    var digest: [UInt8] { state.flatMap(\.littleEndianBytes) }
}

/// Source: RFC 3174.
struct SHA1: MessageDigest {
    static let blockBytes = 64
    static let lengthBytes = 8
    static let lengthIsLittleEndian = false

    private var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]

    init() {}

    mutating func absorb(_ block: ArraySlice<UInt8>) {
        var words = (0..<16).map { UInt32(bigEndianBytes: block[block.startIndex + 4 * $0..<block.startIndex + 4 * $0 + 4]) }
        for index in 16..<80 { words.append((words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]).rotatedLeft(1)) }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for step in 0..<80 {
            let mixed: UInt32, constant: UInt32
            switch step / 20 {
            case 0: (mixed, constant) = (b & c | ~b & d, 0x5a82_7999)
            case 1: (mixed, constant) = (b ^ c ^ d, 0x6ed9_eba1)
            case 2: (mixed, constant) = (b & c | b & d | c & d, 0x8f1b_bcdc)
            default: (mixed, constant) = (b ^ c ^ d, 0xca62_c1d6)
            }
            let sum = a.rotatedLeft(5) &+ mixed &+ e &+ constant &+ words[step]
            (e, d, c, b, a) = (d, c, b.rotatedLeft(30), a, sum)
        }
        for (index, value) in [a, b, c, d, e].enumerated() { state[index] &+= value }
    }

    var digest: [UInt8] { state.flatMap(\.bigEndianBytes) }
}
