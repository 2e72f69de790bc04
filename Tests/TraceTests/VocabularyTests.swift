import Testing
import Trace

@Suite struct IdentifierTests {
    @Test("trace ids as text", arguments: [
        ("000102030405060708090a0b0c0d0e0f", "000102030405060708090a0b0c0d0e0f"), ("ABCDEF", "00000000000000000000000000abcdef"),
        ("10203040506070809", "00000000000000010203040506070809"), ("", nil), ("0g", nil), (String(repeating: "1", count: 33), nil),
    ] as [(String, String?)])
    func traceIDs(_ text: String, _ expected: String?) { #expect(TraceID(hex: text)?.hex == expected) }

    @Test func wireOrderIsTheOrderOfIDs() {
        let bytes = [UInt8](0..<16)
        let id = bytes.withUnsafeBytes { TraceID(wire: $0.baseAddress!) }
        #expect(id.wireBytes == bytes && id.hex == "000102030405060708090a0b0c0d0e0f")
        #expect(id < TraceID(high: id.high, low: id.low + 1) && TraceID(high: 1, low: .max) < TraceID(high: 2, low: 0))
        #expect(SpanID(hex: "00000000000000ff")?.bits == 255 && SpanID(bits: 255).hex == "00000000000000ff" && SpanID.none.isZero)
    }
}

@Suite struct SpanBatchTests {
    @Test func rangesSpanBodyAndExtra() {
        let body: [UInt8] = Array("body".utf8)
        body.withUnsafeBytes { bytes in
            var batch = SpanBatch(body: bytes, owner: nil)
            let added = "added".withCString { batch.append(UnsafeRawBufferPointer(start: $0, count: 5)) }
            #expect(added.start == 4 && batch.string(added) == "added")
            #expect(batch.string(ByteRange(start: 1, count: 2)) == "od" && batch.string(.empty) == "")
            batch.withArena { arena in #expect(arena[added].elementsEqual("added".utf8) && arena[.empty].isEmpty) }
        }
    }

    @Test func invalidTextIsRepaired() {
        var batch = SpanBatch()
        let range = [UInt8]([0x61, 0xff, 0x62]).withUnsafeBytes { batch.append($0) }
        #expect(batch.string(range) == "a\u{fffd}b")
    }

    @Test func attributeRangesSurviveTheirBits() {
        let record = AttributeRecord(key: .empty, type: .string, range: ByteRange(start: 0xffff_fff0, count: 15))
        #expect(record.range == ByteRange(start: 0xffff_fff0, count: 15))
    }
}
