/// Reading of header values that are lists or carry parameters. Source: RFC 9110, sections 5.6 and 12.5.
public enum HeaderValue {
    /// The value without parameters and blanks, in lower case: `Text/HTML; charset=utf-8` → `text/html`.
    public static func mediaType(_ value: String) -> String {
        trim(value.prefix { $0 != ";" }).lowercased()
    }

    /// Whether a comma-separated list of choices (`accept-encoding`, `grpc-accept-encoding`) admits `choice`:
    /// by name or by `*`, with a quality above zero.
    public static func accepts(_ choice: String, in list: String) -> Bool {
        var byStar = false
        for item in list.split(separator: ",") {
            let parts = item.split(separator: ";")
            guard let first = parts.first else { continue }
            let name = trim(first)
            let refused = parts.dropFirst().contains { isQualityZero(trim($0)) }
            if equal(name, choice) { return !refused }
            if name == "*" { byStar = !refused }
        }
        return byStar
    }

    /// The first of `offers` that stands in an `Accept` list by name, else the best match by wildcard, else nil.
    /// A missing header accepts the first offer.
    public static func preferred(_ offers: [String], accept: String?) -> String? {
        guard let accept else { return offers.first }
        var best: (offer: String, quality: Double, exactness: Int)?
        for item in accept.split(separator: ",") {
            let parts = item.split(separator: ";").map { trim($0).lowercased() }
            guard let range = parts.first else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            for offer in offers where quality > 0 {
                let exactness = range == offer ? 2 : range == "*/*" ? 0 : covers(range, offer) ? 1 : -1
                guard exactness >= 0 else { continue }
                if let known = best, (known.quality, known.exactness) >= (quality, exactness) { continue }
                best = (offer, quality, exactness)
            }
        }
        return best?.offer
    }

    static func trim(_ text: some StringProtocol) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var rest = text[...]
        while let first = rest.first, isBlank(first) { rest.removeFirst() }
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return String(rest)
    }

    /// Without regard to the case of ASCII letters.
    static func equal(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { lower($0) == lower($1) }
    }

    /// In lower case, without a copy when it is already.
    static func lowercased(_ name: String) -> String {
        name.utf8.contains { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") } ? name.lowercased() : name
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static func covers(_ range: String, _ offer: String) -> Bool {
        range.hasSuffix("/*") && offer.hasPrefix(range.dropLast())
    }

    private static func isQualityZero(_ parameter: String) -> Bool {
        guard parameter.lowercased().hasPrefix("q=") else { return false }
        return Double(parameter.dropFirst(2)) == 0
    }
}
