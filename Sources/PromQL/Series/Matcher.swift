public import Patterns

/// A condition on one label. A series that lacks the label is asked as if its value were "".
public struct Matcher: Sendable {
    public enum Operator: String, Sendable { case equal = "=", notEqual = "!=", matches = "=~", differs = "!~" }

    public let name: String
    public let op: Operator
    public let value: String
    /// What `=~` and `!~` compare with; nil for the others.
    public let pattern: Pattern?

    /// - Throws: when `value` is to be a regular expression and is none.
    public init(_ name: String, _ op: Operator, _ value: String) throws(Pattern.Failure) {
        self.name = name
        self.op = op
        self.value = value
        pattern = op == .matches || op == .differs ? try Pattern(value) : nil
    }

    /// `name="value"`.
    init(_ name: String, equals value: String) {
        self.name = name
        op = .equal
        self.value = value
        pattern = nil
    }

    public func accepts(_ text: String) -> Bool {
        switch op {
        case .equal: text.hasSameBytes(as: value)
        case .notEqual: !text.hasSameBytes(as: value)
        case .matches: isMatch(text)
        case .differs: !isMatch(text)
        }
    }

    public func accepts(_ labels: Labels) -> Bool { accepts(labels[name]) }

    private func isMatch(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in pattern?.matches(UnsafeRawBufferPointer(bytes)) ?? false }
    }
}

extension Matcher: Equatable {
    public static func == (left: Matcher, right: Matcher) -> Bool {
        left.name.hasSameBytes(as: right.name) && left.op == right.op && left.value.hasSameBytes(as: right.value)
    }
}
