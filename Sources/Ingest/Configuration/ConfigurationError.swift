/// What is wrong with a pipeline's configuration: one line for each entry that cannot be used.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    public var lines: [String]

    init(_ line: String) { lines = [line] }
    init(lines: [String]) { self.lines = lines }

    public var description: String { lines.joined(separator: "\n") }
}
