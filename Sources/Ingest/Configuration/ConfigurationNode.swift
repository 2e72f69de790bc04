internal import Patterns
internal import Settings

/// A value of the configuration with its place in the file and its path in the tree, which every complaint names.
struct ConfigurationNode {
    let node: YAMLNode
    /// `pipeline[1].probabilistic_sampler.sampling_percentage`
    let path: String
    let file: String

    /// `loupe.yaml:12:5: pipeline[1].filter.error_mode: "loud" is not an error mode; write ignore, silent or propagate`
    func error(_ what: String, _ fix: String, at mark: YAMLMark? = nil) -> ConfigurationError {
        let mark = mark ?? node.mark
        return ConfigurationError("\(file):\(mark.line):\(mark.column): \(path): \(what); \(fix)")
    }

    /// The value as a complaint quotes it.
    var quoted: String {
        switch node.content {
        case .scalar(let text, _): node.isNull ? "nothing" : "\"\(text.prefix(80))\""
        case .list: "a list"
        case .map: "a map"
        }
    }

    // MARK: Structure

    /// A map whose keys are all known; nothing written is an empty one.
    func fields(_ known: [String]) throws(ConfigurationError) -> ConfigurationFields {
        if node.isNull { return ConfigurationFields(owner: self, entries: []) }
        guard case .map(let entries) = node.content else {
            throw error("\(quoted) is no map", "write keys and values: \(known.joined(separator: ", "))")
        }
        for entry in entries where !known.contains(entry.key) {
            throw child(entry).error("there is no such key", Self.suggestion(for: entry.key, in: known), at: entry.keyMark)
        }
        return ConfigurationFields(owner: self, entries: entries)
    }

    /// A child that nothing was written for.
    func empty(_ key: String) -> ConfigurationNode {
        ConfigurationNode(node: YAMLNode(content: .map([]), mark: node.mark), path: "\(path).\(key)", file: file)
    }

    func child(_ entry: YAMLNode.Entry) -> ConfigurationNode { ConfigurationNode(node: entry.value, path: "\(path).\(entry.key)", file: file) }

    static func suggestion(for name: String, in known: [String]) -> String {
        if let near = nearestName(to: name, in: known) { return "did you mean \(near)?" }
        return known.isEmpty ? "remove it, nothing is set here" : "write \(known.count == 1 ? "" : "one of ")\(known.joined(separator: ", "))"
    }

    func list() throws(ConfigurationError) -> [ConfigurationNode] {
        guard case .list(let items) = node.content else {
            throw error("\(quoted) is no list", "write each entry on a line of its own, behind a dash")
        }
        return items.enumerated().map { ConfigurationNode(node: $1, path: "\(path)[\($0)]", file: file) }
    }

    func texts() throws(ConfigurationError) -> [String] {
        var texts: [String] = []
        for item in try list() { texts.append(try item.text()) }
        return texts
    }

    // MARK: Scalars

    func text() throws(ConfigurationError) -> String {
        guard case .scalar(let text, _) = node.content, !node.isNull else { throw error("\(quoted) is no text", "write a text") }
        return text
    }

    func flag() throws(ConfigurationError) -> Bool {
        guard case .scalar(let text, isPlain: true) = node.content, let flag = PlainScalar.bool(text) else {
            throw error("\(quoted) is neither true nor false", "write true or false")
        }
        return flag
    }

    func int(_ range: ClosedRange<Int>, example: Int) throws(ConfigurationError) -> Int {
        guard case .scalar(let text, isPlain: true) = node.content, let value = PlainScalar.int(text) else {
            throw error("\(quoted) is no whole number", "write one, for example \(example)")
        }
        guard range.contains(Int(value)) else {
            let bound = Int(value) < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
            throw error("\(text) is out of range", "write \(bound)")
        }
        return Int(value)
    }

    func number(example: String) throws(ConfigurationError) -> Double {
        guard case .scalar(let text, isPlain: true) = node.content else { throw error("\(quoted) is no number", "write one, for example \(example)") }
        if let value = PlainScalar.int(text) { return Double(value) }
        guard let value = PlainScalar.double(text) else { throw error("\(quoted) is no number", "write one, for example \(example)") }
        return value
    }

    /// One of a few words; case counts only where `anyCase` is false.
    func choice<T>(_ choices: [(String, T)], anyCase: Bool = false) throws(ConfigurationError) -> T {
        let text = try text()
        for (name, value) in choices where name == text || anyCase && name.lowercased() == text.lowercased() { return value }
        throw error("there is no \(quoted)", Self.suggestion(for: text, in: choices.map(\.0)))
    }

    /// Nanoseconds, written as Go does: `200ms`, `1m30s`.
    func nanos(example: String) throws(ConfigurationError) -> Int64 {
        guard case .scalar(let text, _) = node.content, let nanos = PlainScalar.nanos(text) else {
            throw error("\(quoted) is no duration", "write a number and a unit (h m s ms us ns), for example \(example)")
        }
        return nanos
    }

    /// A regular expression that is looked for anywhere in a text.
    func pattern() throws(ConfigurationError) -> Pattern {
        do throws(Pattern.Failure) {
            return try Pattern(try textForPattern(), dotMatchesNewline: false)
        } catch {
            let fix = "write one in RE2's syntax, and \\ before a sign that stands for itself"
            throw self.error("\(quoted) is no regular expression (\(error.message))", fix)
        }
    }

    private func textForPattern() throws(Pattern.Failure) -> String {
        guard case .scalar(let text, _) = node.content, !node.isNull else { throw Pattern.Failure(message: "it is \(quoted)") }
        return text
    }

    func patterns() throws(ConfigurationError) -> [Pattern] {
        var patterns: [Pattern] = []
        for item in try list() { patterns.append(try item.pattern()) }
        return patterns
    }
}

/// The entries of a map whose keys were checked.
struct ConfigurationFields {
    let owner: ConfigurationNode
    let entries: [YAMLNode.Entry]

    /// The value of a key; nil when it is missing or empty.
    subscript(key: String) -> ConfigurationNode? {
        guard let entry = entries.first(where: { $0.key == key }), !entry.value.isNull else { return nil }
        return owner.child(entry)
    }

    func required(_ key: String, _ fix: String) throws(ConfigurationError) -> ConfigurationNode {
        guard let found = self[key] else { throw owner.error("\(key) is missing", fix) }
        return found
    }

    /// The first value whose key is not among `expected`.
    func first(besides expected: Set<String>) -> (key: String, node: ConfigurationNode)? {
        entries.first { !expected.contains($0.key) && !$0.value.isNull }.map { ($0.key, owner.child($0)) }
    }

    func refuse(_ key: String, _ why: String, _ fix: String) throws(ConfigurationError) {
        if let found = self[key] { throw found.error(why, fix) }
    }
}
