/// What one remote write sends of a series.
public struct WriteSeries: Sendable {
    /// In any order, `__name__` among them.
    public var labels: [MetricLabel]
    /// In the order of their times.
    public var samples: [(millis: Int64, value: Double)]
    public var exemplars: [Exemplar]

    public struct Exemplar: Sendable {
        public var labels: [MetricLabel]
        public var value: Double
        public var millis: Int64

        public init(labels: [MetricLabel], value: Double, millis: Int64) {
            self.labels = labels
            self.value = value
            self.millis = millis
        }
    }

    public init(labels: [MetricLabel], samples: [(millis: Int64, value: Double)], exemplars: [Exemplar] = []) {
        self.labels = labels
        self.samples = samples
        self.exemplars = exemplars
    }
}

/// The body of a remote write, version 1: `prometheus.WriteRequest`, not yet compressed.
///
/// Receivers demand labels sorted by name, none empty and none twice; those are left out here, the last of a name wins.
/// Source: https://prometheus.io/docs/specs/prw/remote_write_spec/
public enum WriteRequest {
    /// The `Content-Type` and the other headers that go with it, but for `User-Agent`.
    public static let headers = [
        ("Content-Type", "application/x-protobuf"), ("Content-Encoding", "snappy"), ("X-Prometheus-Remote-Write-Version", "0.1.0"),
    ]

    /// The bit pattern of the value that says a series has ended.
    public static let staleMarker = Double(bitPattern: 0x7ff0_0000_0000_0002)

    public static func encode(_ series: [WriteSeries]) -> [UInt8] {
        var request: [UInt8] = []
        for one in series where !one.samples.isEmpty || !one.exemplars.isEmpty {
            var message = labels(one.labels)
            for (millis, value) in one.samples { message.append(field: 2, sample(value, millis: millis, first: 1)) }
            for exemplar in one.exemplars {
                message.append(field: 3, labels(exemplar.labels) + sample(exemplar.value, millis: exemplar.millis, first: 2))
            }
            request.append(field: 1, message)
        }
        return request
    }

    private static func labels(_ labels: [MetricLabel]) -> [UInt8] {
        var values: [String: String] = [:]
        for label in labels { values[label.name] = label.value }
        var bytes: [UInt8] = []
        for (name, value) in values.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) where !name.isEmpty && !value.isEmpty {
            var label: [UInt8] = []
            label.append(field: 1, Array(name.utf8))
            label.append(field: 2, Array(value.utf8))
            bytes.append(field: 1, label)
        }
        return bytes
    }

    /// A value as a double in field `first`, and its time in the field after it.
    private static func sample(_ value: Double, millis: Int64, first: UInt8) -> [UInt8] {
        var bytes: [UInt8] = [first << 3 | 1]
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * place))) }
        bytes.append((first + 1) << 3)
        bytes.append(varint: UInt64(bitPattern: millis))
        return bytes
    }
}

/// The block form of Snappy, with literals alone: what any reader understands, at its full size.
/// Source: https://github.com/google/snappy/blob/main/format_description.txt
public enum Snappy {
    private static let pieceBytes = 1 << 16

    public static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var block: [UInt8] = []
        block.reserveCapacity(bytes.count + bytes.count / pieceBytes * 3 + 16)
        block.append(varint: UInt64(bytes.count))
        var place = 0
        while place < bytes.count {
            let count = min(pieceBytes, bytes.count - place), last = count - 1
            switch last {
            case ..<60: block.append(UInt8(last << 2))
            case ..<256: block += [60 << 2, UInt8(last)]
            default: block += [61 << 2, UInt8(last & 255), UInt8(last >> 8)]
            }
            block += bytes[place..<place + count]
            place += count
        }
        return block
    }
}

extension [UInt8] {
    fileprivate mutating func append(varint number: UInt64) {
        var rest = number
        while rest > 127 {
            append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    fileprivate mutating func append(field: UInt8, _ message: [UInt8]) {
        append(field << 3 | 2)
        append(varint: UInt64(message.count))
        self += message
    }
}
