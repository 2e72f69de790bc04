import OTLP
import Testing
import Trace

private func json(_ bytes: Bytes, _ dialect: JSONDialect) throws -> String {
    let batch = try decode(bytes).batch
    var out = OutputBuffer()
    TraceEncoder.encode(batch, json: dialect, &out)
    return String(decoding: out.bytes, as: UTF8.self)
}

private func protobuf(_ batch: SpanBatch) -> Bytes {
    var out = OutputBuffer()
    TraceEncoder.encode(batch, protobuf: &out)
    return out.array()
}

@Suite struct TraceEncoderTests {
    private let full = message(1,
        message(1, attribute(1, "service.name", text(1, "shop")), int(2, 3), message(3, text(2, "t"), text(3, "k"))),
        message(2, message(1, text(1, "lib"), text(2, "1")),
            message(2, ids, message(4, Bytes(9...16)), text(5, "GET <x>"), int(6, 2), fixed64(7, 1), fixed64(8, .max),
                attribute(9, "i", int(3, .max)), attribute(9, "o", message(6, attribute(1, "a", message(5, message(1, message(7, [255])), message(1, []))))),
                message(11, fixed64(1, 5), text(2, "e"), attribute(3, "d", fixed64(4, (0.5).bitPattern))),
                message(13, message(1, traceID), message(2, spanID), int(5, 1), fixed32(6, 0x300)),
                message(15, text(2, "no"), int(3, 2)), fixed32(16, 257)),
            text(3, "s")),
        text(3, "r"))

    @Test func canonicalProtobufComesBackByteForByte() throws { #expect(protobuf(try decode(full).batch) == full) }

    @Test func theThreeMessagesClientsNeedAreAlwaysThere() throws {
        #expect(protobuf(try decode(message(1, message(2, message(2, ids)))).batch) == message(1, message(1), message(2, message(1), message(2, ids, message(15)))))
        #expect(try json(message(1, message(2, message(2, ids))), .otlp) ==
            #"{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","status":{}}]}]}]}"#)
        #expect(try json([], .tempo) == "{}")
    }

    @Test func dialects() throws {
        let common = (
            #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}],"droppedAttributesCount":3,"entityRefs":[{"type":"t","idKeys":["k"]}]},"scopeSpans":[{"scope":{"name":"lib","version":"1"},"spans":[{"#,
            #""startTimeUnixNano":"1","endTimeUnixNano":"18446744073709551615","attributes":[{"key":"i","value":{"intValue":"-1"}},{"key":"o","value":{"kvlistValue":{"values":[{"key":"a","value":{"arrayValue":{"values":[{"bytesValue":"/w=="},{}]}}}]}}}],"events":[{"timeUnixNano":"5","name":"e","attributes":[{"key":"d","value":{"doubleValue":0.5}}]}],"links":[{"#,
            #""droppedAttributesCount":1,"flags":768}],"status":{"message":"no","code":"#,
            #"},"flags":257}],"schemaUrl":"s"}],"schemaUrl":"r"}]}"#)
        #expect(try json(full, .otlp) == common.0
            + #""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","parentSpanId":"090a0b0c0d0e0f10","name":"GET <x>","kind":2,"#
            + common.1 + #""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","# + common.2 + "2" + common.3)
        #expect(try json(full, .tempo) == common.0
            + #""traceId":"AQIDBAUGBwgJCgsMDQ4PEA==","spanId":"AQIDBAUGBwg=","parentSpanId":"CQoLDA0ODxA=","name":"GET <x>","kind":"SPAN_KIND_SERVER","#
            + common.1 + #""traceId":"AQIDBAUGBwgJCgsMDQ4PEA==","spanId":"AQIDBAUGBwg=","# + common.2 + #""STATUS_CODE_ERROR""# + common.3)
    }

    @Test func groupsSpansThatComeInAnyOrder() throws {
        func span(_ id: UInt8) -> Bytes { message(2, message(1, traceID), message(2, [0, 0, 0, 0, 0, 0, 0, id]), message(15)) }
        var batch = try decode(message(1, message(1), message(2, message(1, text(1, "a")), span(1), span(2)), message(2, message(1, text(1, "b")), span(3)))).batch
        batch.spans.swapAt(0, 2)
        batch.scopes.swapAt(0, 1)
        #expect(protobuf(batch) == message(1, message(1),
            message(2, message(1, text(1, "b")), span(2), span(1)), message(2, message(1, text(1, "a")), span(3))))
    }

    @Test("strings", arguments: [
        (Bytes("plain".utf8), #""plain""#), ([], #""""#), (Bytes("a\"b\\c\n\r\t\u{1}\u{7f}/<".utf8), "\"a\\\"b\\\\c\\n\\r\\t\\u0001\u{7f}/<\""),
        (Bytes("naïve 😀 ".utf8), "\"naïve 😀 \""), ([0x61, 0xff, 0x62], "\"a\u{fffd}b\""), ([0xe2, 0x82], "\"\u{fffd}\""),
        ([0xed, 0xa0, 0x80], "\"\u{fffd}\u{fffd}\u{fffd}\""), ([0xf0, 0x9f, 0x98, 0x22], "\"\u{fffd}\\\"\""),
        (Bytes("1234567\"".utf8), #""1234567\"""#), (Bytes("12345678\"".utf8), #""12345678\"""#),
    ] as [(Bytes, String)])
    func strings(_ bytes: Bytes, _ expected: String) {
        var out = OutputBuffer()
        bytes.withUnsafeBytes { out.json(string: $0) }
        #expect(String(decoding: out.bytes, as: UTF8.self) == expected)
    }

    @Test("every byte before, at and after a word's edge is escaped or kept", arguments: 0...127)
    func everyByte(_ byte: Int) {
        for place in 0..<17 {
            var text = Bytes(repeating: 0x61, count: 17)
            text[place] = UInt8(byte)
            var out = OutputBuffer()
            text.withUnsafeBytes { out.json(string: $0) }
            let needsEscape = byte < 0x20 || byte == 0x22 || byte == 0x5c
            #expect((out.count == 19) != needsEscape)
        }
    }

    @Test("numbers", arguments: [(0.0, "0.0"), (-1.5, "-1.5"), (1e21, "1e+21"), (.nan, "\"NaN\""), (.infinity, "\"Infinity\""), (-.infinity, "\"-Infinity\"")])
    func numbers(_ value: Double, _ expected: String) {
        var out = OutputBuffer()
        out.json(double: value)
        out.separate()
        out.json(decimal: Int64.min)
        out.separate()
        out.json(decimal: UInt64.max)
        #expect(String(decoding: out.bytes, as: UTF8.self) == expected + ",-9223372036854775808,18446744073709551615")
    }

    @Test("length prefixes of every width", arguments: [0, 127, 128, 16383, 16384, 3_000_000])
    func lengths(_ count: Int) {
        var out = OutputBuffer(capacity: 1)
        out.message(2) { $0.message(1) { for _ in 0..<count { $0.append(7) } } }
        #expect(out.array() == message(2, message(1, Bytes(repeating: 7, count: count))))
    }
}
