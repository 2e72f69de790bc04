extension YAMLNode {
    /// What a text may cost at most. An alias counts as all the nodes it stands for, so a few lines of aliases of
    /// aliases cannot grow into billions.
    enum Limit {
        static let bytes = 1 << 20
        static let depth = 32
        static let nodes = 50_000
    }

    /// Reads a text that holds one YAML document. An empty one is an empty map.
    public init(parsing bytes: [UInt8]) throws(YAMLError) {
        guard bytes.count <= Limit.bytes else {
            throw YAMLError("the text is larger than \(Units.text(size: Limit.bytes))", YAMLMark(line: 1, column: 1))
        }
        var builder = YAMLTreeBuilder()
        var parser = YAMLParser(bytes)
        var next = try parser.next()
        while next.event != .streamEnd {
            try builder.take(next.event, next.mark)
            next = try parser.next()
        }
        self = builder.root ?? YAMLNode(content: .map([]), mark: YAMLMark(line: 1, column: 1))
    }
}

/// Puts events together into a tree, without recursion. libyaml has checked that they nest.
private struct YAMLTreeBuilder {
    /// A list or map that has begun and not ended.
    private struct Open {
        var content: YAMLNode.Content
        var mark: YAMLMark
        var anchor: String?
        /// In a map, the key whose value comes next.
        var key: (name: String, mark: YAMLMark)?
        var keys: Set<String> = []
        /// Nodes below it so far.
        var weight = 0
    }

    private(set) var root: YAMLNode?
    private var open: [Open] = []
    private var anchors: [String: (node: YAMLNode, weight: Int)] = [:]
    private var nodes = 0

    mutating func take(_ event: YAMLParser.Event, _ mark: YAMLMark) throws(YAMLError) {
        switch event {
        case .documentStart:
            guard root == nil else { throw YAMLError("a second document begins here; only one is read", mark) }
        case .documentEnd, .streamEnd:
            break
        case .scalar(let text, let isPlain, let anchor):
            if open.last.map({ if case .map = $0.content { $0.key == nil } else { false } }) == true {
                guard open[open.count - 1].keys.insert(text).inserted else { throw YAMLError("the key \(text) is written twice", mark) }
                open[open.count - 1].key = (text, mark)
            } else {
                try add(YAMLNode(content: .scalar(text, isPlain: isPlain), mark: mark), weight: 1, anchor)
            }
        case .listStart(let anchor):
            try begin(.list([]), mark, anchor)
        case .mapStart(let anchor):
            try begin(.map([]), mark, anchor)
        case .listEnd, .mapEnd:
            let closed = open.removeLast()
            try add(YAMLNode(content: closed.content, mark: closed.mark), weight: closed.weight + 1, closed.anchor)
        case .alias(let name):
            // An anchor is known once its node is complete, so nothing can hold itself.
            guard let target = anchors[name] else { throw YAMLError("the alias *\(name) has no anchor before it", mark) }
            try add(YAMLNode(content: target.node.content, mark: mark), weight: target.weight, nil)
        }
    }

    private mutating func begin(_ content: YAMLNode.Content, _ mark: YAMLMark, _ anchor: String?) throws(YAMLError) {
        guard open.count < YAMLNode.Limit.depth else { throw YAMLError("nested more than \(YAMLNode.Limit.depth) deep", mark) }
        try refuseAsKey(mark)
        open.append(Open(content: content, mark: mark, anchor: anchor))
    }

    private mutating func add(_ node: YAMLNode, weight: Int, _ anchor: String?) throws(YAMLError) {
        if let anchor { anchors[anchor] = (node, weight) }
        guard !open.isEmpty else { return root = node }
        try refuseAsKey(node.mark)
        let top = open.count - 1
        open[top].weight += weight
        // What an open list holds is not yet in `nodes` of the lists around it, so the sum over the open ones is exact.
        nodes = open.reduce(0) { $0 + $1.weight }
        guard nodes <= YAMLNode.Limit.nodes else { throw YAMLError("more than \(YAMLNode.Limit.nodes) values", node.mark) }
        // Taken out and put back, so that the array inside is not copied at each append.
        var content = YAMLNode.Content.list([])
        swap(&content, &open[top].content)
        switch content {
        case .list(var items):
            content = .list([])
            items.append(node)
            content = .list(items)
        case .map(var entries):
            content = .list([])
            if let key = open[top].key { entries.append(.init(key: key.name, keyMark: key.mark, value: node)) }
            open[top].key = nil
            content = .map(entries)
        case .scalar: break
        }
        swap(&content, &open[top].content)
    }

    /// Throws where a map expects a key: only scalars are keys here.
    private func refuseAsKey(_ mark: YAMLMark) throws(YAMLError) {
        guard let top = open.last, case .map = top.content, top.key == nil else { return }
        throw YAMLError("a key must be a plain text", mark)
    }
}
