extension Evaluator {
    /// Arithmetic and comparisons of two vectors.
    func matched(
        _ binary: Binary, _ matching: Matching, _ left: [Row], _ right: [Row], _ keys: MatchKeys
    ) throws(EvaluationError) -> [Row] {
        // "Many" is the side whose rows may share a partner; one-to-one, the left.
        let isSwapped = matching.cardinality == .oneToMany
        let (many, one) = isSwapped ? (right, left) : (left, right)
        let (manyKeys, oneKeys) = isSwapped ? (keys.right, keys.left) : (keys.left, keys.right)
        var results = MatchResults(binary, matching, steps(absent))
        var partners = [Int](repeating: -1, count: keys.count)
        var isTaken = [Bool](repeating: false, count: keys.count)
        for step in 0..<grid.count {
            try run.check()
            guard many.contains(where: { $0.values[step].isPresent }) else { continue }
            for (index, row) in one.enumerated() where row.values[step].isPresent {
                let key = oneKeys[index]
                guard partners[key] < 0 else {
                    throw Self.duplicates(row.labels, one[partners[key]].labels, keys.names[key], isSwapped ? "left" : "right")
                }
                partners[key] = index
            }
            for (index, row) in many.enumerated() where row.values[step].isPresent {
                let key = manyKeys[index]
                let partner = partners[key]
                guard partner >= 0 else { continue }
                let value = row.values[step], other = one[partner].values[step]
                let (first, second) = isSwapped ? (other, value) : (value, other)
                var result: Double
                if binary.op.isComparison {
                    let holds = binary.op.holds(first, second)
                    guard holds || binary.isBool else { continue }
                    result = binary.isBool ? (holds ? 1 : 0) : first
                } else {
                    result = binary.op.value(first, second)
                }
                if matching.cardinality == .oneToOne {
                    if isTaken[key] {
                        throw .execution("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)")
                    }
                    isTaken[key] = true
                }
                if !result.isPresent { result = .nan }
                let place = results.place(index, row.labels, partner, one[partner].labels)
                if place == results.charged {
                    try charge(rows: 1)
                    results.charged += 1
                }
                try results.put(result, at: step, place, key: key)
            }
            for key in oneKeys { partners[key] = -1 }
            for key in manyKeys { isTaken[key] = false }
        }
        return results.rows
    }

    private static func duplicates(_ one: Labels, _ other: Labels, _ group: Labels, _ side: String) -> EvaluationError {
        let labels = "{" + group.all.map { "\($0.name)=\(quoted($0.value))" }.joined(separator: ", ") + "}"
        return .execution(
            "found duplicate series for the match group \(labels) on the \(side) hand-side of the operation: [\(one), \(other)]"
                + ";many-to-many matching not allowed: matching labels must be unique on one side")
    }
}

/// The rows that come out of a match, by their labels.
private struct MatchResults {
    private struct Pair: Hashable { var many: Int, one: Int }

    private let binary: Binary
    private let matching: Matching
    private let empty: [Double]
    private var places: [Labels: Int] = [:]
    private var pairs: [Pair: Int] = [:]
    /// Of which key a row's latest value is.
    private var keys: [Int] = []
    private(set) var rows: [Row] = []
    /// How many of the rows are paid for.
    var charged = 0

    init(_ binary: Binary, _ matching: Matching, _ empty: [Double]) {
        self.binary = binary
        self.matching = matching
        self.empty = empty
    }

    /// The row of a pair of rows, given by numbers and labels.
    mutating func place(_ many: Int, _ manyLabels: Labels, _ one: Int, _ oneLabels: Labels) -> Int {
        let pair = Pair(many: many, one: one)
        if let place = pairs[pair] { return place }
        let labels = labels(manyLabels, oneLabels)
        let place = places[labels] ?? rows.count
        if place == rows.count {
            rows.append(Row(labels: labels, values: empty))
            keys.append(-1)
            places[labels] = place
        }
        pairs[pair] = place
        return place
    }

    mutating func put(_ value: Double, at step: Int, _ place: Int, key: Int) throws(EvaluationError) {
        guard !rows[place].values[step].isPresent else {
            throw keys[place] == key
                ? .execution("multiple matches for labels: grouping labels must ensure unique matches") : .sameLabels
        }
        rows[place].values[step] = value
        keys[place] = key
    }

    private func labels(_ many: Labels, _ one: Labels) -> Labels {
        var labels = binary.op.isComparison && !binary.isBool ? many : many.withoutMetricName
        if matching.cardinality == .oneToOne {
            labels = matching.isOn ? labels.keeping(matching.labels) : labels.removing(matching.labels)
        }
        for name in matching.included { labels = labels.setting(name, one[name]) }
        return labels
    }
}
