import OTLP
import Testing
import Trace

private func decode(json text: String) throws -> DecodedRequest { try decode(json: Bytes(text.utf8)) }
private func decode(json text: Bytes) throws -> DecodedRequest { try text.withUnsafeBytes { try RequestDecoder.decode(json: $0) } }

/// The request as protobuf, which the other tests know how to read.
private func transcoded(_ text: String) throws -> Bytes {
    let batch = try decode(json: text).batch
    return batch.withBytes(ByteRange(start: 0, count: batch.body.count)) { Bytes($0) }
}

private let idsText = #""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708""#
private func inSpan(_ members: String) -> String { #"{"resourceSpans":[{"scopeSpans":[{"spans":[{\#(idsText),\#(members)}]}]}]}"# }
private func inValue(_ value: String) -> String { inSpan(#""attributes":[{"key":"k","value":\#(value)}]"#) }

@Suite struct JSONDecodeTests {
    @Test("members of a span", arguments: [
        (#""name":"x","kind":2,"flags":1"#, text(5, "x") + int(6, 2) + fixed32(16, 1)),
        (#""kind":"SPAN_KIND_SERVER""#, int(6, 2)),
        (#""kind":-1,"status":{"code":"STATUS_CODE_ERROR","message":"m"}"#, int(6, .max) + message(15, int(3, 2), text(2, "m"))),
        (#""startTimeUnixNano":"18446744073709551615","end_time_unix_nano":9007199254740993"#, fixed64(7, .max) + fixed64(8, 9_007_199_254_740_993)),
        (#""parentSpanId":"","traceState":"","name":"","kind":0,"links":[],"startTimeUnixNano":0"#, []),
        (#""parent_span_id":"ABCDEF0123456789""#, message(4, [0xab, 0xcd, 0xef, 1, 0x23, 0x45, 0x67, 0x89])),
        (#""name":null,"events":null,"status":null,"kind":null,"attributes":[null]"#, []),
        (#""unknown":{"a":[1,-2.5e3,"s",true,null,{}]},"name":"x""#, text(5, "x")),
        (#""name":"a","name":"b""#, text(5, "b")),
        (#""name":"a","kind":1,"name":null"#, int(6, 1)),
        (#""attributes":[{"key":"a"}],"name":"n","attributes":[{"key":"b"}]"#, text(5, "n") + message(9, text(1, "b"))),
        (#""status":{"code":1},"status":{"message":"m"}"#, message(15, text(2, "m"))),
        (#""n\u0061me":"\u0041\n\"\\\/\b\f\r\t""#, text(5, "A\n\"\\/\u{8}\u{c}\r\t")),
        (#""name":"\ud83d\ude00 \ud83d x \ude00""#, text(5, "😀 \u{fffd} x \u{fffd}")),
        (#""name" : "x" , "droppedLinksCount" : "4294967295" "#, text(5, "x") + int(14, 4_294_967_295)),
        (#""status":{}"#, message(15, [])),
    ] as [(String, Bytes)])
    func span(_ members: String, _ expected: Bytes) throws { #expect(try transcoded(inSpan(members)) == request(span: expected)) }

    @Test("values", arguments: [
        ("{}", []), ("null", nil), (#"{"stringValue":""}"#, text(1, "")), (#"{"boolValue":false}"#, int(2, 0)),
        (#"{"intValue":"-9223372036854775808"}"#, int(3, 1 << 63)), (#"{"intValue":-1}"#, int(3, .max)), (#"{"intValue":0}"#, int(3, 0)),
        (#"{"doubleValue":1}"#, fixed64(4, (1.0).bitPattern)), (#"{"doubleValue":"1.5e3"}"#, fixed64(4, (1500.0).bitPattern)),
        (#"{"doubleValue":"NaN"}"#, fixed64(4, Double.nan.bitPattern)), (#"{"doubleValue":"-Infinity"}"#, fixed64(4, (-Double.infinity).bitPattern)),
        (#"{"bytesValue":"AP8="}"#, message(7, [0, 255])), (#"{"bytesValue":""}"#, message(7, [])),
        (#"{"arrayValue":{"values":[{"intValue":1},null,{}]}}"#, message(5, message(1, int(3, 1)), message(1, []), message(1, []))),
        (#"{"arrayValue":{}}"#, message(5, [])), (#"{"kvlistValue":{"values":[{"key":"a","value":{}}]}}"#, message(6, attribute(1, "a", []))),
        (#"{"stringValue":"a","intValue":null}"#, text(1, "a")), (#"{"intValue":1,"stringValue":"a"}"#, int(3, 1) + text(1, "a")),
    ] as [(String, Bytes?)])
    func value(_ value: String, _ expected: Bytes?) throws {
        let encoded = expected.map { attribute(9, "k", $0) } ?? message(9, text(1, "k"))
        #expect(try transcoded(inValue(value)) == request(span: encoded))
    }

    @Test func envelopes() throws {
        let json = #"""
            {"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":{"intValue":1}}],"droppedAttributesCount":2,
              "entityRefs":[{"type":"t","idKeys":["a",""],"description_keys":[]}]},"schemaUrl":"r",
              "scopeSpans":[{"scope":{"name":"n","version":"v","attributes":[{"key":"b","value":{"boolValue":true}}]},"schema_url":"s","spans":[]}]},
              {}]}
            """#
        let resource = message(1, attribute(1, "a", int(3, 1)), int(2, 2), message(3, text(2, "t"), text(3, "a"), text(3, "")))
        let scope = message(2, message(1, text(1, "n"), text(2, "v"), attribute(3, "b", int(2, 1))), text(3, "s"))
        #expect(try transcoded(json) == message(1, resource, text(3, "r"), scope) + message(1, []))
    }

    @Test("what is refused, and where", arguments: [
        ("", "", "expected an object, found the end of the text"),
        ("[]", "", "expected an object, found '['"),
        ("{} x", "", "expected nothing after the request, found 'x'"),
        (#"{"resourceSpans":{}}"#, "resourceSpans", "expected an array, found '{'"),
        (#"{"resourceSpans":[{"scopeSpans":[{},{"spans":[{},{"traceId":"5b"}]}]}]}"#, "resourceSpans[0].scopeSpans[1].spans[1].traceId",
         "expected 32 hexadecimal digits, found 2"),
        (inSpan(#""parentSpanId":"000000000000000g""#), "resourceSpans[0].scopeSpans[0].spans[0].parentSpanId", "expected 16 hexadecimal digits"),
        (inSpan(#""kind":"SERVER""#), "resourceSpans[0].scopeSpans[0].spans[0].kind",
         "expected an enum's number, or a name from SPAN_KIND_UNSPECIFIED to SPAN_KIND_CONSUMER"),
        (inSpan(#""kind":1.0"#), "resourceSpans[0].scopeSpans[0].spans[0].kind", "expected an enum's number"),
        (inSpan(#""flags":4294967296"#), "resourceSpans[0].scopeSpans[0].spans[0].flags", "expected an integer from 0 to 4294967295"),
        (inSpan(#""endTimeUnixNano":1e3"#), "resourceSpans[0].scopeSpans[0].spans[0].endTimeUnixNano", "expected an integer from 0 to 18446744073709551615"),
        (inSpan(#""endTimeUnixNano":"1.0""#), "resourceSpans[0].scopeSpans[0].spans[0].endTimeUnixNano", "expected an integer from 0 to 18446744073709551615"),
        (inSpan(#""endTimeUnixNano":"""#), "resourceSpans[0].scopeSpans[0].spans[0].endTimeUnixNano", "expected an integer from 0 to 18446744073709551615"),
        (inSpan(#""events":[{"timeUnixNano":-1}]"#), "resourceSpans[0].scopeSpans[0].spans[0].events[0].timeUnixNano",
         "expected an integer from 0 to 18446744073709551615"),
        (inValue(#"{"intValue":9223372036854775808}"#), "resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.intValue", "expected an integer of 64 bits"),
        (inValue(#"{"intValue":01}"#), "resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.intValue", "expected a number, found '0'"),
        (inValue(#"{"doubleValue":"0x1p3"}"#), "resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.doubleValue", "expected a number"),
        (inValue(#"{"doubleValue":1e999}"#), "resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.doubleValue", "expected a number"),
        (inValue(#"{"boolValue":"true"}"#), "resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.boolValue", "expected true or false, found '\"'"),
        (inValue(#"{"bytesValue":"AP8"}"#), "resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.bytesValue", "expected base64 with padding"),
        (inValue(#"{"bytesValue":"_-8="}"#), "resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.bytesValue", "expected base64 with padding"),
        (inSpan(#""name":"\x""#), "resourceSpans[0].scopeSpans[0].spans[0].name", "a backslash is followed by no escape"),
        (inSpan(#""name":"\u12g4""#), "resourceSpans[0].scopeSpans[0].spans[0].name", "\\u is not followed by four hexadecimal digits"),
        (inSpan("\"name\":\"a\nb\""), "resourceSpans[0].scopeSpans[0].spans[0].name", "a string holds the control character 0xa unescaped"),
        (#"{"a":tru}"#, "a", "expected a value, found 't'"),
        (#"{"a":1,}"#, "", "expected a key, found '}'"),
    ] as [(String, String, String)])
    func refused(_ json: String, _ path: String, _ message: String) throws {
        let error = #expect(throws: JSONError.self) { try decode(json: json) }
        #expect(error?.path == path)
        #expect(error?.message == message)
    }

    @Test func errorsNameLineAndColumn() {
        let error = #expect(throws: JSONError.self) { try decode(json: "{\n  \"resourceSpans\": 5\n}") }
        #expect(error?.description == "resourceSpans: expected an array, found '5' (line 2, column 20, byte 21)")
    }

    @Test("not UTF-8", arguments: [[0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0xff]] as [Bytes])
    func notUTF8(_ bytes: Bytes) {
        let json = Bytes(#"{"a":""#.utf8) + bytes + Bytes(#""}"#.utf8)
        #expect(throws: JSONError.self) { try decode(json: json) }
    }

    @Test func boundsTheDepth() throws {
        func nested(_ levels: Int) -> String {
            inValue(String(repeating: #"{"arrayValue":{"values":["#, count: levels) + "{}" + String(repeating: "]}}", count: levels))
        }
        #expect(try decode(json: nested(63)).batch.spans.count == 1)
        #expect(throws: JSONError.self) { try decode(json: nested(64)) }
        #expect(throws: JSONError.self) { try decode(json: #"{"a":"# + String(repeating: "[", count: 100_000)) }
    }

    @Test func repeatedKeysCostOnePass() throws {
        let junk = String(repeating: #""attributes":[],"#, count: 20_000)
        let decoded = try decode(json: inSpan(#""name":"n","events":[{"name":"\#(String(repeating: "e", count: 1 << 20))"}],\#(junk)"kind":1"#))
        #expect(decoded.batch.events.count == 1 && decoded.batch.attributes.isEmpty)
    }
}
