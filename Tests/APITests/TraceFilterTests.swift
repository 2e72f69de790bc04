import Testing
import Trace
import Wire
@testable import API
@testable import Query

@Suite struct TraceFilterTests {
    private let id = SampleTrace.id.hex
    private static let error = "%7B+status%3Derror+%7D"

    private func door(_ spans: Set<SpanID>?) -> Door { Door([TempoTests.checkout], engine: FakeEngine(.init(spans: spans))) }

    @Test("only what matches is answered, and the answer says so")
    func filtered() {
        let text = door([SpanID(bits: 2)]).get("/api/v2/traces/\(id)?q=\(Self.error)").text
        #expect(text.contains(#""name":"select""#) && !text.contains("GET /cart") && text.contains(#"{"stringValue":"db"}"#) && !text.contains(#""shop""#))
        #expect(text.hasSuffix(#","status":"PARTIAL","message":"1 of 2 spans do not match the query and are left out"}"#))
        let nothing = door([]).get("/api/v2/traces/\(id)?q=\(Self.error)").text
        #expect(nothing.hasPrefix(#"{"trace":{"#) && nothing.contains(#""status":"PARTIAL""#) && !nothing.contains("spanId"))
    }

    @Test("everything matches: the answer is whole")
    func whole() {
        let text = door([SpanID(bits: 2), SpanID(bits: 0x1011_2233_4455_6677)]).get("/api/v2/traces/\(id)?q=\(Self.error)").text
        #expect(!text.contains("PARTIAL") && text.contains("GET /cart"))
    }

    @Test("depths", arguments: [
        ("", "0 0"), ("match_depth=1", "1 0"), ("match_depth=-1", "all 0"), ("keep_hierarchy=true", "0 all"), ("keep_hierarchy=true&ancestor_depth=1", "0 1"),
        ("ancestor_depth=3", "0 0"), ("keep_hierarchy=false&match_depth=2", "2 0"), ("keep_hierarchy=1&ancestor_depth=-1&match_depth=-1", "all all"),
    ])
    func depths(_ query: String, _ expected: String) {
        let door = door([])
        #expect(door.get("/api/v2/traces/\(id)?q=\(Self.error)&\(query)").status == 200)
        #expect(door.engine.asked.depths == [expected])
    }

    @Test("without a filter the engine is not asked", arguments: ["", "q=", "q=%7B%7D", "keep_hierarchy=true"])
    func unfiltered(_ query: String) {
        let door = door(nil)
        #expect(!door.get("/api/v2/traces/\(id)?\(query)").text.contains("PARTIAL"))
        #expect(door.engine.asked.depths.isEmpty)
    }

    @Test("refusals", arguments: [
        ("q=%7B%7D+%3E+%7B%7D", "invalid TraceQL query: a trace is filtered by exactly one spanset filter, such as { status = error }"),
        ("q=%7B+foo%3D1+%7D", "invalid TraceQL query: parse error at line 1, col 3: unknown identifier: foo"),
        ("match_depth=-2", "invalid match_depth: must be -1 (all levels), 0 or more. received -2"),
        ("ancestor_depth=x", #"invalid ancestor_depth: strconv.Atoi: parsing "x": invalid syntax"#),
        ("keep_hierarchy=maybe", #"invalid keep_hierarchy: strconv.ParseBool: parsing "maybe": invalid syntax"#),
    ])
    func refusals(_ query: String, _ text: String) {
        let response = door([]).get("/api/v2/traces/\(id)?\(query)")
        #expect(response.status == 400 && response.text == text)
    }
}
