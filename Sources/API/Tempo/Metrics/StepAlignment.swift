/// The times of a range query, as Tempo chooses and aligns them. All in nanoseconds. (tempo-api.md §7.1, §7.2)
struct AlignedRange: Equatable {
    var startNanos: UInt64
    var endNanos: UInt64
    var stepNanos: UInt64

    /// The range from the multiple of the step at or before `start` to the one at or after `end`, with one step more in front,
    /// because a sample covers the step before it.
    ///
    /// Tempo leaves out a step that is not over. Here it counts what has come so far: a span is in the metrics as soon as it is
    /// acknowledged, and a comparison over one step as long as the range misses nothing.
    init(start: UInt64, end: UInt64, step: UInt64) {
        stepNanos = step
        let floor = start - start % step
        startNanos = floor - min(floor, step)
        endNanos = end % step == 0 ? end : end - end % step + step
    }

    /// About 240 samples, each over a step that reads well.
    static func automaticStep(start: UInt64, end: UInt64) -> UInt64 {
        let second: UInt64 = 1_000_000_000
        let wanted = (end - start) / 240
        if end - start < 60 * second { return max(50_000_000, wanted - wanted % 50_000_000) }
        let unit = [3_600, 300, 60, 15, 5, 1].map { $0 * second }.first { $0 < wanted } ?? second
        return max(second, wanted - wanted % unit)
    }
}
