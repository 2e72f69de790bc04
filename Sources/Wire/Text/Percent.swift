/// Percent-encoding. Source: RFC 3986, section 2.1.
public enum Percent {
    /// `text` with every `%XX` turned into its byte; what is no valid escape stays as it is, what is no UTF-8 is repaired.
    /// `plusIsSpace` is for query strings and forms, where `+` stands for a blank; in a path it is a plus sign.
    public static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String {
        let bytes = text.utf8
        guard bytes.contains(where: { $0 == UInt8(ascii: "%") || (plusIsSpace && $0 == UInt8(ascii: "+")) }) else { return String(text) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index != bytes.endIndex {
            let byte = bytes[index]
            index = bytes.index(after: index)
            switch byte {
            case UInt8(ascii: "%"):
                let digits = bytes[index...].prefix(2).compactMap { hexDigit($0) }
                if digits.count == 2 {
                    decoded.append(digits[0] << 4 | digits[1])
                    index = bytes.index(index, offsetBy: 2)
                } else {
                    decoded.append(byte)
                }
            case UInt8(ascii: "+") where plusIsSpace: decoded.append(UInt8(ascii: " "))
            default: decoded.append(byte)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// For a value in a query string: everything but letters, digits and `-._~` is escaped.
    public static func encode(_ text: some StringProtocol) -> String {
        escape(text.utf8) { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                 UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
            default: false
            }
        }
    }

    /// For `grpc-message`: what is not printable ASCII, and `%` itself, is escaped.
    /// Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Status-Message.
    static func encodeGRPCMessage(_ message: String) -> [UInt8] {
        Array(escape(message.utf8) { (0x20...0x7e).contains($0) && $0 != UInt8(ascii: "%") }.utf8)
    }

    private static func escape(_ bytes: some Collection<UInt8>, keep: (UInt8) -> Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        escaped.reserveCapacity(bytes.count)
        for byte in bytes {
            if keep(byte) {
                escaped.append(byte)
            } else {
                escaped += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}

func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
