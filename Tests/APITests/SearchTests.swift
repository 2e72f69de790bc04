import Testing
import Trace
import Wire
@testable import API
@testable import Store

@Suite struct SearchTests {
    let door = Door([TempoTests.checkout, TempoTests.rootless])

    @Test("the empty search: summaries, newest first, no span sets")
    func empty() {
        let response = door.get("/api/search")
        #expect(response["content-type"] == "application/json")
        #expect(response.text == #"{"traces":[{"traceID":"00000000000000a10000000000000002","rootServiceName":"<root span not yet received>","startTimeUnixNano":"1795338828000000000"},{"traceID":"4bf92f3577b34da6a3ce929d0e0e4736","rootServiceName":"shop","rootTraceName":"GET /cart","startTimeUnixNano":"1795338823000000000","durationMs":250}],"metrics":{"inspectedTraces":2,"inspectedBytes":"100","completedJobs":1,"totalJobs":1}}"#)
    }

    @Test("{} : span sets and service statistics", arguments: ["%7B%7D", "%7B%20%7D", "", "%7B+%7D+with(most_recent%3Dtrue)"])
    func all(_ query: String) {
        let text = door.get("/api/search?limit=1&spss=1&minDuration=1ms&q=\(query)").text
        let set = #"{"spans":[{"spanID":"1011223344556677","startTimeUnixNano":"1795338823000000000","durationNanos":"250000000"}],"matched":2}"#
        #expect(text == #"{"traces":[{"traceID":"4bf92f3577b34da6a3ce929d0e0e4736","rootServiceName":"shop","rootTraceName":"GET /cart","startTimeUnixNano":"1795338823000000000","durationMs":250,"spanSet":\#(set),"spanSets":[\#(set)],"serviceStats":{"shop":{"spanCount":1},"db":{"spanCount":1,"errorCount":1}}}],"metrics":{"inspectedTraces":2,"inspectedBytes":"1334","completedJobs":1,"totalJobs":1}}"#)
    }

    @Test("no hits")
    func none() {
        #expect(Door().get("/api/search").text == #"{"traces":[],"metrics":{"inspectedBytes":"100","completedJobs":1,"totalJobs":1}}"#)
    }

    @Test("tags and durations choose", arguments: [
        ("tags=service.name%3DB", 1), ("tags=service.name%3Dshop", 2), ("tags=service.name%3Dshop+error%3Dtrue", 1), ("tags=root.name%3Dcart", 1),
        ("tags=root.service.name%3Dsho", 1), ("service.name=db", 1), ("status.code=error", 1), ("minDuration=100ms", 1), ("maxDuration=100ms", 1),
        ("limit=1", 1), ("start=1795338826&end=1795338900", 1), ("since=80s", 2), ("since=75s", 1), ("start=1&end=604801", 0),
        ("q=&limit=", 2), ("mode=recent&blockStart=0", 2),
    ])
    func choose(_ query: String, _ count: Int) {
        let response = door.get("/api/search?\(query)")
        #expect(response.status == 200, "\(response.text)")
        #expect(response.text.split(separator: "traceID").count - 1 == count)
    }

