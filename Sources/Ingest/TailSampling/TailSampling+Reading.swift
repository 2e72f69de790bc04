extension TailSampling {
    init(_ name: String, _ body: ConfigurationNode) throws(ConfigurationError) {
        self.name = name
        let fields = try body.fields([
            "decision_wait", "decision_wait_after_root_received", "num_traces", "expected_new_traces_per_sec", "decision_cache",
            "sample_on_first_match", "drop_pending_traces_on_shutdown", "block_on_overflow",
            "maximum_trace_size_bytes", "sampling_strategy", "num_shards", "policies",
        ])
        let counts = 0...Int(UInt32.max)
        if let nanos = try fields["decision_wait"]?.nanos(example: "30s") { decisionWaitNanos = nanos }
        if let nanos = try fields["decision_wait_after_root_received"]?.nanos(example: "5s") { decisionWaitAfterRootNanos = nanos }
        if let count = try fields["num_traces"]?.int(1...Int(UInt32.max), example: 50_000) { maxTraces = count }
        if let count = try fields["expected_new_traces_per_sec"]?.int(counts, example: 100) { expectedNewTracesPerSecond = count }
        if let caches = try fields["decision_cache"]?.fields(["sampled_cache_size", "non_sampled_cache_size"]) {
            if let count = try caches["sampled_cache_size"]?.int(counts, example: 500_000) { sampledCacheSize = count }
            if let count = try caches["non_sampled_cache_size"]?.int(counts, example: 500_000) { nonSampledCacheSize = count }
        }
        samplesOnFirstMatch = try fields["sample_on_first_match"]?.flag() ?? false
        dropsPendingOnShutdown = try fields["drop_pending_traces_on_shutdown"]?.flag() ?? false
        blocksOnOverflow = try fields["block_on_overflow"]?.flag() ?? false
        if let bytes = try fields["maximum_trace_size_bytes"]?.int(0...Int.max, example: 5_000_000) { maxTraceBytes = bytes }
        if let strategy = fields["sampling_strategy"], try strategy.choice([("trace-complete", false), ("span-ingest", true)]) {
            throw strategy.error("traces are judged when they are complete", "write trace-complete, or remove the line")
        }
        _ = try fields["num_shards"]?.int(1...1024, example: 1)
        try readPolicies(try fields.required(
            "policies", "write at least one, for example - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}"))
    }

    private mutating func readPolicies(_ node: ConfigurationNode) throws(ConfigurationError) {
        var names: Set<String> = []
        var inverted: [ConfigurationNode] = []
        for item in try node.list() {
            let (name, policy) = try TailPolicy.read(item, isTop: true)
            guard names.insert(name).inserted else { throw item.error("two policies are called \(name)", "give each a name of its own") }
            policies.append(NamedPolicy(name: name, policy: policy))
            if policy.isInverted { inverted.append(item) }
        }
        guard !policies.isEmpty else { throw node.error("there is no policy", "write at least one") }
        guard policies.count > 1 else { return }
        for item in inverted {
            warnings.append(item.error(
                "invert_match negates this policy alone, and another one may still sample the trace",
                "use a drop policy to keep traces out for good").description)
        }
    }
}

extension TailPolicy {
    private static let types = [
        "always_sample", "latency", "numeric_attribute", "probabilistic", "status_code", "string_attribute", "boolean_attribute", "rate_limiting",
        "bytes_limiting", "span_count", "trace_state", "trace_flags", "ottl_condition", "and", "not", "drop", "composite",
    ]

    fileprivate var isInverted: Bool {
        switch self {
        case .numeric(_, _, let inverted), .string(_, _, let inverted), .boolean(_, _, let inverted): inverted
        default: false
        }
    }

    /// Reads `{name, type, <type>: {...}}`; `drop` and `composite` stand at the top only.
    static func read(_ node: ConfigurationNode, isTop: Bool) throws(ConfigurationError) -> (name: String, TailPolicy) {
        let fields = try node.fields(["name", "type"] + types)
        let name = try fields.required("name", "write a name, which counters show").text()
        let typeNode = try fields.required("type", "write one of \(types.joined(separator: ", "))")
        let type = try typeNode.choice(types.map { ($0, $0) })
        if !isTop, type == "drop" || type == "composite" {
            throw typeNode.error("\(type) cannot be part of another policy", "make it a policy of its own")
        }
        if let other = fields.first(besides: ["name", "type", type]) {
            throw other.node.error("the policy's type is \(type)", "remove the block, or write type: \(other.key)")
        }
        return (name, try policy(type, fields[type] ?? node.empty(type)))
    }

