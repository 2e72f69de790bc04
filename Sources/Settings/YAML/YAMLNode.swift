/// A place in a YAML text, both counted from 1.
public struct YAMLMark: Equatable, Sendable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// One value of a YAML text and where it stands. Aliases are resolved; tags other than the plain ones were refused.
public struct YAMLNode: Equatable, Sendable {
    public enum Content: Equatable, Sendable {
        /// The text of a scalar. `isPlain` is false when it was quoted or a block, so that `"null"` is not null.
        case scalar(String, isPlain: Bool)
        case list([YAMLNode])
        /// In the order of the text; no key occurs twice.
        case map([Entry])
    }

    public struct Entry: Equatable, Sendable {
        public var key: String
        public var keyMark: YAMLMark
        public var value: YAMLNode

        public init(key: String, keyMark: YAMLMark, value: YAMLNode) {
            self.key = key
            self.keyMark = keyMark
            self.value = value
        }
    }

    public var content: Content
    public var mark: YAMLMark

    public init(content: Content, mark: YAMLMark) {
        self.content = content
        self.mark = mark
    }

    /// Whether nothing was written here: `key:`, `key: ~` or `key: null`.
    public var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The value of `key`, nil when this is no map or has no such key.
    public subscript(key: String) -> YAMLNode? {
        guard case .map(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }
}

/// Why a text was refused, and where.
public struct YAMLError: Error, Equatable {
    public var message: String
    public var mark: YAMLMark

    init(_ message: String, _ mark: YAMLMark) {
        self.message = message
        self.mark = mark
    }
}
