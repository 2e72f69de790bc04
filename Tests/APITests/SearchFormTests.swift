import Testing
import TraceQL
import Wire
@testable import API
@testable import Query

@Suite struct SearchFormTests {
    private func asked(_ query: String) throws -> SearchRequest {
        let door = Door()
        let response = door.get("/api/search?\(query)")
        try #require(response.status == 200, "\(response.text)")
        return try #require(door.engine.asked.searches.first)
    }

    private func tags(_ query: String) throws -> TagSearch? {
        guard case .tags(let search) = try asked(query).condition else { return nil }
        return search
    }

    @Test("defaults: 20 traces, 3 spans each, the last 15 minutes, every trace", arguments: ["", "limit=&spss=0&q", "spss=", "mode=recent&blockStart=0"])
    func defaults(_ query: String) throws {
        let request = try asked(query)
        #expect(request.limit == 20 && request.spansPerSpanset == 3)
        #expect(request.fromNanos == Door.now - 900_000_000_000 && request.toNanos == Door.now)
    }

    @Test("limits and ranges", arguments: [
        ("limit=7&spss=100", 7, 100, Door.nowSeconds - 900, Door.nowSeconds), ("start=10&end=604810", 20, 3, 10, 604_810),
        ("since=75s", 20, 3, Door.nowSeconds - 75, Door.nowSeconds), ("start=5&end=1&since=168h", 20, 3, Door.nowSeconds - 604_800, Door.nowSeconds),
        ("limit=262144", 262_144, 3, Door.nowSeconds - 900, Door.nowSeconds), ("start=0&end=0", 20, 3, Door.nowSeconds - 900, Door.nowSeconds),
    ] as [(String, Int, Int, UInt64, UInt64)])
    func numbers(_ query: String, _ limit: Int, _ spans: Int, _ from: UInt64, _ to: UInt64) throws {
        let request = try asked(query)
        #expect(request.limit == limit && request.spansPerSpanset == spans)
        #expect(request.fromNanos == from * 1_000_000_000 && request.toNanos == to * 1_000_000_000)
    }

    @Test("tags: of the parameter, or every parameter that is none of the search's own", arguments: [
        ("", []), ("tags=", []), ("tags=service.name%3D%22a+b%22+x%3Dy", ["service.name=a b", "x=y"]), ("service.name=cart&http.method=GET", ["service.name=cart", "http.method=GET"]),
        ("a=b&start=10&end=20", []), ("a=1&a=2&limit=3", ["a=1"]),
    ] as [(String, [String])])
    func tagConditions(_ query: String, _ expected: [String]) throws {
        #expect(try tags(query)?.tags.map { "\($0.key)=\($0.value)" } == expected)
    }

    @Test("durations bound a search by tags")
    func durations() throws {
        let search = try tags("minDuration=100ms&maxDuration=1.5s")
        #expect(search?.minDurationNanos == 100_000_000 && search?.maxDurationNanos == 1_500_000_000)
        #expect(try tags("minDuration=0s")?.minDurationNanos == nil)
    }

    @Test("TraceQL: the pipeline; a metrics function behind it is ignored", arguments: [
        ("%7B%7D", "{}"), ("%20", "{}"), ("%7B+%7D+with(most_recent%3Dtrue)", "{}"), ("%7B%7D%7Crate()", "{}"), ("%7Bname%3D%22a%2Bb%22%7D", #"{ name = "a+b" }"#),
    ])
    func traceQL(_ query: String, _ meaning: String) throws {
        guard case .traceQL(let pipeline) = try asked("q=\(query)").condition else { return #expect(Bool(false), "a search by tags") }
        let expected = try Query(parsing: meaning).searchPipeline
        #expect(pipeline == expected)
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
        ("q=%7B+foo%3D1+%7D", "invalid TraceQL query: parse error at line 1, col 3: unknown identifier: foo"),
        ("q=" + String(repeating: "x", count: 131_073), "invalid TraceQL query: the query is larger than 128 KiB"),
    ])
    func refusals(_ query: String, _ message: String) {
        let response = Door().get("/api/search?\(query)")
        #expect(response.status == 400)
        #expect(response.text == message)
        #expect(response["content-type"] == "text/plain; charset=utf-8")
    }
}
