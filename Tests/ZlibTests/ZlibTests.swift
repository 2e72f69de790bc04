import Testing
import Zlib

/// All of `input` inflated, into an output that grows from `firstBytes` in doublings.
private func inflate(_ input: [UInt8], _ format: ZlibFormat, limitBytes: Int = 1 << 20, firstBytes: Int = 16) throws -> [UInt8] {
    let inflater = Inflater(format)
    var output = [UInt8](repeating: 0xee, count: 0)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: limitBytes + 1, alignment: 1)
    defer { memory.deallocate() }
    var room = firstBytes / 2
    try input.withUnsafeBytes { input in
        try inflater.inflate(input, limitBytes: limitBytes) { _ in
            room = min(room * 2, limitBytes)
            return UnsafeMutableRawBufferPointer(rebasing: memory[..<room])
        } progress: { output = Array(memory[..<$0]) }
    }
    return output
}

private let text = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31 % 97) }

@Suite struct InflaterTests {
    @Test("what was deflated comes back, whatever the first guess at its size", arguments: [ZlibFormat.raw, .zlib, .gzip], [2, 16, 4999, 5000, 5001, 1 << 16])
    func roundTrip(_ format: ZlibFormat, _ firstBytes: Int) throws {
        let deflated = Deflater(format).deflated(text)
        #expect(try inflate(deflated, format, firstBytes: firstBytes) == text)
    }

    @Test("an output of exactly the limit is no overflow, one byte less is")
    func limit() throws {
        let deflated = Deflater(.gzip).deflated(text)
        #expect(try inflate(deflated, .gzip, limitBytes: text.count) == text)
        #expect(reason { try inflate(deflated, .gzip, limitBytes: text.count - 1) } == .tooLarge(limitBytes: 4999))
    }

    @Test("a stream of nothing inflates to nothing", arguments: [ZlibFormat.raw, .zlib, .gzip])
    func nothing(_ format: ZlibFormat) throws {
        #expect(try inflate(Deflater(format).deflated([]), format) == [])
    }

    @Test("gzip members follow each other, garbage after them does not")
    func members() throws {
        let member = Deflater(.gzip).deflated(text)
        #expect(try inflate(member + member + member, .gzip) == text + text + text)
        #expect(reason { try inflate(member + [0, 0], .gzip) } == .corrupt)
        #expect(reason { try inflate(member + member.dropLast(), .gzip) } == .truncated)
    }

    @Test("every truncation is noticed", arguments: [ZlibFormat.zlib, .gzip])
    func truncations(_ format: ZlibFormat) {
        let deflated = Deflater(format).deflated(text)
        for count in 0..<deflated.count { #expect(reason { try inflate(Array(deflated.prefix(count)), format) } == .truncated) }
    }

    @Test("a wrong check sum or header is corrupt")
    func corrupt() {
        var deflated = Deflater(.gzip).deflated(text)
        deflated[deflated.count - 6] ^= 1
        #expect(reason { try inflate(deflated, .gzip) } == .corrupt)
        #expect(reason { try inflate(Array("{\"a\":1}".utf8), .gzip) } == .corrupt)
    }

    @Test("an inflater is as good after an error as before")
    func reuse() throws {
        let inflater = Inflater(.gzip)
        let deflated = Deflater(.gzip).deflated(text)
        let output = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count, alignment: 1)
        defer { output.deallocate() }
        for count in [10, deflated.count, 3, deflated.count] {
            let written = deflated.prefix(count).withUnsafeBytes { try? inflater.inflate($0, into: output) }
            #expect(written == (count == deflated.count ? text.count : nil))
        }
    }

    @Test("no room stops it")
    func stopped() {
        let deflated = Deflater(.gzip).deflated(text)
        #expect(reason {
            try deflated.withUnsafeBytes { try Inflater(.gzip).inflate($0, limitBytes: 1 << 20) { _ in nil } progress: { _ in } }
        } == .outOfMemory)
    }

    private func reason(_ action: () throws -> some Any) -> ZlibError.Reason? {
        do { _ = try action(); return nil } catch { return (error as? ZlibError)?.reason }
    }
}

@Suite struct DeflaterTests {
    @Test("what does not fit is refused, and the deflater is reusable")
    func refuses() {
        let deflater = Deflater(.zlib)
        let small = UnsafeMutableRawBufferPointer.allocate(byteCount: 10, alignment: 1)
        defer { small.deallocate() }
        #expect(text.withUnsafeBytes { deflater.deflate($0, into: small) } == nil)
        #expect(deflater.deflated(text).count <= deflater.bound(text.count))
    }
}
