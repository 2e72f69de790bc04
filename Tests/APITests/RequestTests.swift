import Testing
import Wire
@testable import API

@Suite struct RequestTests {
    @Test("a prefix is taken off where it stands; slashes collapse", arguments: [
        ("/loupe/api/echo", ["api", "echo"]), ("/api//echo/", ["api", "echo"]), ("/loupe", []), ("/", []), ("/a%2Fb/%25", ["a/b", "%"]),
    ])
    func path(_ path: String, _ segments: [String]) {
        #expect(RequestHead(method: "GET", path: path).segments(behind: ["loupe"]) == segments)
    }

    @Test func query() {
        let parameters = QueryParameters("q=%7B%20%7D&tags=a%3Db+c&empty=&flag&q=2")
        #expect(parameters["q"] == "{ }")
        #expect(parameters["tags"] == "a=b c")
        #expect(parameters["empty"] == "" && parameters.text("empty") == nil)
        #expect(parameters["flag"] == "" && parameters["none"] == nil)
        #expect(QueryParameters(nil).all.isEmpty)
    }

    @Test("Accept: by name, in Tempo's order", arguments: [
        (nil, .json), ("*/*", .json), ("application/protobuf", .protobuf), ("application/json, application/protobuf", .protobuf),
        ("text/html", .json),
    ] as [(String?, AnswerFormat)])
    func accept(_ accept: String?, _ format: AnswerFormat) { #expect(AnswerFormat(accept: accept) == format) }

    @Test("Accept-Encoding", arguments: [
        ("gzip, deflate, br, zstd", true), ("br", false), ("gzip;q=0", false), ("gzip;q=0.5", true), ("GZIP ; q=1.0", true), ("*", true), ("", false),
    ])
    func gzip(_ value: String, _ accepted: Bool) {
        #expect(RequestHead(method: "GET", path: "/", headers: [("accept-encoding", value)]).acceptsGzip == accepted)
    }

    @Test("Go durations", arguments: [
        ("250ms", .success(250_000_000)), ("1h2m3.4s", .success(3_723_400_000_000)), ("-1s", .success(-1_000_000_000)), ("0", .success(0)),
        (".5s", .success(500_000_000)), ("1.s", .success(1_000_000_000)), ("3µs", .success(3_000)),
        ("abc", .failure(#"time: invalid duration "abc""#)), ("5", .failure(#"time: missing unit in duration "5""#)),
        ("5x", .failure(#"time: unknown unit "x" in duration "5x""#)), ("", .failure(#"time: invalid duration """#)),
    ] as [(String, Result<Int64, Message>)])
    func duration(_ text: String, _ expected: Result<Int64, Message>) {
        let result: Result<Int64, Message>
        do { result = .success(try GoDuration.parse(text)) } catch { result = .failure(Message(stringLiteral: error.message)) }
        #expect(result == expected)
    }

    @Test("Go prints durations", arguments: [
        (0, "0s"), (7, "7ns"), (1_500, "1.5µs"), (250_000_000, "250ms"), (1_000_000_000, "1s"), (3_723_400_000_000, "1h2m3.4s"),
        (604_800_000_000_000, "168h0m0s"), (60_000_000_000, "1m0s"), (1_000_000_001, "1.000000001s"),
    ] as [(UInt64, String)])
    func durationText(_ nanos: UInt64, _ text: String) { #expect(GoDuration.text(nanos) == text) }

    @Test("logfmt: pairs, and go-logfmt's errors", arguments: [
        ("a=b  c=\"d e\" f", .success("a=b|c=d e|f=")),
        (#"a="x\"y\\z""#, .success(#"a=x"y\z"#)),
        ("", .success("")),
        ("a=", .success("a=")),
        ("a=b a=c", .failure("invalid tags: tag a has been set twice")),
        ("=b", .failure("invalid tags: unexpected '=' at pos 1")),
        ("a=b=c", .failure("invalid tags: unexpected '=' at pos 4")),
        (#"a"b=c"#, .failure("invalid tags: unexpected '\"' at pos 2")),
        (#"a="bc"#, .failure("invalid tags: unterminated quoted value at pos 6")),
    ] as [(String, Result<String, Message>)])
    func logfmt(_ text: String, _ expected: Result<String, Message>) {
        let result: Result<String, Message>
        do {
            result = .success(try Logfmt.parse(text).map { "\($0.key)=\($0.value)" }.joined(separator: "|"))
        } catch { result = .failure(Message(stringLiteral: error.message)) }
        #expect(result == expected)
    }

    @Test("RFC 3339", arguments: [
        (0, "1970-01-01T00:00:00Z"), (1_795_338_823_000_000_000, "2026-11-22T09:13:43Z"), (951_782_400_120_000_000, "2000-02-29T00:00:00.12Z"),
    ] as [(UInt64, String)])
    func timestamp(_ nanos: UInt64, _ text: String) { #expect(rfc3339(nanos: nanos) == text) }
}

struct Message: Error, Equatable, ExpressibleByStringLiteral {
    var text: String
    init(stringLiteral text: String) { self.text = text }
}
