/// A statement without what varies from call to call: lower case outside of quotes, literals, numbers and placeholders as
/// `?`, `IN (…)` and the rows of `VALUES` folded to one, comments dropped, blanks collapsed. (viewer.md §4.7)
struct SQLShape {
    /// What double quotes enclose: an identifier (standard SQL), or text (MySQL).
    enum Dialect { case standard, mySQL }

    /// Bytes read of a statement, and bytes kept of its shape. Longer ones are cut; what follows hardly tells two apart.
    static let readLimit = 32_768
    static let shapeLimit = 2_048

    private let source: UnsafeRawBufferPointer
    private let dialect: Dialect
    private var position = 0
    private var shape: [UInt8] = []

    static func of(_ statement: UnsafeRawBufferPointer, _ dialect: Dialect = .standard) -> [UInt8] {
        var scanner = SQLShape(source: UnsafeRawBufferPointer(rebasing: statement.prefix(readLimit)), dialect: dialect)
        scanner.scan()
        return cut(foldLists(scanner.shape), at: shapeLimit)
    }

    private init(source: UnsafeRawBufferPointer, dialect: Dialect) {
        self.source = source
        self.dialect = dialect
        shape.reserveCapacity(min(source.count, 512))
    }

    private mutating func scan() {
        while position < source.count {
            let byte = source[position]
            switch byte {
            case 0...32: blank()
            case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-"): skipLine()
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): skipComment()
            case UInt8(ascii: "'"): text(byte)
            case UInt8(ascii: "\"") where dialect == .mySQL: text(byte)
            case UInt8(ascii: "\""), UInt8(ascii: "`"): identifier(byte)
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !followsWord: number()
            case UInt8(ascii: "."): point()
            case UInt8(ascii: "$") where !followsWord: dollar()
            case UInt8(ascii: "%"), UInt8(ascii: ":"), UInt8(ascii: "@"): placeholder(byte)
            default:
                shape.append(byte.asciiLowercased)
                position += 1
            }
        }
        while let last = shape.last, last == 32 || last == UInt8(ascii: ";") { shape.removeLast() }
    }

    private func peek(_ distance: Int) -> UInt8? {
        position + distance < source.count ? source[position + distance] : nil
    }

    /// Whether the last byte written belongs to a name or a number, so that a digit after it does too.
    private var followsWord: Bool { shape.last.map { $0.isNameByte } ?? false }

    private mutating func blank() {
        position += 1
        if let last = shape.last, last != 32 { shape.append(32) }
    }

    private mutating func skipLine() {
        while position < source.count, source[position] != 10 { position += 1 }
        blank()
    }

    private mutating func skipComment() {
        position += 2
        while position < source.count, !(source[position] == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) { position += 1 }
        position = min(position + 1, source.count)                 // `blank` steps over the last byte
        blank()
    }

    /// A quoted literal becomes `?`; its quote is escaped by doubling or by a backslash. `E''`, `N''`, `X''` lose their letter.
    private mutating func text(_ quote: UInt8) {
        position += 1
        while position < source.count {
            if source[position] == UInt8(ascii: "\\") {
                position += 2
            } else if source[position] == quote {
                position += 1
                if position >= source.count || source[position] != quote { break }
                position += 1
            } else { position += 1 }
        }
        position = min(position, source.count)
        if let last = shape.last, "enxb".utf8.contains(last), !(shape.dropLast().last?.isNameByte ?? false) { shape.removeLast() }
        literal()
    }

    /// A quoted name is kept as it is, case included.
    private mutating func identifier(_ quote: UInt8) {
        repeat {
            shape.append(source[position])
            position += 1
        } while position < source.count && source[position] != quote
        if position < source.count { shape.append(quote) }
        position += 1
    }

    private mutating func number() {
        while let byte = peek(0), byte.isNameByte || byte == UInt8(ascii: ".")
            || ((byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")) && source[position - 1].asciiLowercased == UInt8(ascii: "e")
                && peek(1).map { $0.isDigit } ?? false) {
            position += 1
        }
        dropSign()
        literal()
    }

    /// `.5` is a number, `a.b` is not.
    private mutating func point() {
        if let next = peek(1), next.isDigit, !followsWord, shape.last != UInt8(ascii: "\"") { return number() }
        shape.append(UInt8(ascii: "."))
        position += 1
    }

    /// `$1` is a placeholder, `$tag$ … $tag$` a literal.
    private mutating func dollar() {
        var end = position + 1
        while end < source.count, source[end].isNameByte { end += 1 }
        if end < source.count, source[end] == UInt8(ascii: "$") {
            let mark = source[position...end]
            var scan = end + 1
            while scan + mark.count <= source.count, !source[scan..<scan + mark.count].elementsEqual(mark) { scan += 1 }
            position = min(scan + mark.count, source.count)
            return literal()
        }
        if end > position + 1 {
            position = end
            return literal()
        }
        shape.append(UInt8(ascii: "$"))
        position += 1
    }

    /// `%s`, `%(name)s`, `:name`, `:1`, `@p1`; not `::type`, `:=`, `a % b`, `@@variable`, `@variable`.
    private mutating func placeholder(_ mark: UInt8) {
        var end = position + 1
        let doubled = position > 0 && source[position - 1] == mark
        if mark == UInt8(ascii: "%"), peek(1) == UInt8(ascii: "(") {
            while end < source.count, source[end] != UInt8(ascii: ")") { end += 1 }
            end += 2
        } else {
            while end < source.count, source[end].isNameByte { end += 1 }
        }
        let name = source[min(position + 1, source.count)..<min(end, source.count)]
        let isPlaceholder = switch mark {
        case UInt8(ascii: "%"): name.elementsEqual("s".utf8) || name.first == UInt8(ascii: "(")
        case UInt8(ascii: "@"): name.last?.isDigit ?? false
        default: !name.isEmpty && !followsWord
        }
        if isPlaceholder, !doubled, end <= source.count {
            position = end
            return literal()
        }
        shape.append(mark)
        position += 1
    }

    private mutating func literal() {
        shape.append(UInt8(ascii: "?"))
    }

    /// `= -5` and `= 5` have one shape.
    private mutating func dropSign() {
        guard let sign = shape.last, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") else { return }
        guard let before = shape.dropLast().last(where: { $0 != 32 }), "(,=<>".utf8.contains(before) else { return }
        shape.removeLast()
    }
}

extension UInt8 {
    var asciiLowercased: UInt8 { self >= 65 && self <= 90 ? self + 32 : self }
    var isDigit: Bool { self >= 48 && self <= 57 }
    /// Letters, digits, `_`, and every byte of a character beyond ASCII.
    var isNameByte: Bool { isDigit || (asciiLowercased >= 97 && asciiLowercased <= 122) || self == 95 || self >= 128 }
    var isHexDigit: Bool { isDigit || (asciiLowercased >= 97 && asciiLowercased <= 102) }
}

/// At most `limit` bytes of `text`, ending between two characters.
func cut(_ text: [UInt8], at limit: Int) -> [UInt8] {
    guard text.count > limit else { return text }
    var end = limit
    while end > 0, text[end] & 0xc0 == 0x80 { end -= 1 }
    return Array(text[..<end])
}
