import SpanMetrics
import Testing

@Suite struct RemoteWriteTests {
    @Test("a request, byte by byte")
    func request() {
        let bytes = WriteRequest.encode([
            WriteSeries(
                labels: [MetricLabel("b", "2"), MetricLabel("__name__", "x"), MetricLabel("a", ""), MetricLabel("b", "3")],
                samples: [(0, 0), (300, 1.5)], exemplars: [.init(labels: [MetricLabel("traceID", "f")], value: 2, millis: 1)]),
            WriteSeries(labels: [MetricLabel("__name__", "nothing")], samples: []),
        ])
        let name: [UInt8] = [0x0a, 13, 0x0a, 8] + Array("__name__".utf8) + [0x12, 1, 120]
        let label: [UInt8] = [0x0a, 6, 0x0a, 1, 98, 0x12, 1, 51]
        let zero: [UInt8] = [0x12, 11, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0]
        let value: [UInt8] = [0x12, 12, 0x09, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0x10, 0xac, 0x02]
        let exemplar: [UInt8] = [0x1a, 25, 0x0a, 12, 0x0a, 7] + Array("traceID".utf8) + [0x12, 1, 102, 0x11, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x18, 1]
        let series = name + label + zero + value + exemplar
        #expect(bytes == [0x0a, UInt8(series.count)] + series)
    }

    @Test("blocks of Snappy read back", arguments: [0, 1, 60, 61, 256, 257, 65_536, 65_537, 200_000])
    func snappy(_ count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        #expect(try unsnapped(Snappy.encode(bytes)) == bytes)
    }

    @Test("known blocks", arguments: [
        ([], [0]), ([7], [1, 0, 7]), ([UInt8](repeating: 9, count: 61), [61, 240, 60] + [UInt8](repeating: 9, count: 61)),
    ] as [([UInt8], [UInt8])])
    func known(_ bytes: [UInt8], _ block: [UInt8]) { #expect(Snappy.encode(bytes) == block) }

    private struct Malformed: Error {}

    /// Reads literals as the description of the format says.
    private func unsnapped(_ block: [UInt8]) throws -> [UInt8] {
        var place = 0, length = 0, shift = 0
        while true {
            guard place < block.count else { throw Malformed() }
            length |= Int(block[place] & 127) << shift
            place += 1
            shift += 7
            if block[place - 1] < 128 { break }
        }
        var bytes: [UInt8] = []
        while place < block.count {
            guard block[place] & 3 == 0 else { throw Malformed() }
            var last = Int(block[place] >> 2)
            place += 1
            if last >= 60 {
                let width = last - 59
                last = (0..<width).reduce(0) { $0 | Int(block[place + $1]) << (8 * $1) }
                place += width
            }
            guard place + last < block.count else { throw Malformed() }
            bytes += block[place...place + last]
            place += last + 1
        }
        guard bytes.count == length else { throw Malformed() }
        return bytes
    }
}
