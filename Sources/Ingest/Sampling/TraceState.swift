internal import Trace

/// A W3C tracestate with OpenTelemetry's member taken apart. Ranges count from the start of the text.
/// Sources: https://www.w3.org/TR/trace-context/#tracestate-header, https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/
struct TraceState {
    var threshold: UInt64?
    /// 56 bits.
    var randomness: UInt64?
    /// The other fields of `ot`, as they stand.
    private var otherFields: [Range<Int>] = []
    /// The other vendors, as they stand.
    private var vendors: [Range<Int>] = []
    private let text: UnsafeRawBufferPointer

    private static let limitBytes = 1024
    private static let memberLimit = 31
    private static let fieldsLimitBytes = 256

    /// Nil when the text breaks the rules. It has to outlive this value.
    init?(_ text: UnsafeRawBufferPointer) {
        self.text = text
        if text.isEmpty { return }                               // as most are
        guard text.count <= Self.limitBytes else { return nil }
        var members = 0
        var hasFields = false
        for piece in Self.pieces(of: 0..<text.count, in: text, at: UInt8(ascii: ",")) {
            let member = Self.trimmed(piece, text)
            if member.isEmpty { continue }
            members += 1
            guard members <= Self.memberLimit, let equals = member.first(where: { text[$0] == UInt8(ascii: "=") }) else { return nil }
            let key = member.lowerBound..<equals, value = equals + 1..<member.upperBound
            guard Self.isKey(text[key]), (1...256).contains(value.count), text[value].allSatisfy(Self.isValueByte) else { return nil }
            if text[key].elementsEqual("ot".utf8) {
                guard !hasFields, readFields(value) else { return nil }
                hasFields = true
            } else {
                vendors.append(member)
            }
        }
    }

    private mutating func readFields(_ value: Range<Int>) -> Bool {
        for field in Self.pieces(of: value, in: text, at: UInt8(ascii: ";")) {
            guard let colon = field.first(where: { text[$0] == UInt8(ascii: ":") }) else { return false }
            let key = text[field.lowerBound..<colon], content = text[colon + 1..<field.upperBound]
            guard let first = key.first, (97...122).contains(first), key.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) })
            else { return false }
            guard content.allSatisfy({ Self.isLetterOrDigit($0) || $0 == 0x2e || $0 == 0x5f || $0 == 0x2d }) else { return false }
            if key.elementsEqual("th".utf8) {
                guard (1...14).contains(content.count), let digits = hexValue(content) else { return false }
                threshold = digits << UInt64(4 * (14 - content.count))
            } else if key.elementsEqual("rv".utf8) {
                guard content.count == 14, let digits = hexValue(content) else { return false }
                randomness = digits
            } else {
                otherFields.append(field)
            }
        }
        return true
    }

    /// The text with what the fields are now: `ot` first, then the other vendors. Nil where that would break the rules.
    func written() -> [UInt8]? {
        var fields: [UInt8] = []
        func add(_ field: some Sequence<UInt8>) {
            if !fields.isEmpty { fields.append(UInt8(ascii: ";")) }
            fields.append(contentsOf: field)
        }
        if let randomness { add(Array("rv:".utf8) + Threshold.digits(randomness)) }
        if let threshold { add(Array("th:".utf8) + Threshold(value: threshold).text) }
        for field in otherFields { add(text[field]) }
        guard fields.count <= Self.fieldsLimitBytes, vendors.count < Self.memberLimit || fields.isEmpty else { return nil }
        var result: [UInt8] = fields.isEmpty ? [] : Array("ot=".utf8) + fields
        for vendor in vendors {
            if !result.isEmpty { result.append(UInt8(ascii: ",")) }
            result.append(contentsOf: text[vendor])
        }
        return result.count <= Self.limitBytes ? result : nil
    }

    /// What the member `key` has, in any tracestate, well-formed or not.
    static func value(of key: [UInt8], in text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        for piece in pieces(of: 0..<text.count, in: text, at: UInt8(ascii: ",")) {
            let member = trimmed(piece, text)
            guard member.count > key.count, text[member.lowerBound + key.count] == UInt8(ascii: "="),
                text[member.lowerBound..<member.lowerBound + key.count].elementsEqual(key) else { continue }
            return UnsafeRawBufferPointer(rebasing: text[member.lowerBound + key.count + 1..<member.upperBound])
        }
        return nil
    }

    // MARK: Grammar

    private static func pieces(of range: Range<Int>, in text: UnsafeRawBufferPointer, at separator: UInt8) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = range.lowerBound
        for index in range where text[index] == separator {
            found.append(start..<index)
            start = index + 1
        }
        found.append(start..<range.upperBound)
        return found
    }

    private static func trimmed(_ range: Range<Int>, _ text: UnsafeRawBufferPointer) -> Range<Int> {
        var range = range
        while let first = range.first, text[first] == 0x20 || text[first] == 0x09 { range = first + 1..<range.upperBound }
        while let last = range.last, text[last] == 0x20 || text[last] == 0x09 { range = range.lowerBound..<last }
        return range
    }

    /// Printable, and neither a comma nor an equals sign.
    private static func isValueByte(_ byte: UInt8) -> Bool { (0x20...0x7e).contains(byte) && byte != 0x2c && byte != 0x3d }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) }

    /// `vendor` or `tenant@vendor`.
    private static func isKey(_ key: Slice<UnsafeRawBufferPointer>) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) || "_-*/".utf8.contains(byte) }
        guard let at = key.firstIndex(of: UInt8(ascii: "@")) else {
            return (1...256).contains(key.count) && (97...122).contains(key[key.startIndex]) && key.allSatisfy(isPlain)
        }
        let tenant = key[key.startIndex..<at], system = key[at + 1..<key.endIndex]
        guard (1...241).contains(tenant.count), (1...14).contains(system.count) else { return false }
        let first = tenant[tenant.startIndex]
        return ((97...122).contains(first) || (48...57).contains(first)) && (97...122).contains(system[system.startIndex])
            && tenant.allSatisfy(isPlain) && system.allSatisfy(isPlain)
    }
}
