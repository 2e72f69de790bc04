/// A bucket of a histogram: how many observations are not above `bound`.
struct Bucket {
    var bound: Double
    var count: Double
}

/// The value below which the share `quantile` of the observations lies, linear within a bucket. (promql.md §8.3)
///
/// - Parameter buckets: in any order; of one histogram.
/// - Returns: the value, and whether counts had to be raised because they fell from one bucket to the next.
func histogramQuantile(_ quantile: Double, _ buckets: [Bucket]) -> (value: Double, wasRepaired: Bool) {
    if quantile.isNaN { return (.nan, false) }
    if quantile < 0 { return (-.infinity, false) }
    if quantile > 1 { return (.infinity, false) }
    let sorted = buckets.sorted { $0.bound < $1.bound }
    guard sorted.last?.bound == .infinity else { return (.nan, false) }
    var merged: [Bucket] = []
    for bucket in sorted {
        if merged.last?.bound == bucket.bound { merged[merged.count - 1].count += bucket.count } else { merged.append(bucket) }
    }
    let wasRepaired = makeMonotonic(&merged)
    let last = merged.count - 1
    guard last > 0, merged[last].count != 0 else { return (.nan, wasRepaired) }
    let rank = quantile * merged[last].count
    let place = merged[..<last].firstIndex { $0.count >= rank } ?? last
    if place == last { return (merged[last - 1].bound, wasRepaired) }
    let bucket = merged[place]
    if place == 0 {
        if bucket.bound <= 0 { return (bucket.bound, wasRepaired) }
        return (bucket.bound * (rank / bucket.count), wasRepaired)
    }
    let before = merged[place - 1]
    return (before.bound + (bucket.bound - before.bound) * ((rank - before.count) / (bucket.count - before.count)), wasRepaired)
}

/// What rates lose in the last digits is no fall.
private let tolerance = 1e-12

private func makeMonotonic(_ buckets: inout [Bucket]) -> Bool {
    var wasRepaired = false
    for index in buckets.indices.dropFirst() {
        let before = buckets[index - 1].count, count = buckets[index].count
        if count == before { continue }
        if (count - before).magnitude <= tolerance * (count.magnitude + before.magnitude) {
            buckets[index].count = before
        } else if count < before {
            buckets[index].count = before
            wasRepaired = true
        }
    }
    return wasRepaired
}
