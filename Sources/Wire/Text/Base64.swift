/// Base64 as gRPC's `-bin` metadata has it. Source: RFC 4648, section 4.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Without padding.
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(bytes[index + offset]) : 0) }
            for digit in 0...count { text.append(alphabet[Int(group >> UInt32(18 - 6 * digit) & 63)]) }
            index += 3
        }
        return text
    }

    /// Whether `text` is base64, padded or not, perhaps several values joined by commas.
    static func isValid(_ text: some StringProtocol) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { value in
            let bytes = Array(HeaderValue.trim(value).utf8)
            let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
            let digits = bytes.count - padding
            guard padding <= 2, digits % 4 != 1, padding == 0 || bytes.count % 4 == 0 else { return false }
            return bytes.prefix(digits).allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                     UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"): true
                default: false
                }
            }
        }
    }
}
