import Testing
import Trace

private func read<T>(_ bytes: [UInt8], _ read: (inout ProtobufCursor) throws -> T) rethrows -> T {
    try bytes.withUnsafeBytes { bytes in
        var cursor = ProtobufCursor(bytes)
        return try read(&cursor)
    }
}

@Suite struct ProtobufCursorTests {
    @Test("varints: the encoding guide's example, and the edges", arguments: [
        ([0x00], 0), ([0x7f], 127), ([0x96, 0x01], 150), ([0xff, 0x7f], 16383), ([0x80, 0x80, 0x01], 16384), ([0x80, 0x00], 0),
        ([UInt8](repeating: 0xff, count: 9) + [0x01], .max),
    ] as [([UInt8], UInt64)])
    func varints(_ bytes: [UInt8], _ expected: UInt64) throws { #expect(try read(bytes) { try $0.varint() } == expected) }

    @Test("what is no varint", arguments: [
        ([], .truncated, 0), ([0x96], .truncated, 1), ([0x80, 0x80], .truncated, 2), ([UInt8](repeating: 0x80, count: 11), .varintTooLong, 10),
    ] as [([UInt8], ProtobufError.Reason, Int)])
    func badVarints(_ bytes: [UInt8], _ reason: ProtobufError.Reason, _ offset: Int) {
        #expect(throws: ProtobufError(reason, at: offset)) { try read(bytes) { try $0.varint() } }
    }

    @Test("lengths are proved before they are used", arguments: [[0x05, 0, 0], [UInt8](repeating: 0xff, count: 9) + [0x01], [0x80, 0x80, 0x80, 0x80, 0x08]])
    func lengths(_ bytes: [UInt8]) {
        #expect(throws: ProtobufError.self) { try read(bytes) { try $0.lengthDelimited() } }
        #expect(throws: ProtobufError.self) { try read(bytes) { _ = try $0.message() } }
    }

    @Test func fixedWidths() throws {
        #expect(try read([1, 0, 0, 0, 0, 0, 0, 0x80]) { try $0.fixed64() } == 0x8000_0000_0000_0001)
        #expect(try read([1, 0, 0, 0x80]) { try $0.fixed32() } == 0x8000_0001)
        #expect(throws: ProtobufError.self) { try read([1, 2, 3]) { try $0.fixed32() } }
        #expect(throws: ProtobufError.self) { try read([1, 2, 3, 4, 5, 6, 7]) { try $0.fixed64() } }
    }

    @Test func groupsNestOnlySoDeep() throws {
        let deep = [UInt8](repeating: 1 << 3 | 3, count: 64) + [UInt8](repeating: 1 << 3 | 4, count: 64)
        #expect(try read(deep) { cursor in
            try cursor.skip(try cursor.tag())
            return cursor.isAtEnd
        })
        let deeper = [UInt8](repeating: 1 << 3 | 3, count: 100_000)
        #expect(throws: ProtobufError(.tooDeep(limit: 64), at: 65)) { try read(deeper) { try $0.skip(try $0.tag()) } }
    }
}
