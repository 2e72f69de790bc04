internal import Patterns

extension AttributeAction {
    private enum Name { case insert, update, upsert, delete, hash, extract, convert }

    private static let names: [(String, Name)] = [
        ("insert", .insert), ("update", .update), ("upsert", .upsert), ("delete", .delete), ("hash", .hash),
        ("extract", .extract), ("convert", .convert),
    ]

    /// The list of actions, at least one.
    static func list(_ node: ConfigurationNode) throws(ConfigurationError) -> [AttributeAction] {
        var actions: [AttributeAction] = []
        for item in try node.list() { actions.append(try AttributeAction(item)) }
        guard !actions.isEmpty else { throw node.error("there is no action", "write one, for example - {key: env, value: prod, action: upsert}") }
        return actions
    }

    init(_ node: ConfigurationNode) throws(ConfigurationError) {
        let fields = try node.fields([
            "key", "action", "value", "from_attribute", "from_context", "default_value", "pattern", "converted_type", "hash_function",
        ])
        let action = try fields.required("action", "write one of \(Self.names.map(\.0).joined(separator: ", "))")
        let name = try action.choice(Self.names, anyCase: true)
        let word = try action.text().lowercased()
        if let key = try fields["key"]?.text() {
            guard !key.isEmpty else { throw node.error("the key is empty", "write the attribute's name") }
            self.key = [UInt8](key.utf8)
        }
        if key == nil, name != .delete && name != .hash || fields["pattern"] == nil {
            throw node.error("key is missing", "write the attribute's name" + (name == .delete || name == .hash ? ", or a pattern for names" : ""))
        }
        var allowed: Set<String> = ["key", "action"]
        switch name {
        case .insert, .update, .upsert:
            allowed.formUnion(["value", "from_attribute", "from_context", "default_value"])
            let source = try Source(fields, word)
            work = name == .insert ? .insert(source) : name == .update ? .update(source) : .upsert(source)
        case .delete, .hash:
            allowed.formUnion(name == .hash ? ["pattern", "hash_function"] : ["pattern"])
            keyPattern = try fields["pattern"]?.pattern()
            work = name == .delete ? .delete : .hash(try fields["hash_function"]?.choice([("sha256", .sha256), ("sha1", .sha1)]) ?? .sha256)
        case .extract:
            allowed.insert("pattern")
            let text = try fields.required("pattern", "write one with named groups, for example ^/users/(?P<user_id>\\d+)")
            let pattern = try text.pattern()
            let names = pattern.groupNames
            guard !names.isEmpty, names.allSatisfy({ $0 != nil }) else {
                throw text.error("every group needs a name", "write (?P<name>...), or (?:...) for a group that is not kept")
            }
            work = .extract(pattern, names: names.map { [UInt8](($0 ?? "").utf8) })
        case .convert:
            allowed.insert("converted_type")
            let type = try fields.required("converted_type", "write int, double or string")
            work = .convert(try type.choice([("int", .int), ("double", .double), ("string", .string)]))
        }
        if let unused = fields.first(besides: allowed) { throw unused.node.error("\(word) does not use it", "remove the line") }
    }
}

extension AttributeAction.Source {
    fileprivate init(_ fields: ConfigurationFields, _ action: String) throws(ConfigurationError) {
        let given = ["value", "from_attribute", "from_context"].filter { fields[$0] != nil }
        guard given.count < 2 else { throw fields.owner.error("\(given.joined(separator: " and ")) are both given", "keep one of them") }
        if let value = fields["value"] {
            origin = .value(StaticValue(value.node))
        } else if let key = fields["from_attribute"] {
            origin = .attribute([UInt8](try key.text().utf8))
        } else if let context = fields["from_context"] {
            guard try context.text() == "client.address" else {
                throw context.error("headers and authentication of the request are not kept", "write client.address, which is")
            }
            origin = .clientAddress
        } else {
            throw fields.owner.error("\(action) needs a value", "write value, from_attribute or from_context")
        }
        fallback = fields["default_value"].map { StaticValue($0.node) }
    }
}
