import NIOCore
import Testing
@testable import Wire

@Suite struct ListenAddressTests {
    @Test("is written as people write it", arguments: [
        (ListenAddress(host: "127.0.0.1", port: 4317), "127.0.0.1:4317"), (ListenAddress(port: 4317), ":4317"),
        (ListenAddress(host: "::1", port: 0), "[::1]:0"),
    ])
    func description(_ address: ListenAddress, _ text: String) { #expect(address.description == text) }
}

@Suite struct PercentTests {
    @Test("decoding", arguments: [
        ("a%20b", false, "a b"), ("a+b", false, "a+b"), ("a+b", true, "a b"), ("%C3%BC%2f", false, "ü/"),
        ("100%", false, "100%"), ("%zz%4", false, "%zz%4"), ("%2525", false, "%25"), ("%ff", false, "\u{fffd}"), ("%", true, "%"),
    ])
    func decodes(_ text: String, _ plus: Bool, _ expected: String) { #expect(Percent.decode(text, plusIsSpace: plus) == expected) }

    @Test("encoding and back", arguments: ["", "a b&c=ü/%", "-._~", "\u{0}\n"])
    func encodes(_ text: String) { #expect(Percent.decode(Percent.encode(text)) == text) }

    @Test("grpc-message keeps what is printable") func grpcMessage() {
        #expect(String(decoding: Percent.encodeGRPCMessage("größer 100%\n~"), as: UTF8.self) == "gr%C3%B6%C3%9Fer 100%25%0A~")
    }
}

@Suite struct QueryParameterTests {
    @Test("names and values are decoded, in order, repeated and empty ones too") func reads() {
        let parameters = QueryParameters("q=%7B+.a%3D1+%7D&limit=20&tag=a&tag=b%20c&flag&&x==&=y")
        #expect(parameters["q"] == "{ .a=1 }")
        #expect(parameters["limit"] == "20")
        #expect(parameters.values(of: "tag") == ["a", "b c"])
        #expect(parameters["flag"] == "")
        #expect(parameters["x"] == "=")
        #expect(parameters["missing"] == nil)
        #expect(QueryParameters(nil).all.isEmpty)
    }

    @Test("a head's path comes in decoded segments", arguments: [
        ("/api/v2/search/tag/span.a%2Fb/values", ["api", "v2", "search", "tag", "span.a/b", "values"]), ("/", []), ("//a//", ["a"]),
    ])
    func segments(_ path: String, _ expected: [String]) { #expect(RequestHead(method: "GET", path: path).pathSegments == expected) }

    @Test("targets are split", arguments: [
        ("/a?b=c?d", "/a", "b=c?d"), ("/a", "/a", nil), ("http://h:1/a?b", "/a", "b"), ("http://h", "/", nil), ("*", "*", nil), ("/?", "/", ""),
        ("/a?u=http://x/y", "/a", "u=http://x/y"),
    ] as [(String, String, String?)])
    func targets(_ target: String, _ path: String, _ query: String?) {
        let split = RequestHead.split(target: target)
        #expect(split.path == path)
        #expect(split.query == query)
    }
}

@Suite struct HeaderValueTests {
    @Test("whether gzip is accepted", arguments: [
        ("gzip", true), ("deflate, GZIP;q=0.5", true), ("gzip;q=0", false), ("*", true), ("*;q=0", false), ("*, gzip;q=0.0", false),
        ("br, zstd", false), ("", false), ("identity;q=1, *;q=0", false),
    ])
    func accepts(_ list: String, _ expected: Bool) { #expect(HeaderValue.accepts("gzip", in: list) == expected) }

    @Test("the preferred media type", arguments: [
        (nil, "application/json"), ("application/protobuf", "application/protobuf"), ("*/*", "application/json"),
        ("text/html, application/protobuf;q=0.5, application/json;q=0.4", "application/protobuf"), ("application/*;q=0.1", "application/json"),
        ("text/html", nil), ("application/json;q=0", nil),
    ] as [(String?, String?)])
    func preferred(_ accept: String?, _ expected: String?) {
        #expect(HeaderValue.preferred(["application/json", "application/protobuf"], accept: accept) == expected)
    }

    @Test("media types lose parameters and case") func mediaType() {
        #expect(HeaderValue.mediaType(" Application/JSON ; charset=utf-8") == "application/json")
    }

    @Test("gRPC's content types", arguments: [
        ("application/grpc", true), ("application/grpc+proto", true), ("Application/GRPC;a=b", true), ("application/grpc-web", false),
        ("application/json", false), ("", false),
    ])
    func grpc(_ value: String, _ expected: Bool) { #expect(RequestHead.isGRPCContentType(value) == expected) }

    @Test("encodings", arguments: [
        ("gzip", .gzip), ("x-gzip", .gzip), ("DEFLATE", .deflate), ("identity", .identity), ("", .identity), ("zstd", nil), ("gzip, gzip", nil),
    ] as [(String, ContentEncoding?)])
    func encodings(_ value: String, _ expected: ContentEncoding?) {
        #expect(HeadFacts(RequestHead(method: "POST", path: "/", headers: [("content-encoding", value)])).encoding == expected)
    }

    @Test("base64 metadata", arguments: [
        ("", true), ("AAAA", true), ("AAA", true), ("AA==", true), ("AAA=,AA", true), ("A", false), ("AA=", false), ("A*==", false), ("====", false),
    ])
    func base64(_ text: String, _ expected: Bool) { #expect(Base64.isValid(text) == expected) }

    @Test("dates") func date() { #expect(HTTPDate.format(unixSeconds: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT") }
}