    @Test("refusals, in Tempo's words", arguments: [
        ("q=%7B%7D&tags=a%3Db", "invalid request: can't specify tags and q in the same query"),
        ("tags=error%3Dtrue+error%3Dtrue", "invalid tags: tag error has been set twice"),
        ("tags=a%3D%3D", "invalid tags: unexpected '=' at pos 3"),
        ("minDuration=abc", #"invalid minDuration: time: invalid duration "abc""#),
        ("minDuration=2s&maxDuration=1s", "invalid maxDuration: must be greater than minDuration"),
        ("limit=0", "invalid limit: must be a positive number"), ("limit=262145", "limit 262145 exceeds max limit 262144"),
        ("limit=x", #"invalid limit: strconv.Atoi: parsing "x": invalid syntax"#),
        ("spss=101", "spans per span set exceeds 100. received 101"),
        ("start=20&end=10", "http parameter start must be before end. received start=20 end=10"),
        ("start=20", "http parameter start must be before end. received start=20 end=0"),
        ("end=20", "error parsing date range: only one of start and end provided: must provide both or neither"),
        ("start=-1&end=5", #"invalid start: strconv.ParseUint: parsing "-1": invalid syntax"#),
        ("start=5&end=4294967296", #"invalid end: strconv.ParseUint: parsing "4294967296": value out of range"#),
        ("since=x", #"invalid since: time: invalid duration "x""#),
        ("start=1794638863&end=1795338867", "range specified by start and end exceeds 168h0m0s. received start=1794638863 end=1795338867"),
        ("q=%7Bname%3D%22x%22%7D", #"TraceQL is not supported by this version of Loupe yet: only {} is; got {name="x"}"#),
        ("tags=http.method%3DGET", "tag http.method=GET cannot be searched by this version of Loupe yet: service.name, root.name, root.service.name, status.code=error and error=true can"),
    ])
    func refusals(_ query: String, _ message: String) {
        let response = door.get("/api/search?\(query)")
        #expect(response.status == 400)
        #expect(response.text == message)
        #expect(response["content-type"] == "text/plain; charset=utf-8")
    }

    @Test("an explicit spss of 0 is the default")
    func spss() throws {
        let request = try SearchRequest(QueryParameters("spss=0"), nowNanos: Door.now, maximumRangeSeconds: 604_800)
        #expect(request.spansPerSpanSet == 3 && request.limit == 20)
        #expect(request.startSeconds == Door.nowSeconds - 900 && request.endSeconds == Door.nowSeconds)
    }

    @Test("conditions that summaries answer are looked for page by page")
    func pages() {
        let traces = (0..<2_500).map { (number: UInt64) -> StoredTrace in
            let span = SampleSpan(id: 1, start: Door.now - 1_000_000 * (number + 1), service: number % 1_200 == 7 ? "rare" : "shop")
            return SampleTrace.stored([span], id: TraceID(high: 1, low: number))
        }
        let text = Door(traces).get("/api/search?tags=service.name%3Drare").text
        #expect(text.split(separator: "traceID").count - 1 == 3)
        #expect(text.contains(#""inspectedTraces":7500"#))
    }

    @Test("protobuf: SearchResponse field by field")
    func protobuf() {
        let response = door.get("/api/search?q=%7B%7D&minDuration=1ms&spss=1", [("accept", "application/protobuf")])
        #expect(response["content-type"] == "application/protobuf")
        #expect(fields(response.body) == ["1:m", "2:m"])
        let trace = submessage(response.body, 1)
        #expect(fields(trace) == ["1:4bf92f3577b34da6a3ce929d0e0e4736", "2:shop", "3:GET /cart", "4:1795338823000000000", "5:250", "6:m", "7:m", "8:m", "8:m"])
        #expect(fields(submessage(trace, 7)) == ["1:m", "2:2"])
        #expect(fields(submessage(submessage(trace, 7), 1)) == ["1:1011223344556677", "3:1795338823000000000", "4:250000000"])
        #expect(fields(submessage(response.body, 2)) == ["1:2", "2:1334", "4:1", "5:1"])
    }
}

/// Fields of a message as `number:value`; text when it is ASCII without control characters, else `m`.
private func fields(_ message: [UInt8]) -> [String] {
    visit(message).map { number, varint, content in
        guard let content else { return "\(number):\(varint)" }
        let isText = !content.isEmpty && content.allSatisfy { (32..<127).contains($0) }
        return isText ? "\(number):\(String(decoding: content, as: UTF8.self))" : "\(number):m"
    }
}

private func submessage(_ message: [UInt8], _ number: Int) -> [UInt8] { visit(message).first { $0.0 == number }?.2 ?? [] }

private func visit(_ message: [UInt8]) -> [(Int, UInt64, [UInt8]?)] {
    message.withUnsafeBytes { bytes in
        var cursor = ProtobufCursor(bytes)
        var found: [(Int, UInt64, [UInt8]?)] = []
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            if tag & 7 == 0, let value = try? cursor.varint() { found.append((Int(tag >> 3), value, nil)) }
            if tag & 7 == 2, let range = try? cursor.lengthDelimited() { found.append((Int(tag >> 3), 0, Array(bytes[range.start..<range.end]))) }
        }
        return found
    }
}
