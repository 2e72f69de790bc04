/// Why a query was refused.
public struct QueryError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Kind: Equatable, Sendable {
        /// Not in the language.
        case syntax
        /// In the language, but without sense: wrong types, a constant out of range.
        case invalid
        /// Understood, and not answered.
        case unsupported
    }

    public var kind: Kind
    /// One sentence without a position.
    public var message: String
    /// Where the offending token begins, counted from 1; columns count characters. Nil when there is no one place.
    public var line: Int?
    public var column: Int?

    public init(_ kind: Kind, _ message: String, line: Int? = nil, column: Int? = nil) {
        self.kind = kind
        self.message = message
        self.line = line
        self.column = column
    }

    /// As clients show it: `parse error at line 1, col 3: unknown identifier: foo`.
    public var description: String {
        guard kind == .syntax, let line, let column else { return message }
        return "parse error at line \(line), col \(column): \(message)"
    }
}