    private static func policy(_ type: String, _ body: ConfigurationNode) throws(ConfigurationError) -> TailPolicy {
        switch type {
        case "latency": return try latency(body)
        case "numeric_attribute": return try numeric(body)
        case "probabilistic": return try probabilistic(body)
        case "status_code":
            let fields = try body.fields(["status_codes"])
            let list = try fields.required("status_codes", "write a list of OK, ERROR and UNSET")
            var codes: Set<Int32> = []
            for item in try list.list() { codes.insert(try item.choice([("UNSET", 0), ("OK", 1), ("ERROR", 2)])) }
            guard !codes.isEmpty else { throw list.error("there is no code", "write OK, ERROR or UNSET") }
            return .status(codes)
        case "string_attribute": return try string(body)
        case "boolean_attribute":
            let fields = try body.fields(["key", "value", "invert_match"])
            return .boolean(
                key: try key(fields), try fields.required("value", "write true or false").flag(),
                inverted: try fields["invert_match"]?.flag() ?? false)
        case "rate_limiting": return .spanRate(try bucket(body, "spans_per_second", example: 500))
        case "bytes_limiting": return .byteRate(try bucket(body, "bytes_per_second", example: 1_000_000))
        case "span_count":
            let fields = try body.fields(["min_spans", "max_spans"])
            let least = try fields["min_spans"]?.int(0...Int(Int32.max), example: 2) ?? 0
            let most = try fields["max_spans"]?.int(0...Int(Int32.max), example: 20) ?? 0
            if let node = fields["max_spans"], most != 0, most < least {
                throw node.error("max_spans is below min_spans", "write at least \(least), or 0 for no limit")
            }
            return .spanCount(least...(most == 0 ? .max : most))
        case "trace_state": return try traceState(body)
        case "ottl_condition":
            let fields = try body.fields(["error_mode", "span", "spanevent"])
            _ = try fields["error_mode"]?.choice([("ignore", 0), ("silent", 0), ("propagate", 0)])
            var filters: [SpanFilter] = []
            for list in ["span", "spanevent"] { for item in try fields[list]?.list() ?? [] { filters.append(try SpanFilter(item)) } }
            guard !filters.isEmpty else { throw body.error("there is no condition", "write span: ['{ status = error }']") }
            return .conditions(filters)
        case "and": return .and(try parts(body, "and_sub_policy"))
        case "drop": return .drop(try parts(body, "drop_sub_policy"))
        case "not":
            let fields = try body.fields(["not_sub_policy"])
            return .not(try read(try fields.required("not_sub_policy", "write the policy to negate"), isTop: false).1)
        case "composite": return try composite(body)
        case "trace_flags":
            _ = try body.fields([])
            return .traceFlags
        default:
            _ = try body.fields([])
            return .always
        }
    }

    private static func key(_ fields: ConfigurationFields) throws(ConfigurationError) -> [UInt8] {
        [UInt8](try fields.required("key", "write the attribute's name").text().utf8)
    }

    private static func latency(_ body: ConfigurationNode) throws(ConfigurationError) -> TailPolicy {
        let fields = try body.fields(["threshold_ms", "upper_threshold_ms"])
        let above = try fields.required("threshold_ms", "write milliseconds, for example 5000").int(0...Int.max, example: 5000)
        let upTo = try fields["upper_threshold_ms"]?.int(0...Int.max, example: 10_000) ?? 0
        if let node = fields["upper_threshold_ms"], upTo != 0, upTo <= above {
            throw node.error("upper_threshold_ms is not above threshold_ms", "write more than \(above)")
        }
        return .latency(above: Int64(above), upTo: upTo == 0 ? nil : Int64(upTo))
    }

    private static func numeric(_ body: ConfigurationNode) throws(ConfigurationError) -> TailPolicy {
        let fields = try body.fields(["key", "min_value", "max_value", "invert_match"])
        let key = try key(fields)
        guard fields["min_value"] != nil || fields["max_value"] != nil else {
            throw body.error("there is no bound", "write min_value, max_value or both")
        }
        let least = try fields["min_value"]?.int(Int.min...Int.max, example: 50) ?? Int.min
        let most = try fields["max_value"]?.int(Int.min...Int.max, example: 100) ?? Int.max
        guard least <= most else { throw body.error("max_value is below min_value", "write at least \(least)") }
        return .numeric(key: key, Int64(least)...Int64(most), inverted: try fields["invert_match"]?.flag() ?? false)
    }

