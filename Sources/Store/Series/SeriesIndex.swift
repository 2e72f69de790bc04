/// A label of a series.
public struct SeriesLabel: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A condition on the value of one label. Of a series without the label, the value is the empty text.
public struct SeriesTest: Sendable {
    public var name: String
    public var holds: @Sendable (String) -> Bool

    public init(_ name: String, _ holds: @escaping @Sendable (String) -> Bool) {
        self.name = name
        self.holds = holds
    }
}

/// The series there are, by their labels. A test is asked once of each distinct value; then series are compared by numbers.
struct SeriesIndex: Sendable {
    struct Entry: Sendable {
        /// Numbers of name and value, in the order of the names.
        var labels: [(name: UInt32, value: UInt32)]
        var firstMillis: Int64
        var lastMillis: Int64
    }

    private(set) var entries: [UInt32: Entry] = [:]
    private var ids: [[UInt32]: UInt32] = [:]
    private var texts: [String] = []
    private var numbers: [String: UInt32] = [:]
    private(set) var nextID: UInt32 = 1
    private(set) var labelBytes = 0

    var count: Int { entries.count }
    var allocatedBytes: Int { labelBytes + entries.count * 160 + texts.count * 64 }

    /// The id of the series with these labels, if there is one.
    func id(of labels: [SeriesLabel]) -> UInt32? {
        var key: [UInt32] = []
        for label in labels {
            guard let name = numbers[label.name], let value = numbers[label.value] else { return nil }
            key += [name, value]
        }
        return ids[key]
    }

    /// Enters a series; its labels are in the order of their names.
    mutating func insert(_ labels: [SeriesLabel], id: UInt32, firstMillis: Int64, lastMillis: Int64) {
        let pairs = labels.map { (name: number($0.name), value: number($0.value)) }
        ids[pairs.flatMap { [$0.name, $0.value] }] = id
        entries[id] = Entry(labels: pairs, firstMillis: firstMillis, lastMillis: lastMillis)
        if id >= nextID, id < .max { nextID = id + 1 }
    }

    mutating func note(_ id: UInt32, millis: Int64) {
        guard let entry = entries[id] else { return }
        if entry.firstMillis > millis { entries[id]?.firstMillis = millis }
        if entry.lastMillis < millis { entries[id]?.lastMillis = millis }
    }

    mutating func remove(_ removed: [UInt32]) {
        for id in removed {
            guard let entry = entries.removeValue(forKey: id) else { continue }
            ids[entry.labels.flatMap { [$0.name, $0.value] }] = nil
        }
        if !removed.isEmpty { forgetUnusedTexts() }
    }

    private mutating func forgetUnusedTexts() {
        let used = entries.values.reduce(into: Set<UInt32>()) { used, entry in
            for label in entry.labels { used.formUnion([label.name, label.value]) }
        }
        guard used.count < texts.count / 2 else { return }
        let old = self
        self = SeriesIndex()
        for (id, entry) in old.entries {
            insert(old.labels(of: entry), id: id, firstMillis: entry.firstMillis, lastMillis: entry.lastMillis)
        }
        nextID = old.nextID
    }

    func labels(of entry: Entry) -> [SeriesLabel] { entry.labels.map { SeriesLabel(texts[Int($0.name)], texts[Int($0.value)]) } }

    /// Ids of the series that pass all tests and have samples from `from` to `through`, ascending.
    func select(_ tests: [SeriesTest], from: Int64, through: Int64) -> [UInt32] {
        var conditions = tests.map { Condition(test: $0, name: numbers[$0.name], whenAbsent: $0.holds("")) }
        var found: [UInt32] = []
        for (id, entry) in entries where entry.firstMillis <= through && entry.lastMillis >= from {
            if conditions.indices.allSatisfy({ conditions[$0].holds(entry, texts) }) { found.append(id) }
        }
        return found.sorted()
    }

    private struct Condition {
        let test: SeriesTest
        let name: UInt32?
        let whenAbsent: Bool
        var known: [UInt32: Bool] = [:]

        init(test: SeriesTest, name: UInt32?, whenAbsent: Bool) {
            (self.test, self.name, self.whenAbsent) = (test, name, whenAbsent)
        }

        mutating func holds(_ entry: Entry, _ texts: [String]) -> Bool {
            guard let name, let value = entry.labels.first(where: { $0.name == name })?.value else { return whenAbsent }
            if let known = known[value] { return known }
            let holds = test.holds(texts[Int(value)])
            known[value] = holds
            return holds
        }
    }

    private mutating func number(_ text: String) -> UInt32 {
        if let known = numbers[text] { return known }
        let number = UInt32(texts.count)
        texts.append(text)
        numbers[text] = number
        labelBytes += text.utf8.count
        return number
    }
}
