import OTLP
import Testing
import Trace

@Suite struct RequestDecoderTests {
    @Test func keepsEveryFieldOfASpan() throws {
        let event = message(11, fixed64(1, 5), text(2, "boom"), attribute(3, "e", int(2, 1)), int(4, 2))
        let link = message(13, message(1, traceID), message(2, spanID), text(3, "l=1"), attribute(4, "k", text(1, "v")), int(5, 3),
                           fixed32(6, 0x301))
        let batch = try decode(request(span:
            text(3, "a=b"), message(4, Bytes(9...16)), text(5, "GET /"), int(6, 2), fixed64(7, 100), fixed64(8, .max),
            attribute(9, "s", text(1, "")), event, attribute(9, "d", fixed64(4, (1.5).bitPattern)), int(10, 4), int(12, 5), link,
            int(14, 6), message(15, text(2, "bad"), int(3, 2)), fixed32(16, 0xffff_ffff))).batch
        let span = batch.spans[0]
        #expect(span.traceID.wireBytes == traceID)
        #expect(span.spanID.wireBytes == spanID)
        #expect(span.parentID.wireBytes == Bytes(9...16))
        #expect(batch.string(span.traceState) == "a=b")
        #expect(batch.string(span.name) == "GET /")
        #expect((span.kind, span.startNanos, span.endNanos, span.flags) == (2, 100, .max, 0xffff_ffff))
        #expect((span.droppedAttributes, span.droppedEvents, span.droppedLinks) == (4, 5, 6))
        #expect(span.status == 2 && batch.string(span.statusMessage) == "bad")
        #expect(batch.described(span.attributes) == [#"s="""#, "d=1.5"], "neighbours though an event stood between them")
        let kept = batch.events[Int(span.events.first)]
        #expect(kept.timeNanos == 5 && batch.string(kept.name) == "boom" && kept.droppedAttributes == 2)
        #expect(batch.described(kept.attributes) == ["e=true"])
        let pointer = batch.links[Int(span.links.first)]
        #expect(pointer.traceID == span.traceID && pointer.spanID == span.spanID && pointer.flags == 0x301)
        #expect(batch.string(pointer.traceState) == "l=1" && pointer.droppedAttributes == 3)
        #expect(batch.described(pointer.attributes) == [#"k="v""#])
    }

    @Test func keepsEnvelopesEncoded() throws {
        let resource = attribute(1, "service.name", text(1, "shop")) + int(2, 7) + message(3, text(1, "u"), text(3, "service.name"))
        let scope = text(1, "lib") + text(2, "1.0") + attribute(3, "k", int(3, 1))
        let batch = try decode(message(1, message(1, resource), text(3, "schema/r"),
                                       message(2, message(1, scope), message(2, ids), text(3, "schema/s")), message(2, []))).batch
        #expect(batch.bytes(batch.resources[0].message) == resource)
        #expect(batch.string(batch.resources[0].schemaURL) == "schema/r")
        #expect(batch.scopes.count == 2 && batch.scopes[0].resource == 0)
        #expect(batch.bytes(batch.scopes[0].message) == scope)
        #expect(batch.string(batch.scopes[0].schemaURL) == "schema/s")
        #expect(batch.scopes[1].message.isEmpty)
    }

    @Test("values", arguments: [
        ([], "null"),
        (message(2, []), "null"),
        (message(2, text(1, "")), "\"\""),
        (message(2, int(2, 0)), "false"),
        (message(2, int(2, 7)), "true"),
        (message(2, int(3, UInt64(bitPattern: -1))), "-1"),
        (message(2, fixed64(4, Double.infinity.bitPattern)), "inf"),
        (message(2, message(7, [0, 255])), "3a0200ff"),
        (message(2, message(5, message(1, int(3, 1)))), "2a040a021801"),
        (message(2, message(6, attribute(1, "k", []))), "32070a050a016b1200"),
        (message(2, int(8, 3)), "null"),                              // string_value_strindex
        (message(2, text(1, "a"), int(3, 2)), "2"),                   // the last member wins
        (message(2, int(3, 2)) + message(2, text(1, "a")), "\"a\""),  // a repeated value merges
        (message(2, text(1, "a")) + message(2, []), "\"a\""),
        (message(2, message(5, [])) + message(2, message(5, message(1, []))), "2a002a020a00"),
    ] as [(Bytes, String)])
    func readsValue(_ value: Bytes, _ expected: String) throws {
        let batch = try decode(request(span: message(9, text(1, "k"), value))).batch
        #expect(batch.described(batch.spans[0].attributes) == ["k=\(expected)"])
    }

    @Test func mergesRepeatedMessages() throws {
        let one = attribute(1, "a", int(3, 1))
        let two = attribute(1, "b", int(3, 2))
        let batch = try decode(message(1, message(1, one), message(1, two),
            message(2, message(1, text(1, "x")), message(1, text(2, "y")),
                    message(2, ids, message(15, text(2, "m")), message(15, int(3, 2)))))).batch
        #expect(batch.bytes(batch.resources[0].message) == one + two)
        #expect(batch.bytes(batch.scopes[0].message) == text(1, "x") + text(2, "y"))
        #expect(batch.spans[0].status == 2 && batch.string(batch.spans[0].statusMessage) == "m")
    }

