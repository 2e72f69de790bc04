@testable import Ingest
import SelfStats
import Testing
import Trace

@Suite struct AttributesTests {
    private static let given: [(String, TestValue)] = [
        ("a", "x"), ("n", 7), ("d", 2.9), ("b", true), ("e", nil), ("list", [1, "two", 0.5]), ("raw", .bytes([1, 2])), ("url", "/users/42?x=1"), ("a", "again"),
    ]
    private static let rest = "n=7 d=2.9f b=true e=null list=[1,\"two\",0.5] raw=AQI= url='/users/42?x=1'"

    @Test("actions", arguments: [
        ("{key: new, value: v, action: insert}", "a='x' \(rest) a='again' new='v'"),
        ("{key: a, value: v, action: insert}", "a='x' \(rest) a='again'"),
        ("{key: a, value: 5, action: update}", "a=5 \(rest) a='again'"),
        ("{key: new, value: v, action: update}", "a='x' \(rest) a='again'"),
        ("{key: new, value: \"5\", action: UPSERT}", "a='x' \(rest) a='again' new='5'"),
        ("{key: n, value: 1.5, action: upsert}", "a='x' \(rest.replacing("n=7", with: "n=1.5f")) a='again'"),
        ("{key: n, value: [1, {k: true}], action: upsert}", "a='x' \(rest.replacing("n=7", with: "n=[1,{\"k\":true}]")) a='again'"),
        ("{key: new, from_attribute: n, action: upsert}", "a='x' \(rest) a='again' new=7"),
        ("{key: new, from_attribute: missing, action: upsert}", "a='x' \(rest) a='again'"),
        ("{key: new, from_attribute: missing, default_value: z, action: upsert}", "a='x' \(rest) a='again' new='z'"),
        ("{key: new, from_context: client.address, action: insert}", "a='x' \(rest) a='again' new='10.1.2.3'"),
        ("{key: a, action: delete}", rest),
        ("{pattern: \"^(a|n|d|b|e)$\", action: delete}", "list=[1,\"two\",0.5] raw=AQI= url='/users/42?x=1'"),
        ("{pattern: r, action: delete}", "a='x' n=7 d=2.9f b=true e=null list=[1,\"two\",0.5] a='again'"),
        ("{key: url, pattern: \"^/(?P<kind>[a-z]+)/(?P<id>\\\\d+)\", action: extract}", "a='x' \(rest) a='again' kind='users' id='42'"),
        ("{key: url, pattern: \"(?P<a>\\\\d+)\", action: extract}", "a='42' \(rest) a='again'"),
        ("{key: url, pattern: \"^nothing(?P<id>x)\", action: extract}", "a='x' \(rest) a='again'"),
        ("{key: n, pattern: \"(?P<id>7)\", action: extract}", "a='x' \(rest) a='again'"),
        ("{key: d, converted_type: int, action: convert}", "a='x' \(rest.replacing("d=2.9f", with: "d=2")) a='again'"),
        ("{key: b, converted_type: int, action: convert}", "a='x' \(rest.replacing("b=true", with: "b=1")) a='again'"),
        ("{key: n, converted_type: double, action: convert}", "a='x' \(rest.replacing("n=7", with: "n=7.0f")) a='again'"),
        ("{key: a, converted_type: int, action: convert}", "a='x' \(rest) a='again'"),
        ("{key: n, converted_type: string, action: convert}", "a='x' \(rest.replacing("n=7", with: "n='7'")) a='again'"),
        ("{key: list, converted_type: string, action: convert}", "a='x' \(rest.replacing("list=[1,\"two\",0.5]", with: "list='[1,\"two\",0.5]'")) a='again'"),
        ("{key: e, action: hash}", "a='x' \(rest.replacing("e=null", with: "e=''")) a='again'"),
    ])
    func actions(_ action: String, _ expected: String) throws {
        let context = RequestContext(clientAddress: "10.1.2.3")
        let span = try process("- attributes: {actions: [\(action)]}", [TestSpan(attributes: Self.given)], context).batch
        #expect(span.described(span.spans[0].attributes) == expected)
        let resource = try process("- resource: {attributes: [\(action)]}", [TestSpan(resource: Self.given)], context).batch
        #expect(resource.describedResource() == expected)
    }

    @Test("hashes: text as it is, numbers as 8 bytes, a bool as one", arguments: [
        ("a", "sha256", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"), ("a", "sha1", "11f6ad8ec52a2984abaafd7c3b516503785c2072"),
        ("b", "sha1", "bf8b4530d8d246dd74ac53a13471bba17941dff7"), ("n", "sha1", "67ef7f7d2fcdd3766db20eaf75bfc677edd4c016"),
    ])
    func hashes(_ key: String, _ function: String, _ expected: String) throws {
        let (batch, _) = try process("- attributes: {actions: [{key: \(key), action: hash, hash_function: \(function)}]}", [TestSpan(attributes: [("a", "x"), ("b", true), ("n", 7)])])
        #expect(batch.described(batch.spans[0].attributes).contains("\(key)='\(expected)'"))
    }

    @Test("actions run in order, on every resource, and repeated ones give the same")
    func order() throws {
        let yaml = "- resource: {attributes: [{key: env, value: prod, action: upsert}, {key: copy, from_attribute: env, action: insert}, {key: env, action: delete}]}"
        let spans = [TestSpan(id: 1, resource: [("service.name", "a")]), TestSpan(id: 2, resource: [("service.name", "b")]), TestSpan(id: 3, resource: [("service.name", "a")])]
        let pipeline = try settings(yaml).pipeline
        for _ in 0..<3 {
            var work = try batch(spans)
            #expect(try pipeline.process(&work).isChanged)
            #expect((0..<3).map { work.describedResource($0) } == ["service.name='a' copy='prod'", "service.name='b' copy='prod'", "service.name='a' copy='prod'"])
        }
        #expect(pipeline.counters[0].counters.incoming.value == 9)
        #expect(pipeline.counters[0].counters.outgoing.value == 9)
    }

    @Test("what is so already changes nothing", arguments: [
        "{key: a, value: x, action: upsert}", "{key: n, value: 7, action: update}", "{key: a, from_attribute: a, action: upsert}", "{key: a, pattern: '(?P<a>x)', action: extract}",
        "{key: l, value: [1, b], action: upsert}", "{key: zzz, action: delete}", "{key: n, converted_type: int, action: convert}",
    ])
    func unchanged(_ action: String) throws {
        let given: [(String, TestValue)] = [("a", "x"), ("n", 7), ("l", [1, "b"])]
        for processor in ["attributes: {actions: [\(action)]}", "resource: {attributes: [\(action)]}"] {
            #expect(try !process("- " + processor, [TestSpan(attributes: given, resource: given)]).result.isChanged)
        }
    }

    @Test("what follows the attributes stays; entities lose keys that are gone")
    func entities() throws {
        let tail: [UInt8] = [0x10, 3, 0x1a, 8, 0x12, 1, 0x74, 0x1a, 1, 0x61, 0x22, 0] + [0x1a, 5, 0x1a, 3, 0x69, 0x64, 0x31]
        func message(_ action: String) throws -> [UInt8] {
            let (batch, _) = try process("- resource: {attributes: [\(action)]}", [TestSpan(resource: [("a", "1"), ("id1", "2")], resourceTail: tail)])
            return batch.withBytes(batch.resources[0].message) { [UInt8]($0) }
        }
        let id1: [UInt8] = [0x0a, 10, 0x0a, 3, 0x69, 0x64, 0x31, 0x12, 3, 0x0a, 1, 0x32]
        // The empty description key names nothing that is there, so it goes with the next change.
        #expect(try message("{key: a, action: delete}") == id1 + [0x10, 3] + [0x1a, 5, 0x1a, 3, 0x69, 0x64, 0x31])
        let a: [UInt8] = [0x0a, 8, 0x0a, 1, 0x61, 0x12, 3, 0x0a, 1, 0x31]
        #expect(try message("{key: id1, action: delete}") == a + [0x10, 3] + [0x1a, 6, 0x12, 1, 0x74, 0x1a, 1, 0x61])
    }

    @Test("include and exclude", arguments: [
        ("include: {match_type: strict, services: [shop, web]}", [1, 2]), ("include: {match_type: regexp, services: ['^s']}", [1, 3]),
        ("include: {match_type: strict, span_names: [GET]}", [1, 3]), ("include: {match_type: regexp, span_names: [ET]}", [1, 2, 3]),
        ("include: {match_type: strict, span_kinds: [SPAN_KIND_SERVER]}", [1]), ("include: {match_type: strict, attributes: [{key: code}]}", [1, 2]),
        ("include: {match_type: strict, attributes: [{key: code, value: 200}]}", [1]), ("include: {match_type: strict, attributes: [{key: code, value: \"200\"}]}", [2]),
        ("include: {match_type: strict, attributes: [{key: code}], span_names: [GET]}", [1]), ("include: {match_type: strict, libraries: [{name: lib, version: '1'}]}", [1]),
        ("include: {match_type: strict, libraries: [{name: lib}]}", [1, 3]), ("include: {match_type: strict, resources: [{key: zone, value: z}]}", [3]),
        ("exclude: {match_type: strict, span_names: [GET]}", [2]), ("include: {match_type: strict, services: [shop, sink]}, exclude: {match_type: strict, attributes: [{key: code}]}", [3]),
    ] as [(String, [UInt64])])
    func matching(_ properties: String, _ expected: [UInt64]) throws {
        let spans = [
            TestSpan(id: 1, name: "GET", kind: 2, attributes: [("code", 200)], resource: [("service.name", "shop")], scope: ("lib", "1", [])),
            TestSpan(id: 2, name: "GET /x", attributes: [("code", "200")], resource: [("service.name", "web")]),
            TestSpan(id: 3, name: "GET", resource: [("service.name", "sink"), ("zone", "z")], scope: ("lib", "2", [])),
        ]
        let (batch, _) = try process("- attributes: {actions: [{key: hit, value: true, action: insert}], \(properties)}", spans)
        #expect(batch.spans.filter { batch.described($0.attributes).contains("hit=true") }.map(\.spanID.bits) == expected)
    }
}
