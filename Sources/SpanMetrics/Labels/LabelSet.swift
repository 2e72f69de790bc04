/// The labels of a series in the order of their names, as bytes: the key under which the series is found, and what is shown of it.
///
///     for each label: name length u16, name, value length u32, value      (numbers little-endian)
struct LabelSet: Hashable, Sendable {
    private(set) var bytes: [UInt8] = []

    /// Of `labels`, later ones win over earlier ones of the same name; an empty value is no label.
    init(_ labels: [(name: [UInt8], value: [UInt8])]) {
        var order = Array(labels.indices)
        order.sort { a, b in
            labels[a].name == labels[b].name ? a < b : labels[a].name.lexicographicallyPrecedes(labels[b].name)
        }
        for (place, index) in order.enumerated() {
            let (name, value) = labels[index]
            if value.isEmpty || place + 1 < order.count && labels[order[place + 1]].name == name { continue }
            append(UInt32(truncatingIfNeeded: name.count), bytes: 2)
            bytes += name
            append(UInt32(truncatingIfNeeded: value.count), bytes: 4)
            bytes += value
        }
    }

    static let overflow = LabelSet([(Array("metric_overflow".utf8), Array("true".utf8))])

    private mutating func append(_ number: UInt32, bytes count: Int) {
        for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(8 * place))) }
    }

    var labels: [MetricLabel] {
        var labels: [MetricLabel] = []
        var place = 0
        func number(_ count: Int) -> Int {
            defer { place += count }
            return (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
        }
        func text(_ count: Int) -> String {
            defer { place += count }
            return String(decoding: bytes[place..<place + count], as: UTF8.self)
        }
        while place < bytes.count {
            let name = text(number(2))
            labels.append(MetricLabel(name, text(number(4))))
        }
        return labels
    }

    /// Whether names and values are text. What cutting left of a character is none.
    var isValidText: Bool {
        var place = 0
        while place < bytes.count {
            for width in [2, 4] {
                let count = (0..<width).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
                place += width
                if String(validating: bytes[place..<place + count], as: UTF8.self) == nil { return false }
                place += count
            }
        }
        return true
    }
}
