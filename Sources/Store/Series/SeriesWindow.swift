internal import Trace

/// What was collected since the last chunk.
struct SeriesWindow: Sendable {
    private(set) var times: [Int64] = []
    private(set) var columns: [UInt32: SeriesSamples] = [:]
    private(set) var sampleCount = 0

    var isEmpty: Bool { sampleCount == 0 }
    var firstMillis: Int64 { times.min() ?? 0 }
    var lastMillis: Int64 { times.max() ?? 0 }
    var allocatedBytes: Int { sampleCount * 12 + columns.count * 150 }

    /// Adds samples of one moment. Of a series that comes twice, the first counts.
    mutating func add(millis: Int64, _ samples: [(id: UInt32, value: Double)]) {
        if samples.isEmpty { return }
        let place = UInt32(times.count)
        times.append(millis)
        for (id, value) in samples { if columns[id, default: SeriesSamples()].append(value, at: place) { sampleCount += 1 } }
    }

    var encoded: [UInt8] { SeriesChunk.encode(times: times, series: columns.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }) }
}

/// A collection as a row of `series_open` keeps it.
///
///     crc32c of what follows u32; version u8: 1; then for each of two moments (that of zeros, that of the collection), in varints:
///     milliseconds since 1970, in zigzag; number of samples; for each: id minus the id before; a whole number times two, or 1 and then
///     the double as 8 bytes
struct SeriesCollectionRow {
    var moments: [(millis: Int64, samples: [(id: UInt32, value: Double)])]

    var encoded: [UInt8] {
        var bytes: [UInt8] = [1]
        for moment in moments {
            bytes.append(signed: moment.millis)
            bytes.append(varint: UInt64(moment.samples.count))
            var before: UInt32 = 0
            for (id, value) in moment.samples {
                bytes.append(varint: UInt64(id - before))
                before = id
                if value >= 0, value < 0x1p53, value == value.rounded(), value.sign == .plus {
                    bytes.append(varint: UInt64(value) << 1)
                } else {
                    bytes.append(1)
                    for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * place))) }
                }
            }
        }
        let crc = SeriesChunk.crc(bytes)
        return (0..<4).map { UInt8(truncatingIfNeeded: crc >> UInt32(8 * $0)) } + bytes
    }

    init(moments: [(millis: Int64, samples: [(id: UInt32, value: Double)])]) { self.moments = moments }

    /// nil when the row is damaged.
    init?(_ bytes: [UInt8]) {
        guard bytes.count > 5, bytes[4] == 1 else { return nil }
        let crc = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[$1]) << UInt32(8 * $1) }
        guard SeriesChunk.crc(Array(bytes[4...])) == crc else { return nil }
        moments = []
        let moments: [(millis: Int64, samples: [(id: UInt32, value: Double)])]? = bytes.withUnsafeBytes { memory in
            var cursor = ProtobufCursor(UnsafeRawBufferPointer(rebasing: memory[5...]))
            var moments: [(millis: Int64, samples: [(id: UInt32, value: Double)])] = []
            while !cursor.isAtEnd {
                guard let time = try? cursor.varint(), let count = try? cursor.varint() else { return nil }
                var samples: [(id: UInt32, value: Double)] = []
                var id: UInt64 = 0
                for _ in 0..<count {
                    guard let skipped = try? cursor.varint(), skipped <= UInt32.max, let number = try? cursor.varint() else { return nil }
                    id += skipped
                    guard id <= UInt32.max else { return nil }
                    if number & 1 == 0 {
                        samples.append((UInt32(id), Double(number >> 1)))
                    } else {
                        guard let bits = try? cursor.fixed64() else { return nil }
                        samples.append((UInt32(id), Double(bitPattern: bits)))
                    }
                }
                moments.append((Int64(bitPattern: time >> 1) ^ -Int64(bitPattern: time & 1), samples))
            }
            return moments
        }
        guard let moments else { return nil }
        self.moments = moments
    }
}

/// Labels as a row of `series` keeps them: for each label the length of its name, the name, the length of its value, the value;
/// lengths are varints.
enum SeriesLabels {
    static func encode(_ labels: [SeriesLabel]) -> [UInt8] {
        var bytes: [UInt8] = []
        for label in labels {
            for text in [label.name, label.value] {
                bytes.append(varint: UInt64(text.utf8.count))
                bytes += text.utf8
            }
        }
        return bytes
    }

    /// nil when the bytes are none.
    static func decode(_ bytes: [UInt8]) -> [SeriesLabel]? {
        bytes.withUnsafeBytes { memory in
            var cursor = ProtobufCursor(memory)
            var labels: [SeriesLabel] = []
            while !cursor.isAtEnd {
                guard let name = try? cursor.lengthDelimited(), let value = try? cursor.lengthDelimited() else { return nil }
                labels.append(SeriesLabel(
                    String(decoding: memory[name.start..<name.end], as: UTF8.self), String(decoding: memory[value.start..<value.end], as: UTF8.self)))
            }
            return labels
        }
    }
}
