internal import Glibc

/// What names a series: labels with values, in byte order of their names, each name once, no value empty.
///
/// An empty value and an absent label are the same thing in this language; `subscript` says "" for both.
public struct Labels: Hashable, Sendable {
    public struct Label: Hashable, Sendable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        /// By bytes: Swift takes texts that look the same for equal.
        public static func == (left: Label, right: Label) -> Bool {
            left.name.hasSameBytes(as: right.name) && left.value.hasSameBytes(as: right.value)
        }
    }

    public private(set) var all: [Label]

    /// The label that holds the name of a metric.
    public static let metricName = "__name__"

    /// - Parameter labels: in any order. Of a name that comes twice the first counts, and what is empty is left out.
    public init(_ labels: [Label] = []) {
        var all = labels.filter { !$0.value.isEmpty }
        all.sort { $0.name.comesBefore($1.name) }                   // stable
        var kept: [Label] = []
        kept.reserveCapacity(all.count)
        for label in all where kept.last.map({ !$0.name.hasSameBytes(as: label.name) }) ?? true { kept.append(label) }
        self.all = kept
    }

    private init(sorted: [Label]) { all = sorted }

    public var isEmpty: Bool { all.isEmpty }

    /// The value of `name`; "" when there is none.
    public subscript(name: String) -> String { all.first { $0.name.hasSameBytes(as: name) }?.value ?? "" }

    var withoutMetricName: Labels { removing([Labels.metricName]) }

    func removing(_ names: [String]) -> Labels {
        Labels(sorted: all.filter { label in !names.contains { $0.hasSameBytes(as: label.name) } })
    }

    func keeping(_ names: [String]) -> Labels {
        Labels(sorted: all.filter { label in names.contains { $0.hasSameBytes(as: label.name) } })
    }

    /// With `name` set to `value`; an empty value removes it.
    func setting(_ name: String, _ value: String) -> Labels {
        var others = all.filter { !$0.name.hasSameBytes(as: name) }
        guard !value.isEmpty else { return Labels(sorted: others) }
        others.insert(Label(name, value), at: others.firstIndex { name.comesBefore($0.name) } ?? others.count)
        return Labels(sorted: others)
    }
}

extension Labels: Comparable {
    /// Pairs of name and value one after the other, by bytes; a set that is the beginning of another comes first.
    public static func < (left: Labels, right: Labels) -> Bool {
        for (one, other) in zip(left.all, right.all) where one != other {
            if !one.name.hasSameBytes(as: other.name) { return one.name.comesBefore(other.name) }
            return one.value.comesBefore(other.value)
        }
        return left.all.count < right.all.count
    }
}

extension Labels: CustomStringConvertible {
    /// `{__name__="up", job="a"}`, as errors quote it.
    public var description: String { "{" + all.map { "\($0.name)=\(quoted($0.value))" }.joined(separator: ", ") + "}" }
}

extension String {
    func hasSameBytes(as other: String) -> Bool { utf8.count == other.utf8.count && compare(other) == 0 }
    func comesBefore(_ other: String) -> Bool { compare(other) < 0 }

    /// Below, at or above 0, as `memcmp` has it; of two texts one of which begins with the other, the shorter is less.
    private func compare(_ other: String) -> Int {
        let order = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                let count = min(left.count, right.count)
                guard count > 0, let one = left.baseAddress, let two = right.baseAddress else { return left.count - right.count }
                let order = Int(memcmp(one, two, count))
                return order == 0 ? left.count - right.count : order
            }
        }
        if case .some(.some(let order)) = order { return order }
        if utf8.elementsEqual(other.utf8) { return 0 }              // texts that Swift does not hold as UTF-8 itself
        return utf8.lexicographicallyPrecedes(other.utf8) ? -1 : 1
    }
}
