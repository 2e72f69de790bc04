import CShims
import Testing

@Suite struct ChecksumTests {
    /// One bit at a time, straight from the definition.
    private func bitwise(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (0x82F6_3B78 & (0 &- (crc & 1))) }
        }
    }

    @Test("CRC-32C of RFC 3720, appendix B.4, and its check value", arguments: [
        (Array("123456789".utf8), 0xE306_9283), ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xff, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E), ([], 0),
    ] as [([UInt8], UInt32)])
    func known(_ bytes: [UInt8], _ expected: UInt32) { #expect(shims_crc32c(0, bytes, bytes.count) == expected) }

    @Test("any length and place, over the lanes that are computed side by side", arguments: [1, 7, 8, 4095, 12_287, 12_288, 12_289, 40_000])
    func lengths(_ count: Int) {
        var random = SeededGenerator(UInt64(count))
        let bytes = (0..<count + 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        for start in 0...3 {
            let part = bytes[start..<start + count]
            #expect(part.withUnsafeBytes { shims_crc32c(0, $0.baseAddress, $0.count) } == bitwise(part))
            let split = part.withUnsafeBytes { shims_crc32c(shims_crc32c(0, $0.baseAddress, count / 3), $0.baseAddress! + count / 3, count - count / 3) }
            #expect(split == bitwise(part))
        }
    }
}
