@testable import Ingest
import Testing
import Trace

@Suite struct RedactionTests {
    private static let given: [(String, TestValue)] = [("card", "pay 4111111111111111 or 4222222222222"), ("token", "secret"), ("n", 4_111_111_111_111_111), ("safe", "4111111111111111 ok"), ("id", "x"), ("none", "")]

    @Test("keys", arguments: [
        ("", ""), ("allowed_keys: [n, id]", "n=4111111111111111 id='x'"), ("ignored_keys: [token], allowed_keys: [id]", "token='secret' id='x'"),
        ("ignored_key_patterns: ['^to'], allowed_keys: [id]", "token='secret' id='x'"),
        ("allow_all_keys: true, blocked_values: ['4[0-9]{12}(?:[0-9]{3})?']", "card='pay **** or ****' token='secret' n=4111111111111111 safe='**** ok' id='x' none=''"),
        ("allow_all_keys: true, blocked_values: ['4[0-9]{12}(?:[0-9]{3})?'], allowed_values: ['ok$']", "card='pay **** or ****' token='secret' n=4111111111111111 safe='4111111111111111 ok' id='x' none=''"),
        ("allow_all_keys: true, blocked_values: ['^4[0-9]{15}$'], redact_all_types: true", "card='pay 4111111111111111 or 4222222222222' token='secret' n='****' safe='4111111111111111 ok' id='x' none=''"),
        ("allow_all_keys: true, blocked_key_patterns: [token, none, '^n$']", "card='pay 4111111111111111 or 4222222222222' token='****' n='****' safe='4111111111111111 ok' id='x' none=''"),
        ("allowed_keys: [id], blocked_key_patterns: [id], hash_function: sha1", "id='11f6ad8ec52a2984abaafd7c3b516503785c2072'"),
        ("allowed_keys: [id], blocked_key_patterns: [id], hash_function: md5", "id='9dd4e461268c8034f5c8564e155c67a6'"),
        ("allowed_keys: [token], blocked_values: [secret], hash_function: hmac-sha256, hmac_key: k", "token='cc7eb5fa4bdffbf43700c5657391feff076e392e64e756afd96b3139e28406c2'"),
        ("allowed_keys: [card], blocked_values: ['pay ', '\\*+4']", "card='****111111111111111 or 4222222222222'"),
        ("allowed_keys: [id, card], ignored_keys: [n], blocked_values: [pay], summary: debug", "card='**** 4111111111111111 or 4222222222222' n=4111111111111111 id='x' redaction.redacted.keys='none,safe,token' redaction.redacted.count=3 redaction.masked.keys='card' redaction.masked.count=1 redaction.ignored.count=1"),
        ("allowed_keys: [id, card], allowed_values: [pay], summary: info", "card='pay 4111111111111111 or 4222222222222' id='x' redaction.redacted.count=4 redaction.allowed.count=1"),
    ])
    func keys(_ keys: String, _ expected: String) throws {
        let span = TestSpan(attributes: Self.given, events: [("e", Self.given)], links: [Self.given], resource: Self.given, scope: ("lib", "1", Self.given))
        let (batch, _) = try process("- redaction: {\(keys)}", [span])
        #expect(batch.described(batch.spans[0].attributes) == expected)
        #expect(batch.described(batch.events[0].attributes) == expected)
        #expect(batch.described(batch.links[0].attributes) == expected)
        #expect(batch.describedResource() == expected)
        #expect(batch.describedScope() == expected)
    }

    @Test("summaries of two steps add up, and are not redacted themselves")
    func twice() throws {
        let yaml = "- redaction/a: {allow_all_keys: true, blocked_values: [secret], summary: debug}\n- redaction/b: {allowed_keys: [token, id], blocked_key_patterns: [id, token], summary: debug}"
        let (batch, _) = try process(yaml, [TestSpan(attributes: [("token", "a secret"), ("id", "x"), ("z", 1)])])
        #expect(batch.described(batch.spans[0].attributes) == "token='****' id='****' redaction.masked.keys='id,token' redaction.masked.count=3 redaction.redacted.keys='z' redaction.redacted.count=1")
    }

    @Test("a text that masking would blow up is masked as a whole")
    func blowUp() throws {
        let text = String(repeating: "a", count: 20_000)
        let (hashed, _) = try process("- redaction: {allow_all_keys: true, blocked_values: [a], hash_function: sha3}", [TestSpan(attributes: [("k", .string(text))])])
        #expect(hashed.described(hashed.spans[0].attributes).count == 4 + 64)
        let (starred, _) = try process("- redaction: {allow_all_keys: true, blocked_values: [a]}", [TestSpan(attributes: [("k", .string(text))])])
        #expect(starred.described(starred.spans[0].attributes).count == 4 + 80_000)
    }

    @Test("nothing to redact changes nothing")
    func nothing() throws {
        #expect(try !process("- redaction: {allow_all_keys: true, blocked_values: [zzz], summary: debug}", [TestSpan(attributes: Self.given, resource: Self.given)]).result.isChanged)
    }
}
