@testable import Ingest
import Testing

@Suite struct ConfigurationTests {
    private func complaint(_ yaml: String) -> String {
        do { _ = try settings(yaml) } catch { return "\(error)" }
        return "no complaint"
    }

    @Test("what is refused, where and how it is put right", arguments: [
        ("- resourse: {}", "1:3: pipeline[0]: no processor is called resourse; did you mean resource?"),
        ("- {filter: {}, batch: {}}", "1:3: pipeline[0]: one entry has the keys filter, batch; write one processor to an entry, its keys further to the right"),
        ("- [a]", "1:3: pipeline[0]: a list is no processor; write one, for example - probabilistic_sampler: {sampling_percentage: 10}"),
        ("just text", "1:1: pipeline: \"just text\" is no list; write each entry on a line of its own, behind a dash"),
        ("- batch\n- batch", "2:3: pipeline[1].batch: batch is in the list twice; give one of them a name of its own, for example batch/second"),
        ("- batch\n- batch/b", "2:3: pipeline[1].batch/b: there is a batch already; remove one of them"),
        ("- filter/", "1:3: pipeline[0]: filter/ has no name behind the slash; write filter or filter/name"),
        ("- filter: {eror_mode: ignore}", "1:12: pipeline[0].filter.eror_mode: there is no such key; did you mean error_mode?"),
        ("- filter: {error_mode: loud, trace_conditions: ['{}']}", "1:24: pipeline[0].filter.error_mode: there is no \"loud\"; write one of ignore, silent, propagate"),
        ("- filter", "1:3: pipeline[0].filter: there is no condition; write traces: {span: ['{ span.http.route = \"/health\" }']}"),
        ("- filter: {traces: {spanevent: ['x']}}", "1:32: pipeline[0].filter.traces.spanevent: events are not dropped one by one; write a condition under span, such as { event:name = \"x\" }, to drop the whole span"),
        ("- filter: {trace_conditions: ['attributes[\"a\"] == 1']}", "1:31: pipeline[0].filter.trace_conditions[0]: \"attributes[\"a\"] == 1\" is no TraceQL filter; OTTL is not read; write a TraceQL filter, for example { span.http.route = \"/health\" }"),
        ("- filter: {trace_conditions: ['{ foo }']}", "1:31: pipeline[0].filter.trace_conditions[0]: \"{ foo }\": parse error at line 1, col 3: unknown identifier: foo; write a TraceQL filter, for example { span.http.route = \"/health\" }"),
        ("- filter: {trace_conditions: ['{ .a = 1 } >> { }']}", "1:31: pipeline[0].filter.trace_conditions[0]: \"{ .a = 1 } >> { }\" is more than one filter, and needs the whole trace; write a single { ... }; a list of conditions means any of them"),
        ("- filter: {trace_conditions: ['{ .a = 1 } | count() > 2']}", "1:31: pipeline[0].filter.trace_conditions[0]: \"{ .a = 1 } | count() > 2\" is more than one filter, and needs the whole trace; write a single { ... }; a list of conditions means any of them"),
        ("- filter: {trace_conditions: ['{ rootName = \"x\" }']}", "1:31: pipeline[0].filter.trace_conditions[0]: rootName needs the whole trace, of which one span is at hand; ask for what the span, its resource, events or links have"),
        ("- probabilistic_sampler: {sampling_percentage: many}", "1:48: pipeline[0].probabilistic_sampler.sampling_percentage: \"many\" is no number; write one, for example 10"),
        ("- probabilistic_sampler: {sampling_percentage: \"10\"}", "1:48: pipeline[0].probabilistic_sampler.sampling_percentage: \"10\" is no number; write one, for example 10"),
        ("- probabilistic_sampler: {sampling_percentage: -1}", "1:48: pipeline[0].probabilistic_sampler.sampling_percentage: \"-1\" is no percentage; write a number from 0 to 100"),
        ("- probabilistic_sampler: {sampling_percentage: .nan}", "1:48: pipeline[0].probabilistic_sampler.sampling_percentage: \".nan\" is no percentage; write a number from 0 to 100"),
        ("- probabilistic_sampler: {sampling_percentage: .inf}", "1:48: pipeline[0].probabilistic_sampler.sampling_percentage: \".inf\" is no percentage; write a number from 0 to 100"),
        ("- probabilistic_sampler: {sampling_percentage: 0.001}", "1:48: pipeline[0].probabilistic_sampler.sampling_percentage: \"0.001\" is so little that hash_seed keeps nothing; write at least 0.0062, 0 to keep none, or mode: equalizing"),
        ("- probabilistic_sampler: {sampling_precision: 0}", "1:47: pipeline[0].probabilistic_sampler.sampling_precision: 0 is out of range; write at least 1"),
        ("- probabilistic_sampler: {hash_seed: 4294967296}", "1:38: pipeline[0].probabilistic_sampler.hash_seed: 4294967296 is out of range; write at most 4294967295"),
        ("- probabilistic_sampler: {mode: proportinal}", "1:33: pipeline[0].probabilistic_sampler.mode: there is no \"proportinal\"; did you mean proportional?"),
        ("- probabilistic_sampler: {fail_closed: maybe}", "1:40: pipeline[0].probabilistic_sampler.fail_closed: \"maybe\" is neither true nor false; write true or false"),
        ("- resource", "1:3: pipeline[0].resource: attributes is missing; write a list of actions"),
        ("- resource: {attributes: []}", "1:26: pipeline[0].resource.attributes: there is no action; write one, for example - {key: env, value: prod, action: upsert}"),
        ("- resource: {attributes: [{key: a, action: upsrt}]}", "1:44: pipeline[0].resource.attributes[0].action: there is no \"upsrt\"; did you mean upsert?"),
        ("- resource: {attributes: [{action: delete}]}", "1:27: pipeline[0].resource.attributes[0]: key is missing; write the attribute's name, or a pattern for names"),
        ("- resource: {attributes: [{key: a, action: upsert}]}", "1:27: pipeline[0].resource.attributes[0]: upsert needs a value; write value, from_attribute or from_context"),
        ("- resource: {attributes: [{key: a, action: upsert, value: 1, from_attribute: b}]}", "1:27: pipeline[0].resource.attributes[0]: value and from_attribute are both given; keep one of them"),
        ("- resource: {attributes: [{key: a, action: delete, value: 1}]}", "1:59: pipeline[0].resource.attributes[0].value: delete does not use it; remove the line"),
        ("- resource: {attributes: [{pattern: '[', action: delete}]}", "1:37: pipeline[0].resource.attributes[0].pattern: \"[\" is no regular expression (missing ]: [); write one in RE2's syntax, and \\ before a sign that stands for itself"),
        ("- resource: {attributes: [{key: a, pattern: '(x)', action: extract}]}", "1:45: pipeline[0].resource.attributes[0].pattern: every group needs a name; write (?P<name>...), or (?:...) for a group that is not kept"),
        ("- resource: {attributes: [{key: a, from_context: metadata.x, action: insert}]}", "1:50: pipeline[0].resource.attributes[0].from_context: headers and authentication of the request are not kept; write client.address, which is"),
        ("- attributes: {actions: [{key: a, action: delete}], include: {match_type: strict}}", "1:62: pipeline[0].attributes.include: nothing says which spans; write at least one of services, span_names, span_kinds, attributes, resources, libraries"),
        ("- attributes: {actions: [{key: a, action: delete}], include: {match_type: strict, span_kinds: [SERVER]}}", "1:96: pipeline[0].attributes.include.span_kinds[0]: there is no \"SERVER\"; write one of SPAN_KIND_UNSPECIFIED, SPAN_KIND_INTERNAL, SPAN_KIND_SERVER, SPAN_KIND_CLIENT, SPAN_KIND_PRODUCER, SPAN_KIND_CONSUMER"),
        ("- redaction: {hash_function: hmac-sha256}", "1:30: pipeline[0].redaction.hash_function: \"hmac-sha256\" needs a key; write hmac_key: a secret text"),
        ("- redaction: {hmac_key: k}", "1:25: pipeline[0].redaction.hmac_key: nothing uses the key; write hash_function: hmac-sha256, or remove the line"),
        ("- redaction: {url_sanitizer: {enabled: true}}", "1:30: pipeline[0].redaction.url_sanitizer: URLs are not understood; mask what must not be kept with blocked_values"),
        ("- redaction: {blocked_values: secret}", "1:31: pipeline[0].redaction.blocked_values: \"secret\" is no list; write each entry on a line of its own, behind a dash"),
        ("- memory_limiter: {limit_mib: 5}", "1:19: pipeline[0].memory_limiter: check_interval is missing; write check_interval: 1s"),
        ("- memory_limiter: {check_interval: 0s, limit_mib: 5}", "1:36: pipeline[0].memory_limiter.check_interval: 'check_interval' must be greater than zero; write 1s"),
        ("- memory_limiter: {check_interval: 1s}", "1:19: pipeline[0].memory_limiter: 'limit_mib' or 'limit_percentage' must be greater than zero; write limit_mib: 512"),
        ("- memory_limiter: {check_interval: 1s, limit_mib: 5, spike_limit_mib: 5}", "1:71: pipeline[0].memory_limiter.spike_limit_mib: 'spike_limit_mib' must be smaller than 'limit_mib'; write less than 5"),
        ("- memory_limiter: {check_interval: 1, limit_mib: 5}", "1:36: pipeline[0].memory_limiter.check_interval: \"1\" is no duration; write a number and a unit (h m s ms us ns), for example 1s"),
        ("- batch: {send_batch_size: 10, send_batch_max_size: 9}", "1:53: pipeline[0].batch.send_batch_max_size: send_batch_max_size must be greater or equal to send_batch_size; write at least 10, or 0 for no limit"),
        ("- batch: {metadata_keys: [a]}", "1:26: pipeline[0].batch.metadata_keys: batches are not kept apart by the headers of their requests; remove the line"),
        ("- tail_sampling: {policies: []}", "1:29: pipeline[0].tail_sampling.policies: there is no policy; write at least one"),
        ("- tail_sampling: {policies: [{name: a, type: latncy}]}", "1:46: pipeline[0].tail_sampling.policies[0].type: there is no \"latncy\"; did you mean latency?"),
        ("- tail_sampling: {policies: [{name: a, type: latency, probabilistic: {}}]}", "1:70: pipeline[0].tail_sampling.policies[0].probabilistic: the policy's type is latency; remove the block, or write type: probabilistic"),
        ("- tail_sampling: {policies: [{name: a, type: latency}]}", "1:30: pipeline[0].tail_sampling.policies[0].latency: threshold_ms is missing; write milliseconds, for example 5000"),
        ("- tail_sampling: {policies: [{name: a, type: always_sample}, {name: a, type: trace_flags}]}", "1:62: pipeline[0].tail_sampling.policies[1]: two policies are called a; give each a name of its own"),
        ("- tail_sampling: {sampling_strategy: span-ingest, policies: [{name: a, type: always_sample}]}", "1:38: pipeline[0].tail_sampling.sampling_strategy: traces are judged when they are complete; write trace-complete, or remove the line"),
        ("- tail_sampling: {policies: [{name: a, type: and, and: {and_sub_policy: [{name: b, type: drop}]}}]}", "1:90: pipeline[0].tail_sampling.policies[0].and.and_sub_policy[0].type: drop cannot be part of another policy; make it a policy of its own"),
    ])
    func refused(_ yaml: String, _ expected: String) { #expect(complaint(yaml) == "loupe.yaml:" + expected) }

    @Test("every entry's fault has a line")
    func several() {
        #expect(complaint("- batch: {a: 1}\n- resource\n- filter: {trace_conditions: ['{}']}").split(separator: "\n").count == 2)
    }

    @Test("settings that others honour")
    func plain() throws {
        let found = try settings("- memory_limiter: {check_interval: 1s, limit_mib: 500}\n- batch: {timeout: 1m30s, send_batch_size: 5, send_batch_max_size: 6}")
        #expect(found.memoryLimiter?.checkIntervalNanos == 1_000_000_000)
        #expect((found.memoryLimiter?.limitMiB, found.memoryLimiter?.spikeLimitMiB) == (500, 100))
        #expect((found.batch?.timeoutNanos, found.batch?.sendBatchSize, found.batch?.sendBatchMaxSize) == (90_000_000_000, 5, 6))
        #expect(found.pipeline.isEmpty)
        let shares = try settings("- memory_limiter: {check_interval: 1s, limit_percentage: 80, spike_limit_percentage: 15}\n- batch:").memoryLimiter
        #expect((shares?.limitPercentage, shares?.spikeLimitPercentage, shares?.limitMiB) == (80, 15, nil))
        #expect(try settings("~").pipeline.isEmpty)
    }

    @Test("names in the order of the list")
    func names() throws {
        let pipeline = try settings("- filter/a: {trace_conditions: ['{}']}\n- batch\n- resource: {attributes: [{key: a, action: delete}]}").pipeline
        #expect(pipeline.counters.map(\.name) == ["filter/a", "resource"])
    }
}
