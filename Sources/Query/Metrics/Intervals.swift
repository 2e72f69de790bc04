/// The samples of a metrics query: one at each step, for the spans that start after the sample before it and not later than it.
struct Intervals: Sendable {
    /// Spans that start at or before it belong to no sample.
    let afterNanos: UInt64
    /// The last that belongs.
    let throughNanos: UInt64
    let stepNanos: UInt64
    let count: Int
    let isInstant: Bool

    init(_ request: MetricsRequest) {
        throughNanos = request.endNanos
        if let step = request.stepNanos, step > 0 {
            stepNanos = step
            count = Int((request.endNanos - request.startNanos) / step)
            afterNanos = request.endNanos - UInt64(count) * step
            isInstant = false
        } else {
            // One value over the range with both its ends.
            stepNanos = max(1, request.endNanos - request.startNanos)
            afterNanos = request.startNanos == 0 ? 0 : request.startNanos - 1
            count = 1
            isInstant = true
        }
    }

    var seconds: Double { Double(stepNanos) / 1e9 }
    var times: [UInt64] { (0..<count).map { throughNanos - UInt64(count - 1 - $0) * stepNanos } }

    func touches(minNanos: UInt64, maxNanos: UInt64) -> Bool { count > 0 && maxNanos > afterNanos && minNanos <= throughNanos }

    /// Finds the sample of one start after the other, most of which fall where the last did.
    struct Cursor {
        private let intervals: Intervals
        private var low: UInt64 = 1
        private var high: UInt64 = 0
        private var index = 0

        init(_ intervals: Intervals) { self.intervals = intervals }

        /// -1 for none.
        @inline(__always) mutating func sample(_ start: UInt64) -> Int {
            if start >= low, start <= high { return index }
            return find(start)
        }

        private mutating func find(_ start: UInt64) -> Int {
            guard start > intervals.afterNanos, start <= intervals.throughNanos else { return -1 }
            index = intervals.isInstant ? 0 : Int((start - intervals.afterNanos - 1) / intervals.stepNanos)
            low = intervals.afterNanos + UInt64(index) * intervals.stepNanos + 1
            high = intervals.isInstant ? intervals.throughNanos : low + intervals.stepNanos - 1
            return index
        }
    }
}
