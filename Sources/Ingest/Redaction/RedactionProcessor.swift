internal import Trace

/// `redaction`: deletes attributes by key and masks values, in resources, scopes, spans, events and links.
struct RedactionProcessor: Processor {
    let name: String
    let counters = ProcessorCounters()
    private let rules: RedactionRules
    private let cache = EnvelopeCache()

    init(_ name: String, _ body: ConfigurationNode) throws(ConfigurationError) {
        self.name = name
        let fields = try body.fields([
            "allow_all_keys", "allowed_keys", "ignored_keys", "ignored_key_patterns", "blocked_key_patterns", "blocked_values", "allowed_values",
            "redact_all_types", "hash_function", "hmac_key", "summary", "url_sanitizer", "db_sanitizer",
        ])
        try fields.refuse("url_sanitizer", "URLs are not understood", "mask what must not be kept with blocked_values")
        try fields.refuse("db_sanitizer", "statements of databases are not understood", "mask what must not be kept with blocked_values")
        func keys(_ name: String) throws(ConfigurationError) -> Set<[UInt8]> { Set((try fields[name]?.texts() ?? []).map { [UInt8]($0.utf8) }) }
        var rules = RedactionRules()
        rules.allowsAllKeys = try fields["allow_all_keys"]?.flag() ?? false
        rules.allowedKeys = try keys("allowed_keys")
        rules.ignoredKeys = try keys("ignored_keys")
        rules.ignoredKeyPatterns = try fields["ignored_key_patterns"]?.patterns() ?? []
        rules.blockedKeyPatterns = try fields["blocked_key_patterns"]?.patterns() ?? []
        rules.blockedValues = try fields["blocked_values"]?.patterns() ?? []
        rules.allowedValues = try fields["allowed_values"]?.patterns() ?? []
        rules.redactsAllTypes = try fields["redact_all_types"]?.flag() ?? false
        rules.summary = try fields["summary"]?.choice([("silent", .silent), ("info", .info), ("debug", .debug), ("", .silent)]) ?? .silent
        rules.hash = try Self.hash(fields)
        self.rules = rules
    }

    private static func hash(_ fields: ConfigurationFields) throws(ConfigurationError) -> HashFunction? {
        let key = try fields["hmac_key"]?.text() ?? ""
        let secret = [UInt8](key.utf8)
        let choices: [(String, HashFunction?)] = [
            ("md5", .md5), ("sha1", .sha1), ("sha3", .sha3), ("hmac-sha256", .hmacSHA256(key: secret)),
            ("hmac-sha512", .hmacSHA512(key: secret)), ("", nil),
        ]
        guard let node = fields["hash_function"] else {
            if let key = fields["hmac_key"] { throw key.error("nothing uses the key", "write hash_function: hmac-sha256, or remove the line") }
            return nil
        }
        let hash = try node.choice(choices)
        switch hash {
        case .hmacSHA256, .hmacSHA512: if key.isEmpty { throw node.error("\(node.quoted) needs a key", "write hmac_key: a secret text") }
        default:
            guard let unused = fields["hmac_key"] else { break }
            throw unused.error("\(node.quoted) uses no key", "write hash_function: hmac-sha256, or remove the line")
        }
        return hash
    }

    func process(_ batch: inout SpanBatch, _ context: RequestContext, _ result: inout ProcessingResult) throws(ProcessingFailure) {
        func work(_ envelope: inout Envelope, _ batch: inout SpanBatch) -> Bool { rules.apply(to: &envelope.attributes, in: &batch) }
        var isChanged = try batch.rewriteResources { cache.outcome(.resource, $0, &$1, work) }
        if try batch.rewriteScopes({ cache.outcome(.scope, $0, &$1, work) }) { isChanged = true }
        func rows(_ rows: RowRange, _ batch: inout SpanBatch) -> RowRange? {
            var list = batch.list(rows)
            guard rules.apply(to: &list, in: &batch) else { return nil }
            isChanged = true
            return batch.put(list, over: rows)
        }
        for index in batch.spans.indices {
            let span = batch.spans[index]
            if let moved = rows(span.attributes, &batch) { batch.spans[index].attributes = moved }
            for event in span.events.indices {
                if let moved = rows(batch.events[event].attributes, &batch) { batch.events[event].attributes = moved }
            }
            for link in span.links.indices {
                if let moved = rows(batch.links[link].attributes, &batch) { batch.links[link].attributes = moved }
            }
            try batch.checkGrowth()
        }
        if isChanged { result.isChanged = true }
    }
}
