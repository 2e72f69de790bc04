/// Why a text is no expression, and where.
public struct ParseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One sentence without a position.
    public var message: String
    /// Of the offending token, counted from 1; columns count bytes.
    public var line: Int
    public var column: Int

    /// As clients show it: `1:6: parse error: unclosed left parenthesis`.
    public var description: String { "\(line):\(column): parse error: \(message)" }

    /// - Parameter offset: of the token, in bytes from the start of `text`.
    init(_ message: String, at offset: Int, in text: [UInt8]) {
        let before = text.prefix(offset)
        self.message = message
        line = before.count { $0 == UInt8(ascii: "\n") } + 1
        column = offset - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
    }
}
