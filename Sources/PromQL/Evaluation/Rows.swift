/// The times that an expression is evaluated at: `start`, `start + step`, … In milliseconds since 1970.
struct Grid {
    var startMillis: Int64
    var stepMillis: Int64
    var count: Int

    func time(_ step: Int) -> Int64 { startMillis + Int64(step) * stepMillis }
}

/// One series of an instant vector over a grid: a value for each step, or the stale marker where it has none.
struct Row {
    var labels: Labels
    var values: [Double]

    var isEmpty: Bool { values.allSatisfy(Series.isStaleMarker) }
}

/// No value: what stands in a row for a step at which the series is absent.
let absent = Series.staleMarker

extension Double {
    /// The stale marker is no value.
    var isPresent: Bool { !Series.isStaleMarker(self) }
}

/// How far two series of equal labels are in each other's way.
enum Collisions {
    /// They are one series unless both have a value at one step.
    case perStep
    /// They may not be two, wherever their values lie.
    case wholeQuery
}

/// `rows` with each label set once. Rows without any value are left out.
func combined(_ rows: [Row], _ collisions: Collisions) throws(EvaluationError) -> [Row] {
    var combined: [Row] = []
    combined.reserveCapacity(rows.count)
    var places: [Labels: Int] = [:]
    for row in rows where !row.isEmpty {
        guard let place = places[row.labels] else {
            places[row.labels] = combined.count
            combined.append(row)
            continue
        }
        for (step, value) in row.values.enumerated() where value.isPresent {
            guard collisions == .perStep, !combined[place].values[step].isPresent else { throw .sameLabels }
            combined[place].values[step] = value
        }
    }
    return combined
}

extension EvaluationError {
    static let sameLabels = EvaluationError.execution("vector cannot contain metrics with the same labelset")
}
