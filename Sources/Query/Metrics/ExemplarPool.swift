internal import Trace

/// Spans that may become exemplars: a few of each slice of the range, chosen by trace id, so that the choice does not depend on
/// where spans lie or who looks at them first.
struct ExemplarPool {
    struct Candidate {
        var rank: UInt64
        var trace: TraceID
        var startNanos: UInt64
        var span: UInt64
        var kind: UInt8
        var series: Tally.Key
        var value: Double
        var labels: [NamedValue]
    }

    /// How many of each slice are kept: more than are shown, since a trace is shown once.
    private static let kept = 4

    let wanted: Int
    private let afterNanos: UInt64
    private let sliceNanos: UInt64
    private var slices: [[Candidate]]

    init(wanted: Int, _ intervals: Intervals) {
        self.wanted = wanted
        let count = wanted == 0 ? 0 : max(1, wanted / 2)
        afterNanos = intervals.afterNanos
        sliceNanos = count == 0 ? 1 : max(1, (intervals.throughNanos - intervals.afterNanos + UInt64(count) - 1) / UInt64(count))
        slices = Array(repeating: [], count: count)
    }

    static func rank(_ trace: TraceID) -> UInt64 { (trace.low ^ trace.high &* 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93 }

    func slice(_ start: UInt64) -> Int { min(slices.count - 1, Int((start - afterNanos - 1) / sliceNanos)) }

    /// The first start beyond a slice.
    func end(of slice: Int) -> UInt64 { afterNanos + UInt64(slice + 1) * sliceNanos + 1 }

    /// Whether a span of such a rank would be kept.
    @inline(__always) func wants(_ rank: UInt64, _ slice: Int) -> Bool {
        slices[slice].count < Self.kept || rank <= slices[slice][Self.kept - 1].rank
    }

    mutating func offer(_ candidate: Candidate, _ slice: Int) {
        if let known = slices[slice].firstIndex(where: { $0.trace == candidate.trace }) {
            let other = slices[slice][known]
            if (candidate.startNanos, candidate.span, candidate.kind) < (other.startNanos, other.span, other.kind) { slices[slice][known] = candidate }
            return
        }
        let place = slices[slice].firstIndex { $0.rank > candidate.rank } ?? slices[slice].count
        slices[slice].insert(candidate, at: place)
        if slices[slice].count > Self.kept { slices[slice].removeLast() }
    }

    mutating func merge(_ other: ExemplarPool) {
        for slice in other.slices.indices { for candidate in other.slices[slice] { offer(candidate, slice) } }
    }

    /// At most as many as wanted, two of a slice, one of a trace.
    var chosen: [Candidate] {
        var seen: Set<TraceID> = []
        var chosen: [Candidate] = []
        for slice in slices {
            var taken = 0
            for candidate in slice where taken < 2 && chosen.count < wanted && seen.insert(candidate.trace).inserted {
                chosen.append(candidate)
                taken += 1
            }
        }
        return chosen
    }
}
