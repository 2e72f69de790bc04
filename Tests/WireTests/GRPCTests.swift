import NIOCore
import Testing
@testable import Wire

@Suite struct GRPCMessageReaderTests {
    /// What the reader says about `bytes`, given in pieces of `step`; payload events joined.
    private func read(_ bytes: [UInt8], step: Int) -> (String, GRPCStatus?) {
        var reader = GRPCMessageReader()
        var log = ""
        var payload = 0
        for start in stride(from: 0, to: bytes.count, by: step) {
            Array(bytes[start..<min(start + step, bytes.count)]).withUnsafeBytes { piece in
                var offset = 0
                while let event = reader.next(piece, &offset) {
                    switch event {
                    case .message(let length, let isCompressed): log += "message \(length)\(isCompressed ? " compressed" : "") "
                    case .payload(let count): payload += count
                    case .failure(let status):
                        log += "failure \(status.code.rawValue) "
                        offset = piece.count
                    }
                }
            }
        }
        return (log + "\(payload)", reader.failureAtEnd)
    }

    @Test("frames, however they are cut", arguments: [1, 2, 3, 5, 100], [
        ([0, 0, 0, 0, 0], "message 0 0", true), ([0, 0, 0, 0, 3, 1, 2, 3], "message 3 3", true),
        ([1, 0, 0, 0, 1, 9], "message 1 compressed 1", true), ([], "0", false), ([0, 0, 0], "0", false),
        ([0, 0, 0, 0, 3, 1], "message 3 1", false), ([0, 0xff, 0xff, 0xff, 0xff], "message 4294967295 0", false),
    ] as [([UInt8], String, Bool)])
    func reads(_ step: Int, _ row: ([UInt8], String, Bool)) {
        let (log, failure) = read(row.0, step: step)
        #expect(log == row.1)
        #expect((failure == nil) == row.2)
    }

    @Test("a second message or an unknown flag fails") func fails() {
        #expect(read([0, 0, 0, 0, 0, 0], step: 100).0 == "message 0 failure 13 0")
        #expect(read([2, 0, 0, 0, 0], step: 1).0 == "failure 13 0")
    }
}

@Suite struct GRPCTimeoutTests {
    @Test("timeouts", arguments: [
        ("1S", .seconds(1)), ("99999999n", .nanoseconds(99_999_999)), ("0m", .zero), ("5u", .microseconds(5)), ("2M", .minutes(2)),
        ("1H", .hours(1)), ("99999999H", .hours(87_600)), ("S", nil), ("", nil), ("123456789S", nil), ("-1S", nil), ("1s", nil), ("1.5S", nil),
    ] as [(String, TimeAmount?)])
    func parses(_ text: String, _ expected: TimeAmount?) {
        #expect(Array(text.utf8).withUnsafeBytes { GRPCTimeout.parse($0) } == expected)
    }
}

@Suite struct GRPCStatusTests {
    @Test("trailers carry RetryInfo in both forms") func retry() {
        let trailers = GRPCStatus(.unavailable, "é", retryAfterSeconds: 1.5).trailers.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) }
        #expect(trailers.map(\.0) == ["grpc-status", "grpc-message", "grpc-status-details-bin", "google.rpc.retryinfo-bin"])
        #expect(trailers[0].1 == "14")
        #expect(trailers[1].1 == "%C3%A9")
        // 1 s and 500,000,000 ns: 0a 08 | 08 01 10 80 ca b5 ee 01 (the varint of 500,000,000)
        #expect(trailers[3].1 == String(decoding: Base64.encode([0x0a, 8, 8, 1, 0x10, 0x80, 0xca, 0xb5, 0xee, 1]), as: UTF8.self))
    }

    @Test("as HTTP", arguments: [
        (GRPCStatus.Code.unavailable, 503), (.resourceExhausted, 429), (.invalidArgument, 400), (.unimplemented, 404), (.internal, 500),
    ])
    func http(_ code: GRPCStatus.Code, _ status: Int) { #expect(GRPCStatus(code, "").response.status == status) }
}
