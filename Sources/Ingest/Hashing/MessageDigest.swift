/// A hash over blocks of bytes that are padded as Merkle and Damgård have it: MD5, SHA-1 and SHA-2.
protocol MessageDigest {
    static var blockBytes: Int { get }
    /// How many bytes hold the length at the end: 8, or 16 for SHA-512.
    static var lengthBytes: Int { get }
    static var lengthIsLittleEndian: Bool { get }
    init()
    mutating func absorb(_ block: ArraySlice<UInt8>)
    var digest: [UInt8] { get }
}

extension MessageDigest {
    static func digest(_ message: [UInt8]) -> [UInt8] {
        var padded = message
        padded.append(0x80)
        let used = (padded.count + lengthBytes) % blockBytes
        padded.append(contentsOf: [UInt8](repeating: 0, count: (used == 0 ? 0 : blockBytes - used) + lengthBytes - 8))
        let bits = UInt64(message.count) &* 8
        padded.append(contentsOf: withUnsafeBytes(of: lengthIsLittleEndian ? bits.littleEndian : bits.bigEndian) { [UInt8]($0) })
        var hash = Self()
        for start in stride(from: 0, to: padded.count, by: blockBytes) { hash.absorb(padded[start..<start + blockBytes]) }
        return hash.digest
    }

    /// Keyed: HMAC. Source: RFC 2104.
    static func hmac(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var block = key.count > blockBytes ? digest(key) : key
        block.append(contentsOf: [UInt8](repeating: 0, count: blockBytes - block.count))
        return digest(block.map { $0 ^ 0x5c } + digest(block.map { $0 ^ 0x36 } + message))
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    func rotatedLeft(_ count: Int) -> Self { self &<< Self(truncatingIfNeeded: count) | self &>> Self(truncatingIfNeeded: Self.bitWidth - count) }
    func rotatedRight(_ count: Int) -> Self { rotatedLeft(Self.bitWidth - count) }
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { [UInt8]($0) } }
    var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { [UInt8]($0) } }

    init(bigEndianBytes bytes: ArraySlice<UInt8>) { self = bytes.reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) } }
    init(littleEndianBytes bytes: ArraySlice<UInt8>) { self = bytes.reversed().reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) } }
}
