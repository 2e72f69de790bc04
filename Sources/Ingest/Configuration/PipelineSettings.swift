public import Settings

/// What the list under `pipeline:` says: the processors that run on every batch, and the settings of those that other rooms honour.
public struct PipelineSettings: Sendable {
    public var pipeline = Pipeline([])
    public var memoryLimiter: MemoryLimiterSettings?
    public var batch: BatchSettings?
    public var tailSampling: TailSampling?

    public init() {}

    private static let types = [
        "memory_limiter", "resource", "attributes", "redaction", "filter", "probabilistic_sampler", "tail_sampling", "batch",
    ]

    /// Reads the list; nothing written is an empty pipeline.
    ///
    /// - Parameters:
    ///   - file: the path that complaints begin with.
    ///   - path: where the list stands in the file.
    /// - Throws: every entry's first fault, a line each.
    public init(_ node: YAMLNode, file: String, path: String = "pipeline") throws(ConfigurationError) {
        if node.isNull { return }
        var processors: [any Processor] = []
        var names: Set<String> = []
        var faults: [String] = []
        for item in try ConfigurationNode(node: node, path: path, file: file).list() {
            do throws(ConfigurationError) {
                let (name, type, body) = try Self.entry(item)
                guard names.insert(name).inserted else {
                    throw body.error("\(name) is in the list twice", "give one of them a name of its own, for example \(type)/second")
                }
                if let processor = try take(type, name, body) { processors.append(processor) }
            } catch {
                faults += error.lines
            }
        }
        guard faults.isEmpty else { throw ConfigurationError(lines: faults) }
        pipeline = Pipeline(processors)
    }

    /// An entry is a map of one key, or a name alone where defaults do.
    private static func entry(_ item: ConfigurationNode) throws(ConfigurationError) -> (name: String, type: String, body: ConfigurationNode) {
        let name: String, body: YAMLNode
        switch item.node.content {
        case .map(let entries) where entries.count == 1: (name, body) = (entries[0].key, entries[0].value)
        case .map(let entries) where entries.count > 1:
            let keys = entries.map(\.key).joined(separator: ", ")
            throw item.error("one entry has the keys \(keys)", "write one processor to an entry, its keys further to the right")
        case .scalar(let text, _) where !item.node.isNull: (name, body) = (text, YAMLNode(content: .map([]), mark: item.node.mark))
        default: throw item.error("\(item.quoted) is no processor", "write one, for example - probabilistic_sampler: {sampling_percentage: 10}")
        }
        let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let type = String(parts[0])
        guard types.contains(type) else {
            throw item.error("no processor is called \(name)", ConfigurationNode.suggestion(for: type, in: types))
        }
        if parts.count == 2, parts[1].isEmpty { throw item.error("\(name) has no name behind the slash", "write \(type) or \(type)/name") }
        return (name, type, ConfigurationNode(node: body, path: "\(item.path).\(name)", file: item.file))
    }

    private mutating func take(_ type: String, _ name: String, _ body: ConfigurationNode) throws(ConfigurationError) -> (any Processor)? {
        func once(_ isTaken: Bool) throws(ConfigurationError) {
            if isTaken { throw body.error("there is a \(type) already", "remove one of them") }
        }
        switch type {
        case "resource": return try ResourceProcessor(name, body)
        case "attributes": return try AttributesProcessor(name, body)
        case "redaction": return try RedactionProcessor(name, body)
        case "filter": return try FilterProcessor(name, body)
        case "probabilistic_sampler": return try ProbabilisticSampler(name, body)
        case "tail_sampling":
            try once(tailSampling != nil)
            tailSampling = try TailSampling(name, body)
        case "memory_limiter":
            try once(memoryLimiter != nil)
            memoryLimiter = try MemoryLimiterSettings(body)
        case "batch":
            try once(batch != nil)
            batch = try BatchSettings(body)
        default: break
        }
        return nil
    }
}
