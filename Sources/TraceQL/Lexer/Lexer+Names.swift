extension Lexer {
    /// What ends the name of an attribute, besides white space and the end of the text. Everything else belongs to it: `.a-1`, `.http.url`.
    static let nameDelimiters: [Unicode.Scalar] = ["{", "}", "(", ")", "=", "~", "!", "<", ">", "&", "|", "^", ","]

    static func endsName(_ scalar: Unicode.Scalar) -> Bool {
        nameDelimiters.contains(scalar) || scalar.properties.isWhitespace
    }

    /// Letters, digits and `_`, not beginning with a digit.
    mutating func readWord() -> String? {
        let start = offset
        while offset < bytes.count {
            let (scalar, width) = scalar(at: offset)
            guard scalar == "_" || scalar.properties.isAlphabetic || (offset > start && scalar.properties.numericType == .decimal) else { break }
            offset += width
        }
        return offset > start ? text(start..<offset) : nil
    }

    /// A word alone, or the attribute or intrinsic that it is the scope of.
    mutating func readScoped(_ word: String) throws(Complaint) -> Token.Kind {
        if peek() == UInt8(ascii: "."), let scope = Field.Scope(keyword: word) {
            offset += 1
            return .field(.attribute(scope, try readAttributeName(after: "\(word).")))
        }
        if peek() == UInt8(ascii: ":"), Intrinsic.scopes.contains(word) {
            offset += 1
            return .field(.intrinsic(try readIntrinsic(after: word)))
        }
        guard word == "parent" else { return .word(word) }
        if peek() == UInt8(ascii: ".") {
            offset += 1
            _ = try readAttributeName(after: "parent.")
        }
        return .parent
    }

    /// The rest of `span:name`; blanks may stand after the colon.
    private mutating func readIntrinsic(after scope: String) throws(Complaint) -> Intrinsic {
        while let byte = peek(), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { offset += 1 }
        let start = offset
        guard let name = readWord() else {
            throw Complaint(message: "expected one of \(Intrinsic.names(in: scope).joined(separator: ", ")) after \(scope):")
        }
        guard let intrinsic = Intrinsic(scope: scope, name: name) else {
            throw Complaint(message: "unknown identifier: \(scope):\(name), expected one of \(Intrinsic.names(in: scope).joined(separator: ", "))",
                            start: start)
        }
        return intrinsic
    }

    /// A name, out of bare and quoted pieces without anything between them.
    mutating func readAttributeName(after prefix: String) throws(Complaint) -> String {
        let start = offset
        var name: [UInt8] = []
        while offset < bytes.count {
            if bytes[offset] == UInt8(ascii: "\"") {
                try readQuotedPiece(&name)
                continue
            }
            let (scalar, width) = scalar(at: offset)
            if Lexer.endsName(scalar) { break }
            name.append(contentsOf: bytes[offset..<(offset + width)])
            offset += width
        }
        guard offset > start else { throw Complaint(message: "expected the name of an attribute directly after \(prefix)") }
        return String(decoding: name, as: UTF8.self)
    }

    /// Only `\"` and `\\` are escapes in a name.
    private mutating func readQuotedPiece(_ name: inout [UInt8]) throws(Complaint) {
        let start = offset
        offset += 1
        while let byte = peek() {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return
            case UInt8(ascii: "\\"):
                guard let escaped = peek(), escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else {
                    throw Complaint(message: #"unknown escape in the name of an attribute, expected \" or \\"#, start: offset - 1)
                }
                offset += 1
                name.append(escaped)
            default: name.append(byte)
            }
        }
        throw Complaint(message: "name of an attribute without end, expected \"", start: start)
    }
}
