extension Evaluator {
    func binary(_ binary: Binary) throws(EvaluationError) -> [Row] {
        guard let matching = binary.matching else { return try withScalar(binary) }
        let left = try vector(binary.left), right = try vector(binary.right)
        let keys = MatchKeys(matching, left, right)
        if binary.op.isSet { return try set(binary.op, left, right, keys) }
        let rows = try matched(binary, matching, left, right, keys)
        release(rows: left.count)
        release(rows: right.count)
        return rows
    }

    /// A vector and a scalar, whichever stands first.
    private func withScalar(_ binary: Binary) throws(EvaluationError) -> [Row] {
        let isLeft = binary.left.type == .vector
        let rows = try vector(isLeft ? binary.left : binary.right)
        let scalars = try scalar(isLeft ? binary.right : binary.left)
        let op = binary.op
        if op.isComparison, !binary.isBool {
            return rows.map { row in
                var row = row
                for (step, value) in row.values.enumerated() where value.isPresent {
                    if !(isLeft ? op.holds(value, scalars[step]) : op.holds(scalars[step], value)) { row.values[step] = absent }
                }
                return row
            }
        }
        return try settled(mapped(rows) { value, step in
            let (left, right) = isLeft ? (value, scalars[step]) : (scalars[step], value)
            return op.isComparison ? (op.holds(left, right) ? 1 : 0) : op.value(left, right)
        }, .perStep)
    }

    private func set(_ op: Binary.Operator, _ left: [Row], _ right: [Row], _ keys: MatchKeys) throws(EvaluationError) -> [Row] {
        let (kept, others) = op == .or ? (right, left) : (left, right)
        let (keptKeys, otherKeys) = op == .or ? (keys.right, keys.left) : (keys.left, keys.right)
        var rows = kept
        var present = [Bool](repeating: false, count: keys.count)
        for step in 0..<grid.count {
            try run.check()
            for (other, key) in zip(others, otherKeys) where other.values[step].isPresent { present[key] = true }
            for index in rows.indices where present[keptKeys[index]] != (op == .and) { rows[index].values[step] = absent }
            for key in otherKeys { present[key] = false }
        }
        if op != .or { release(rows: right.count) }
        return try settled(op == .or ? left + rows : rows, .perStep)
    }
}

/// Which rows of two sides match: those whose keys, small numbers, are the same.
struct MatchKeys {
    var left: [Int] = []
    var right: [Int] = []
    private(set) var names: [Labels] = []
    var count: Int { names.count }

    init(_ matching: Matching, _ left: [Row], _ right: [Row]) {
        var numbers: [Labels: Int] = [:]
        var names: [Labels] = []
        func key(_ row: Row) -> Int {
            let name = matching.isOn ? row.labels.keeping(matching.labels) : row.labels.removing(matching.labels + [Labels.metricName])
            if let number = numbers[name] { return number }
            numbers[name] = names.count
            names.append(name)
            return names.count - 1
        }
        self.left = left.map(key)
        self.right = right.map(key)
        self.names = names
    }
}
