import Testing
import Trace
import TraceQL
import Wire
@testable import API
@testable import Query

@Suite struct SearchTests {
    let door = Door(engine: FakeEngine(.init(search: .of([.rootless, .checkout]))))

    private static let metrics = #""metrics":{"inspectedTraces":2,"inspectedBytes":"15168","completedJobs":1,"totalJobs":1,"inspectedSpans":"30"}"#
    private static let rootless = #"{"traceID":"00000000000000010000000000000002","rootServiceName":"<root span not yet received>","startTimeUnixNano":"1795338828000000000"}"#

    @Test("the answer, byte for byte")
    func json() {
        let response = door.get("/api/search")
        let set = #"{"spans":[{"spanID":"0000000000001022","startTimeUnixNano":"1795338823000000000","durationNanos":"500000"}],"matched":3,"attributes":[{"key":"by(resource.service.name)","value":{"stringValue":"cart"}}]}"#
        let checkout = #"{"traceID":"00a1b2c3d4e5f60718293a4b5c6d7e8f","rootServiceName":"frontend","rootTraceName":"GET /cart","startTimeUnixNano":"1795338823000000000","durationMs":250,"spanSet":\#(set),"spanSets":[\#(set)],"serviceStats":{"cart":{"spanCount":1},"frontend":{"spanCount":2,"errorCount":1}}}"#
        #expect(response.status == 200 && response.mayCompress)
        #expect(response["content-type"] == "application/json" && response["x-loupe-partial"] == nil)
        #expect(response.text == #"{"traces":[\#(Self.rootless),\#(checkout)],\#(Self.metrics)}"#)
    }

    @Test("no hits: an empty list, never null")
    func none() { #expect(Door().get("/api/search", method: "OPTIONS").text == #"{"traces":[],\#(Self.metrics)}"#) }

    @Test("a span set without spans is not sent")
    func emptySpanset() {
        var trace = FoundTrace.rootless
        trace.spansets = [FoundTrace.Spanset(matched: 1, spans: [], attributes: [])]
        #expect(Door(engine: FakeEngine(.init(search: .of([trace])))).get("/api/search").text == #"{"traces":[\#(Self.rootless)],\#(Self.metrics)}"#)
    }

    @Test("what is missing is said in a header, because the message has no field for it")
    func partial() {
        let door = Door(engine: FakeEngine(.init(search: .of([], partial: "block 7 is damaged\n"))))
        #expect(door.get("/api/search")["x-loupe-partial"] == "block 7 is damaged?")
    }

    @Test("attribute values: four types, everything else as text", arguments: [
        (.string("é\""), #"{"stringValue":"é\""}"#), (.int(-5), #"{"intValue":"-5"}"#), (.float(1.5), #"{"doubleValue":1.5}"#),
        (.float(.infinity), #"{"doubleValue":"Infinity"}"#), (.bool(false), #"{"boolValue":false}"#),
        (.duration(250_000_000), #"{"stringValue":"250ms"}"#), (.duration(-1_500_000_000), #"{"stringValue":"-1.5s"}"#),
        (.status(.error), #"{"stringValue":"error"}"#), (.kind(.internal), #"{"stringValue":"internal"}"#),
        (.array([.string("a"), .string("b\"")]), #"{"stringValue":"[\"a\",\"b\\\"\"]"}"#), (.array([.int(1), .float(0.5), .bool(true)]), #"{"stringValue":"[1,0.5,true]"}"#),
        (.other(#"{"a":1}"#), #"{"stringValue":"{\"a\":1}"}"#),
    ] as [(Value, String)])
    func values(_ value: Value, _ json: String) {
        let door = Door(engine: FakeEngine(.init(search: .of([.showing([[NamedValue("k", value)]])]))))
        #expect(door.get("/api/search").text.contains(#""attributes":[{"key":"k","value":\#(json)}]"#))
    }

    @Test("one type for each key of an answer", arguments: [
        ([.int(1), .float(0.5)], [#"{"doubleValue":1.0}"#, #"{"doubleValue":0.5}"#]),
        ([.int(1), .string("x"), .float(2)], [#"{"stringValue":"1"}"#, #"{"stringValue":"x"}"#, #"{"stringValue":"2.0"}"#]),
        ([.bool(true), .int(1)], [#"{"stringValue":"true"}"#, #"{"stringValue":"1"}"#]),
        ([.int(1), .none], [#"{"intValue":"1"}"#]),
    ] as [([Value], [String])])
    func columns(_ values: [Value], _ json: [String]) {
        let traces = values.map { FoundTrace.showing([[NamedValue("k", $0)]]) }
        let text = Door(engine: FakeEngine(.init(search: .of(traces)))).get("/api/search").text
        let found = text.components(after: #"{"key":"k","value":"#)
        #expect(found.count == json.count * 2)                  // in spanSet and in spanSets
        for (index, value) in json.enumerated() { #expect(found[index * 2].hasPrefix(value)) }
    }

    @Test("protobuf: SearchResponse field by field")
    func protobuf() {
        let trace = FoundTrace.showing([[NamedValue("n", .int(-1)), NamedValue("d", .float(0.5))]])
        let door = Door(engine: FakeEngine(.init(search: .of([trace]))))
        let response = door.get("/api/search", [("accept", "application/protobuf")])
        #expect(response["content-type"] == "application/protobuf")
        #expect(fields(response.body) == ["1:m", "2:m"])
        let found = submessage(response.body, 1)
        #expect(fields(found) == ["1:00a1b2c3d4e5f60718293a4b5c6d7e8f", "2:frontend", "3:GET /cart", "4:1795338823000000000", "5:250", "6:m", "7:m", "8:m", "8:m"])
        #expect(submessage(found, 6) == submessage(found, 7))
        #expect(fields(submessage(found, 7)) == ["1:m", "2:1"])
        let span = submessage(submessage(found, 7), 1)
        #expect(fields(span) == ["1:0000000000001022", "3:1795338823000000000", "4:500000", "5:m", "5:m"])
        #expect(fields(submessage(submessage(span, 5), 2)) == ["3:18446744073709551615"])
        #expect(fields(submessage(response.body, 2)) == ["1:2", "2:15168", "4:1", "5:1", "7:30"])
    }

    @Test("failures of the engine: statuses and plain text", arguments: [
        (.tooLarge("more than 96 MiB; narrow the range"), 422, "more than 96 MiB; narrow the range"), (.invalid("use coalesce()"), 400, "use coalesce()"),
        (.unreadable("the disk is gone"), 500, "the disk is gone"), (.cancelled, 499, "the query was cancelled"),
    ] as [(QueryFailure, Int, String)])
    func failures(_ failure: QueryFailure, _ status: Int, _ text: String) {
        let door = Door(engine: FakeEngine(.init(failure: failure)))
        for path in ["/api/search", "/api/search/tags", "/api/v2/search/tags", "/api/search/tag/a/values"] {
            let response = door.get(path)
            #expect(response.status == status && response.text == text && response["content-type"] == "text/plain; charset=utf-8")
        }
    }
}

extension String {
    /// What follows each occurrence of `mark`.
    fileprivate func components(after mark: String) -> [String] {
        var rest = self[...]
        var found: [String] = []
        while let range = rest.firstRange(of: mark) {
            rest = rest[range.upperBound...]
            found.append(String(rest))
        }
        return found
    }
}
