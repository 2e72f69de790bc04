@testable import Ingest
import Testing

/// Published vectors: RFC 1321, RFC 3174, FIPS 180-4 and FIPS 202 examples, RFC 4231.
@Suite struct HashingTests {
    private static let fox = "The quick brown fox jumps over the lazy dog"
    private static let long = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"

    private func hex(_ bytes: [UInt8]) -> String { String(decoding: HashFunction.hex(bytes), as: UTF8.self) }

    @Test("MD5", arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"), ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "57edf4a22be3c955ac49da2e2107b67a"),
    ])
    func md5(_ text: String, _ expected: String) { #expect(hex(MD5.digest([UInt8](text.utf8))) == expected) }

    @Test("SHA-1", arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"), (fox, "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"),
    ])
    func sha1(_ text: String, _ expected: String) { #expect(hex(SHA1.digest([UInt8](text.utf8))) == expected) }

    @Test("SHA-256", arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    ])
    func sha256(_ text: String, _ expected: String) { #expect(hex(SHA256.digest([UInt8](text.utf8))) == expected) }

    @Test("SHA-512", arguments: [
        ("abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
        (long, "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"),
    ])
    func sha512(_ text: String, _ expected: String) { #expect(hex(SHA512.digest([UInt8](text.utf8))) == expected) }

    @Test("SHA3-256", arguments: [
        ("", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"), ("abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
        (long, "916f6061fe879741ca6469b43971dfdb28b1a32dc36cb3254e812be27aad1d18"),
    ])
    func sha3(_ text: String, _ expected: String) { #expect(hex(SHA3.digest([UInt8](text.utf8))) == expected) }

    @Test("HMAC: RFC 4231, cases 2 and 6")
    func hmac() {
        let (key, text) = ([UInt8]("Jefe".utf8), [UInt8]("what do ya want for nothing?".utf8))
        #expect(hex(SHA256.hmac(text, key: key)) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(hex(SHA512.hmac(text, key: key)) == "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737")
        let longKey = [UInt8](repeating: 0xaa, count: 131), other = [UInt8]("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        #expect(hex(SHA256.hmac(other, key: longKey)) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test("padding at the edges of a block: digests differ and do not trap", arguments: [54, 55, 56, 63, 64, 65, 111, 112, 119, 127, 128, 135, 136, 137])
    func padding(_ count: Int) {
        let bytes = [UInt8](repeating: 7, count: count)
        for digest in [MD5.digest, SHA1.digest, SHA256.digest, SHA512.digest, SHA3.digest] { #expect(digest(bytes) != digest(bytes + [7])) }
    }
}