    private static func probabilistic(_ body: ConfigurationNode) throws(ConfigurationError) -> TailPolicy {
        let fields = try body.fields(["sampling_percentage", "hash_salt"])
        let node = try fields.required("sampling_percentage", "write a number from 0 to 100")
        let percentage = try node.number(example: "10")
        guard percentage.isFinite, percentage >= 0 else { throw node.error("\(node.quoted) is no percentage", "write a number from 0 to 100") }
        let salt = try fields["hash_salt"]?.text() ?? ""
        let bound = percentage >= 100 ? UInt64.max : UInt64(exactly: (percentage / 100 * 0x1p64).rounded(.down)) ?? .max
        return .probabilistic(salt: [UInt8]((salt.isEmpty ? "default-hash-seed" : salt).utf8), bound: bound)
    }

    private static func string(_ body: ConfigurationNode) throws(ConfigurationError) -> TailPolicy {
        let fields = try body.fields(["key", "values", "enabled_regex_matching", "cache_max_size", "invert_match"])
        let key = try key(fields)
        let values = try fields.required("values", "write a list of texts")
        _ = try fields["cache_max_size"]?.int(0...Int(UInt32.max), example: 128)
        let test: StringTest = try fields["enabled_regex_matching"]?.flag() ?? false
            ? .patterns(try values.patterns()) : .values(Set(try values.texts().map { [UInt8]($0.utf8) }))
        return .string(key: key, test, inverted: try fields["invert_match"]?.flag() ?? false)
    }

    private static func traceState(_ body: ConfigurationNode) throws(ConfigurationError) -> TailPolicy {
        let fields = try body.fields(["key", "values"])
        let key = try key(fields)
        var values: Set<[UInt8]> = []
        for item in try fields.required("values", "write a list of texts").list() {
            let value = [UInt8](try item.text().utf8)
            guard key.count + value.count < 256 else {
                throw item.error("key and value have \(key.count + value.count) bytes together", "write less than 256")
            }
            values.insert(value)
        }
        return .traceState(key: key, values: values)
    }

    private static func bucket(_ body: ConfigurationNode, _ rateKey: String, example: Int) throws(ConfigurationError) -> TokenBucket {
        let fields = try body.fields([rateKey, "burst_capacity"])
        let rate = try fields.required(rateKey, "write how many, for example \(example)").int(1...1 << 50, example: example)
        let burst = try fields["burst_capacity"]?.int(0...1 << 52, example: 2 * example) ?? 0
        return TokenBucket(perSecond: rate, burst: burst == 0 ? 2 * rate : burst)
    }

    private static func parts(_ body: ConfigurationNode, _ key: String) throws(ConfigurationError) -> [TailPolicy] {
        let list = try body.fields([key]).required(key, "write a list of policies")
        var parts: [TailPolicy] = []
        for item in try list.list() { parts.append(try read(item, isTop: false).1) }
        guard !parts.isEmpty else { throw list.error("there is no policy", "write at least one") }
        return parts
    }

    private static func composite(_ body: ConfigurationNode) throws(ConfigurationError) -> TailPolicy {
        let fields = try body.fields(["max_total_spans_per_second", "policy_order", "composite_sub_policy", "rate_allocation"])
        let total = try fields.required("max_total_spans_per_second", "write how many, for example 1000").int(1...1 << 40, example: 1000)
        var byName: [String: TailPolicy] = [:]
        let list = try fields.required("composite_sub_policy", "write a list of policies")
        for item in try list.list() {
            let (name, policy) = try read(item, isTop: false)
            guard byName.updateValue(policy, forKey: name) == nil else {
                throw item.error("two policies are called \(name)", "give each a name of its own")
            }
        }
        var percents: [String: Int] = [:]
        for item in try fields["rate_allocation"]?.list() ?? [] {
            let entry = try item.fields(["policy", "percent"])
            let name = try entry.required("policy", "write the name of a sub-policy")
            guard byName[try name.text()] != nil else {
                throw name.error(
                    "no sub-policy is called \(name.quoted)", ConfigurationNode.suggestion(for: try name.text(), in: byName.keys.sorted()))
            }
            percents[try name.text()] = try entry.required("percent", "write a number from 0 to 100").int(0...100, example: 50)
        }
        var parts: [TailPolicy] = [], shares: [Int] = []
        let order = try fields.required("policy_order", "write the names of the sub-policies, the first to ask first")
        for item in try order.list() {
            let name = try item.text()
            guard let policy = byName[name] else {
                throw item.error("no sub-policy is called \(name)", ConfigurationNode.suggestion(for: name, in: byName.keys.sorted()))
            }
            parts.append(policy)
            let percent = percents[name] ?? 0
            shares.append(percent == 0 ? total / byName.count : total * percent / 100)
        }
        guard !parts.isEmpty else { throw order.error("there is no policy", "write at least one") }
        return .composite(parts, SecondShares(shares))
    }
}