    @Test func readsTheOldNameOfScopeSpans() throws {
        let old = message(1000, message(1, text(1, "old")), message(2, ids))
        let batch = try decode(message(1, old)).batch
        #expect(batch.spans.count == 1 && batch.bytes(batch.scopes[0].message) == text(1, "old"))
        #expect(try decode(message(1, old, message(2, message(2, ids)))).batch.spans.count == 1, "ignored beside scope_spans")
    }

    @Test("unknown fields are skipped", arguments: [
        int(99, 5), fixed64(99, 5), fixed32(99, 5), text(99, "x"), varint(99 << 3 | 3) + int(1, 1) + varint(99 << 3 | 4),
        varint(99 << 3 | 3) + varint(98 << 3 | 3) + varint(98 << 3 | 4) + varint(99 << 3 | 4),
    ] as [Bytes])
    func skips(_ unknown: Bytes) throws {
        let value = message(2, unknown, int(3, 1))
        let span = message(2, unknown, ids, message(9, unknown, text(1, "k"), value), message(11, unknown), message(13, unknown),
                           message(15, unknown), unknown)
        let bytes = unknown + message(1, unknown, message(1, unknown), message(2, message(1, unknown), unknown, span), unknown)
        let batch = try decode(bytes).batch
        #expect(batch.described(batch.spans[0].attributes) == ["k=1"])
    }

    @Test func leavesOutSpansWithoutIDs() throws {
        let bad = message(2, message(1, traceID), attribute(9, "a", []), message(11, attribute(3, "b", [])), message(13, []))
        let worse = message(2, message(1, Bytes(repeating: 0, count: 16)), message(2, spanID))
        let good = message(2, ids, attribute(9, "c", []), message(11, text(2, "e")))
        let decoded = try decode(message(1, message(2, bad, worse, bad, good)))
        #expect(decoded.rejected == [Rejection(reason: .zeroTraceID, count: 1), Rejection(reason: .zeroSpanID, count: 2)])
        #expect(decoded.rejectedCount == 3)
        let batch = decoded.batch
        #expect(batch.spans.count == 1 && batch.attributes.count == 1 && batch.events.count == 1 && batch.links.isEmpty)
        #expect(batch.described(batch.spans[0].attributes) == ["c=null"])
    }

    @Test("what fails the whole request", arguments: [
        ([0x0a], .truncated, 1),
        ([0x0a, 5, 0], .truncated, 2),
        ([0x80], .truncated, 1),
        (Bytes(repeating: 0xff, count: 10) + [1], .varintTooLong, 10),
        ([0x02, 0x00], .fieldNumberZero, 1),
        ([0x08, 0x00], .badWireType(field: 1, wireType: 0), 1),
        (varint(99 << 3 | 7), .badWireType(field: 99, wireType: 7), 2),
        (varint(99 << 3 | 3) + varint(98 << 3 | 4), .badWireType(field: 98, wireType: 4), 4),
        (message(1, message(2, message(2, message(1, [1, 2])))), .badLength(field: "trace_id", count: 2), 8),
        (message(1, message(2, message(2, message(2, traceID)))), .badLength(field: "span_id", count: 16), 8),
        (message(1, message(2, message(2, message(4, [1])))), .badLength(field: "parent_span_id", count: 1), 8),
        (message(1, message(2, message(2, message(13, message(1, [1]))))), .badLength(field: "trace_id", count: 1), 10),
        (message(1, message(2, message(2, int(7, 1)))), .badWireType(field: 7, wireType: 0), 7),
        (message(1, message(1, message(1, message(2, text(2, ""))))), .badWireType(field: 2, wireType: 2), 9),
        (message(1, message(2, message(1, int(1, 0)))), .badWireType(field: 1, wireType: 0), 7),
    ] as [(Bytes, ProtobufError.Reason, Int)])
    func fails(_ bytes: Bytes, _ reason: ProtobufError.Reason, _ offset: Int) {
        #expect(throws: ProtobufError(reason, at: offset)) { try decode(bytes) }
    }

    @Test func boundsTheDepthOfValues() throws {
        func nested(_ levels: Int) -> Bytes {
            var value = int(3, 1)
            for _ in 0..<levels { value = message(5, message(1, value)) }
            return request(span: attribute(9, "k", value))
        }
        #expect(try decode(nested(63)).batch.spans.count == 1)
        #expect(throws: ProtobufError.self) { try decode(nested(64)) }
        #expect(throws: ProtobufError.self) { try decode(nested(20_000)) }
    }

    @Test func boundsWhatEmptyMessagesMayCost() {
        let links = Bytes(repeating: 0, count: 200_002).indices.map { $0 % 2 == 0 ? UInt8(0x6a) : 0 }
        #expect(throws: ProtobufError.self) { try decode(request(span: links)) }
    }

    @Test("truncating a request anywhere never passes the end", arguments: [
        request(span: text(5, "n"), attribute(9, "k", message(5, message(1, text(1, "v")))), message(11, attribute(3, "e", int(3, 1)))),
    ])
    func truncation(_ whole: Bytes) throws {
        for count in 1..<whole.count { #expect(throws: ProtobufError.self) { try decode(Bytes(whole[..<count])) } }
    }

    @Test func emptyBodyIsAnEmptyRequest() throws {
        let decoded = try decode([])
        #expect(decoded.batch.spans.isEmpty && decoded.rejected.isEmpty)
    }
}
