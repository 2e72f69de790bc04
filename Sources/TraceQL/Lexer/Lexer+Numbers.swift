extension Lexer {
    /// An integer, a float or a duration. It takes all letters, digits and dots that follow, so that `5x` is one wrong number.
    mutating func readNumber() throws(Complaint) -> Token.Kind {
        let start = offset
        while let byte = peek() {
            if isDigit(byte) || byte == UInt8(ascii: ".") {
                offset += 1
            } else if isExponentSign(from: start) {
                offset += 2
            } else {
                let (scalar, width) = scalar(at: offset)
                guard scalar == "_" || scalar.properties.isAlphabetic else { break }
                offset += width
            }
        }
        let digits = bytes[start..<offset]
        let text = text(start..<offset)
        if digits.allSatisfy(isDigit) { return .int(try readInt(text)) }
        if isFloat(digits) {
            guard let value = Double(text), value.isFinite else { throw Complaint(message: "number too large: \(text)") }
            return .float(value)
        }
        switch DurationText.nanos(text) {
        case .value(let nanos): return .duration(nanos)
        case .tooLarge: throw Complaint(message: "duration too large: \(text)")
        case .none: throw Complaint(message: "not a number or a duration: \(text)")
        }
    }

    /// A `+` or `-` after the `e` of a float, with a digit behind; only digits and dots stand before the `e`.
    private func isExponentSign(from start: Int) -> Bool {
        guard let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), offset - start >= 2,
              let digit = peek(1), isDigit(digit) else { return false }
        let letter = bytes[offset - 1]
        guard letter == UInt8(ascii: "e") || letter == UInt8(ascii: "E") else { return false }
        return bytes[start..<(offset - 1)].allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") }
    }

    /// Decimal, with leading zeros if you like; but what can only be read as octal and is not is refused, as in Tempo.
    private func readInt(_ text: String) throws(Complaint) -> Int64 {
        if text.hasPrefix("0"), text.contains(where: { $0 == "8" || $0 == "9" }) { throw Complaint(message: "not a number: \(text)") }
        guard let value = Int64(text) else { throw Complaint(message: "integer too large: \(text)") }
        return value
    }

    /// `1.5`, `.5`, `5.`, `1e3`, `1.5e-6`.
    private func isFloat(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        func digits() -> Int {
            let count = rest.prefix(while: isDigit).count
            rest = rest.dropFirst(count)
            return count
        }
        var count = digits()
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            count += digits()
        }
        guard count > 0 else { return false }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
