// Of values without markers, at least one of them.

/// With the rounding errors added up apart (Neumaier), as Prometheus does.
func total(_ values: Span<Double>) -> Double {
    var sum = 0.0, error = 0.0
    for index in values.indices { add(values[index], &sum, &error) }
    return sum.isInfinite ? sum : sum + error
}

private func add(_ value: Double, _ sum: inout Double, _ error: inout Double) {
    let next = sum + value
    if next.isInfinite {
        error = 0
    } else if sum.magnitude >= value.magnitude {
        error += (sum - next) + value
    } else {
        error += (value - next) + sum
    }
    sum = next
}

/// The mean, also where the sum is too large for a double.
func average(_ values: Span<Double>) -> Double {
    let count = Double(values.count)
    let sum = total(values)
    guard sum.isInfinite else { return sum / count }
    for index in values.indices where !values[index].isFinite { return sum }
    var mean = 0.0, error = 0.0
    for index in values.indices { add(values[index] / count, &mean, &error) }
    return mean + error
}

/// NaN only when all are.
func least(_ values: Span<Double>) -> Double {
    var least = values[0]
    for index in values.indices where values[index] < least || least.isNaN { least = values[index] }
    return least
}

/// NaN only when all are.
func greatest(_ values: Span<Double>) -> Double {
    var greatest = values[0]
    for index in values.indices where values[index] > greatest || greatest.isNaN { greatest = values[index] }
    return greatest
}

/// Of the whole population.
func variance(_ values: Span<Double>) -> Double {
    let mean = average(values)
    var sum = 0.0, error = 0.0
    for index in values.indices {
        let distance = values[index] - mean
        add(distance * distance, &sum, &error)
    }
    return (sum + error) / Double(values.count)
}

/// Linear between neighbours; NaN counts as the least value. (promql.md §8.4)
func value(atQuantile quantile: Double, _ values: Span<Double>) -> Double {
    if quantile.isNaN { return .nan }
    if quantile < 0 { return -.infinity }
    if quantile > 1 { return .infinity }
    var sorted: [Double] = []
    sorted.reserveCapacity(values.count)
    for index in values.indices { sorted.append(values[index]) }
    sorted.sort { left, right in left.isNaN ? !right.isNaN : left < right }
    let rank = quantile * Double(sorted.count - 1)
    let lower = min(max(0, Int(rank)), sorted.count - 1)
    let upper = min(lower + 1, sorted.count - 1)
    let weight = rank - rank.rounded(.down)
    return sorted[lower] * (1 - weight) + sorted[upper] * weight
}
