extension Lexer {
    /// Decimal with fraction and exponent, `0x1F`, octal behind a leading zero, `_` between digits, or a duration such as `1h30m`.
    mutating func number(from start: Int) -> Token {
        if peek() == UInt8(ascii: "0"), let mark = peek(1), mark | 0x20 == UInt8(ascii: "x") {
            index += 2
            while let byte = peek(), byte.isHexDigit || byte == UInt8(ascii: "_") { index += 1 }
        } else {
            skipDigits()
            if peek()?.isLetter == true, peek().map({ $0 | 0x20 }) != UInt8(ascii: "e") { return duration(from: start) }
            if peek() == UInt8(ascii: ".") {
                index += 1
                skipDigits()
            }
            if let mark = peek(), mark | 0x20 == UInt8(ascii: "e") {
                index += 1
                if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { index += 1 }
                skipDigits()
            }
        }
        if peek()?.isNameByte == true || peek() == UInt8(ascii: ".") {
            while let byte = peek(), byte.isNameByte || byte == UInt8(ascii: ".") { index += 1 }
            return token(.invalid("bad number or duration syntax: \"\(text(from: start))\""), from: start)
        }
        switch Self.value(ofNumber: text(from: start)) {
        case .some(let value) where value.isFinite: return token(.number(value), from: start)
        case .some: return token(.invalid("error parsing number: \"\(text(from: start))\": value out of range"), from: start)
        case nil: return token(.invalid("bad number or duration syntax: \"\(text(from: start))\""), from: start)
        }
    }

    private mutating func duration(from start: Int) -> Token {
        while let byte = peek(), byte.isNameByte { index += 1 }
        do throws(DurationText.Failure) {
            return token(.duration(millis: try DurationText.millis(text(from: start))), from: start)
        } catch {
            return token(.invalid(error.message), from: start)
        }
    }

    private mutating func skipDigits() {
        while let byte = peek(), byte.isDigit || byte == UInt8(ascii: "_") { index += 1 }
    }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<index], as: UTF8.self) }

    /// Infinite when it is too large for a double, nil when it is no number.
    private static func value(ofNumber text: String) -> Double? {
        let bytes = Array(text.utf8)
        for (place, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {      // between digits, and one at a time
            guard place > 0, place + 1 < bytes.count, bytes[place - 1].isHexDigit || place == 2, bytes[place + 1].isHexDigit else { return nil }
        }
        let digits = text.filter { $0 != "_" }
        if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
            let hex = digits.dropFirst(2)
            return hex.isEmpty ? nil : UInt64(hex, radix: 16).map { Double($0) } ?? .infinity
        }
        if digits.utf8.count > 1, digits.hasPrefix("0"), digits.utf8.allSatisfy(\.isDigit), let octal = Int64(digits, radix: 8) {
            return Double(octal)
        }
        return Double(digits)
    }
}

/// Spans of time as the language writes them: whole numbers with units from `y` to `ms`, largest first, each once: `1h30m`, `5m0s`.
/// A year has 365 days.
public enum DurationText {
    public struct Failure: Error, Equatable, Sendable { public var message: String }

    private static let units: [(name: String, millis: Int64)] = [
        ("y", 365 * 86_400_000), ("w", 7 * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]
    /// Some 292 years, as in Prometheus, which counts nanoseconds.
    public static let limitMillis = Int64.max / 1_000_000

    public static func millis(_ text: String) throws(Failure) -> Int64 {
        var rest = Substring(text).utf8
        var sum: Int64 = 0
        var place = 0
        guard !rest.isEmpty else { throw Failure(message: "empty duration string") }
        if text == "0" { return 0 }
        while !rest.isEmpty {
            let digits = rest.prefix(while: \.isDigit)
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !$0.isDigit }
            rest = rest.dropFirst(unit.count)
            guard !digits.isEmpty, !unit.isEmpty, let found = units[place...].firstIndex(where: { $0.name == String(Substring(unit)) }) else {
                throw Failure(message: "not a valid duration string: \"\(text)\"")
            }
            let count = Int64(Substring(digits)) ?? .max
            let (part, isLarge) = count.multipliedReportingOverflow(by: units[found].millis)
            guard !isLarge, part <= limitMillis - sum else { throw Failure(message: "duration out of range") }
            sum += part
            place = found + 1
        }
        return sum
    }

    /// The shortest way to write it; units from weeks up only when nothing is left: `90m` is `1h30m`, `7d` is `1w`, `8d` stays.
    public static func text(_ millis: Int64) -> String {
        guard millis != 0 else { return "0s" }
        var rest = millis.magnitude
        var text = millis < 0 ? "-" : ""
        for (name, size) in units {
            let size = UInt64(size)
            guard rest >= size, name != "y" && name != "w" || rest % size == 0 else { continue }
            text += "\(rest / size)\(name)"
            rest %= size
        }
        return text
    }
}
