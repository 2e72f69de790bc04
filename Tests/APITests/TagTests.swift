import Testing
import TraceQL
import Wire
@testable import API
@testable import Query

@Suite struct TagTests {
    private static let metrics = #""metrics":{"inspectedBytes":"15168","totalJobs":1,"completedJobs":1}"#

    private var door: Door {
        var names = TagNames()
        names.span = ["db.system", "http.request.method"]
        names.resource = ["db.system", "service.name"]
        names.event = ["exception.message"]
        names.statistics = .sample
        var values = TagValues()
        values.values = [.string("cart"), .string("é"), .int(500), .float(0.5), .bool(true), .string("500"), .string("")]
        values.statistics = .sample
        return Door(engine: FakeEngine(.init(names: names, values: values)))
    }

    @Test("names, v1: one list", arguments: [
        ("", #"["db.system","exception.message","http.request.method","service.name"]"#), ("scope=span", #"["db.system","http.request.method"]"#),
        ("scope=link", "[]"), ("scope=trace", "[]"), ("scope=none&limit=", #"["db.system","exception.message","http.request.method","service.name"]"#),
    ])
    func namesV1(_ query: String, _ list: String) {
        #expect(door.get("/api/search/tags?\(query)").text.hasPrefix(#"{"tagNames":\#(list),"metrics":{"#))
    }

    @Test("names, v2: by scope, intrinsics unless another scope is wanted")
    func namesV2() {
        let span = #"{"name":"span","tags":["db.system","http.request.method"]}"#
        #expect(door.get("/api/v2/search/tags?scope=span").text == #"{"scopes":[\#(span)],\#(Self.metrics)}"#)
        let all = door.get("/api/v2/search/tags").text
        #expect(all.hasPrefix(#"{"scopes":[\#(span),{"name":"resource","tags":["db.system","service.name"]},{"name":"event","tags":["exception.message"]},{"name":"intrinsic","tags":["duration","event:name","#))
        #expect(door.get("/api/v2/search/tags?scope=link").text.hasPrefix(#"{"scopes":[],"#))
        for path in ["/api/v2/search/tags", "/api/search/tags"] {
            let text = door.get("\(path)?scope=intrinsic").text
            #expect(text.contains(#""rootServiceName","span:duration","#) && !text.contains("db.system"))
        }
    }

    @Test("values, v1: texts, each once")
    func valuesV1() {
        #expect(door.get("/api/search/tag/x/values").text == #"{"tagValues":["0.5","500","cart","true","é"],\#(Self.metrics)}"#)
        #expect(Door().get("/api/search/tag/x/values").text.hasPrefix(#"{"tagValues":[],"metrics":{"#))
    }

    @Test("values, v1: virtual tags")
    func virtual() {
        #expect(door.get("/api/search/tag/error/values").text.hasPrefix(#"{"tagValues":["true"],"#))
        #expect(door.get("/api/search/tag/status.code/values").text.hasPrefix(#"{"tagValues":["0.5","500","cart","error","ok","true","unset","é"],"#))
    }

    @Test("a name in a path of v1: decoded once, and once more when it was encoded twice", arguments: [
        ("service.name", .attribute(.any, "service.name")), ("a%2Fb", .attribute(.any, "a/b")), ("a%252Fb", .attribute(.any, "a/b")),
        ("a/b", .attribute(.any, "a/b")), ("values", .attribute(.any, "values")), ("100%25", .attribute(.any, "100%")),
        ("name", .intrinsic(.name)), ("root.name", .intrinsic(.rootName)), ("root.service.name", .intrinsic(.rootServiceName)),
        ("status.code", .attribute(.any, "status.code")),
    ] as [(String, Field)])
    func pathsV1(_ name: String, _ field: Field) {
        let door = door
        #expect(door.get("/api/search/tag/\(name)/values").status == 200)
        #expect(door.engine.asked.fields == [field])
    }

    @Test("values, v2: types, and values that are always strings")
    func valuesV2() {
        let list = #"[{"type":"string","value":"cart"},{"type":"string","value":"é"},{"type":"int","value":"500"},{"type":"float","value":"0.5"},{"type":"bool","value":"true"},{"type":"string","value":"500"}]"#
        #expect(door.get("/api/v2/search/tag/span.x/values?tag=span.x").text == #"{"tagValues":\#(list),\#(Self.metrics)}"#)
        #expect(door.get("/api/v2/search/tag/status/values").text.hasPrefix(
            #"{"tagValues":[{"type":"keyword","value":"error"},{"type":"keyword","value":"ok"},{"type":"keyword","value":"unset"}],"#))
        #expect(door.get("/api/v2/search/tag/kind/values").text.contains(#"{"type":"keyword","value":"unspecified"}"#))
        #expect(door.get("/api/v2/search/tag/duration/values").text.hasPrefix(#"{"tagValues":[],"#))
    }

    @Test("a name in a path of v2", arguments: [
        ("resource.service.name", .attribute(.resource, "service.name")), (".service.name", .attribute(.any, "service.name")),
        ("span.a%2Fb", .attribute(.span, "a/b")), ("span.a%252Fb", .attribute(.span, "a/b")), ("span.%22a%20b%22", .attribute(.span, "a b")),
        ("name", .intrinsic(.name)), ("event:name", .intrinsic(.eventName)), ("event%3Aname", .intrinsic(.eventName)),
    ] as [(String, Field)])
    func pathsV2(_ name: String, _ field: Field) {
        let door = door
        let response = door.get("/api/v2/search/tag/\(name)/values")
        #expect(response.status == 200, "\(response.text)")
        #expect(door.engine.asked.fields == [field])
    }

    @Test("ranges and limits reach the engine; without a range everything counts")
    func requests() throws {
        let door = door
        _ = door.get("/api/v2/search/tags?limit=5000&start=10&end=20&maxStaleValues=3")
        _ = door.get("/api/v2/search/tags")
        let asked = door.engine.asked.tags
        #expect(asked[0].limit == 5_000 && asked[0].fromNanos == 10_000_000_000 && asked[0].toNanos == 20_000_000_000)
        #expect(asked[1].limit == 100_000 && asked[1].fromNanos == nil && asked[1].toNanos == nil && asked[1].filter == nil)
    }

    @Test("a half-typed query never fails a request", arguments: [
        ("%7Bname%3D%22x%22%7D", 1), ("%7Bname%3D%22x%22+%26%26+span.x+%3D", 1), ("%7Bname%3D%22x%22+%26%26+%7D", nil), ("nonsense", nil), ("%7B%7D", nil), ("", nil),
        ("%7Bname%3D%22x%22+%7C%7C+name%3D%22y%22%7D", 2),
    ] as [(String, Int?)])
    func halfTyped(_ query: String, _ alternatives: Int?) {
        let door = door
        #expect(door.get("/api/v2/search/tag/resource.service.name/values?q=\(query)").status == 200)
        #expect(door.engine.asked.tags.first?.filter?.count == alternatives)
    }

    @Test("refusals", arguments: [
        ("/api/search/tags?scope=foo", "invalid scope: foo"), ("/api/v2/search/tags?scope=foo", "invalid scope: foo"),
        ("/api/search/tags?end=5", "error parsing date range: only one of start and end provided: must provide both or neither"),
        ("/api/v2/search/tags?limit=x", #"invalid limit: strconv.Atoi: parsing "x": invalid syntax"#),
        ("/api/v2/search/tag/foo.bar/values", "please provide a valid tagName: failed to parse identifier foo.bar: parse error at line 1, col 1: unknown identifier: foo"),
        ("/api/v2/search/tag/name/values?q=\(String(repeating: "x", count: 131_073))", "the query is larger than 128 KiB"),
    ])
    func refusals(_ target: String, _ text: String) {
        let response = door.get(target)
        #expect(response.status == 400 && response.text == text)
    }

    @Test("more than 100 alternatives are refused")
    func alternatives() {
        let query = (0...100).map { "name%3D%22\($0)%22" }.joined(separator: "%7C%7C")
        let response = door.get("/api/v2/search/tag/name/values?q=%7B\(query)%7D")
        #expect(response.status == 400)
    }

    @Test("protobuf")
    func protobuf() {
        let accept = [(name: "accept", value: "application/protobuf")]
        #expect(fields(door.get("/api/search/tags?scope=event", accept).body) == ["1:exception.message", "2:m"])
        let scopes = submessages(door.get("/api/v2/search/tags?scope=span", accept).body, 1)
        #expect(scopes.map(fields) == [["1:span", "2:db.system", "2:http.request.method"]])
        #expect(fields(door.get("/api/search/tag/x/values", accept).body) == ["1:0.5", "1:500", "1:cart", "1:true", "1:m", "2:m"])
        let values = door.get("/api/v2/search/tag/span.x/values", accept).body
        #expect(submessages(values, 1).map(fields)[2] == ["1:int", "2:500"])
        #expect(fields(submessage(values, 2)) == ["1:15168", "2:1", "3:1"])
    }
}
