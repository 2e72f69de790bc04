/// Where a window of samples ends, and how long it is.
struct WindowEnd {
    var endMillis: Int64
    var rangeMillis: Int64
    /// Of the step that is evaluated; not `endMillis` when there is an offset.
    var timeMillis: Int64
    var step: Int
}

/// The increase over a window, extrapolated to its ends as far as the distance of samples allows, and for counters never below
/// zero. Needs two samples. Method: promql.md §8.1, which is that of Prometheus since 2.51.
///
/// - Parameter isCounter: a fall is a reset: the counter began again at zero.
func increase(_ times: Span<Int64>, _ values: Span<Double>, _ window: WindowEnd, isCounter: Bool) -> Double {
    let last = values.count - 1
    guard last > 0 else { return absent }
    var rise = values[last] - values[0]
    if isCounter {
        for index in 1...last where values[index] < values[index - 1] { rise += values[index - 1] }
    }
    let span = Double(times[last] - times[0]) / 1_000
    let average = span / Double(last)
    let limit = average * 1.1
    var before = Double(times[0] - (window.endMillis - window.rangeMillis)) / 1_000
    var after = Double(window.endMillis - times[last]) / 1_000
    if before >= limit { before = average / 2 }
    if isCounter, rise > 0, values[0] >= 0 { before = min(before, span * (values[0] / rise)) }
    if after >= limit { after = average / 2 }
    return rise * ((span + before + after) / span)
}

/// `irate` and `idelta`: from the last two samples alone.
func lastStep(_ times: Span<Int64>, _ values: Span<Double>, isRate: Bool) -> Double {
    let last = values.count - 1
    guard last > 0 else { return absent }
    guard isRate else { return values[last] - values[last - 1] }
    let rise = values[last] < values[last - 1] ? values[last] : values[last] - values[last - 1]
    return rise / (Double(times[last] - times[last - 1]) / 1_000)
}

func resets(_ values: Span<Double>) -> Double {
    var count = 0
    for index in 1..<max(1, values.count) where values[index] < values[index - 1] { count += 1 }
    return Double(count)
}

/// From NaN to NaN nothing changes.
func changes(_ values: Span<Double>) -> Double {
    var count = 0
    for index in 1..<max(1, values.count) where values[index] != values[index - 1] && !(values[index].isNaN && values[index - 1].isNaN) {
        count += 1
    }
    return Double(count)
}

/// The line through the samples by least squares: its value at `atMillis`, and its slope per second. Nil for less than two samples.
func line(_ times: Span<Int64>, _ values: Span<Double>, atMillis: Int64) -> (value: Double, slope: Double)? {
    guard values.count > 1 else { return nil }
    var isConstant = true
    for index in 1..<values.count where values[index] != values[0] { isConstant = false }
    if isConstant { return values[0].isInfinite ? (.nan, .nan) : (values[0], 0) }
    var x = 0.0, y = 0.0, xy = 0.0, xx = 0.0
    for index in values.indices {
        let seconds = Double(times[index] - atMillis) / 1_000
        x += seconds
        y += values[index]
        xy += seconds * values[index]
        xx += seconds * seconds
    }
    let count = Double(values.count)
    let slope = (xy - x * y / count) / (xx - x * x / count)
    return (y / count - slope * x / count, slope)
}
