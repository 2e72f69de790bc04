/// How a value is replaced by one that tells as little and still can be compared.
enum HashFunction: Equatable, Sendable {
    case md5, sha1, sha256, sha3
    case hmacSHA256(key: [UInt8]), hmacSHA512(key: [UInt8])

    /// Lower-case hexadecimal digits; nothing for nothing.
    func hexDigest(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.isEmpty { return [] }
        let digest = switch self {
        case .md5: MD5.digest(bytes)
        case .sha1: SHA1.digest(bytes)
        case .sha256: SHA256.digest(bytes)
        case .sha3: SHA3.digest(bytes)
        case .hmacSHA256(let key): SHA256.hmac(bytes, key: key)
        case .hmacSHA512(let key): SHA512.hmac(bytes, key: key)
        }
        return Self.hex(digest)
    }

    static func hex(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { byte in [byte >> 4, byte & 15].map { $0 < 10 ? 48 + $0 : 87 + $0 } }
    }
}
