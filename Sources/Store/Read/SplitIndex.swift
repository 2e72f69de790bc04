package import Trace

/// Which traces of a lease's sources have spans in more than one of them, and where. A value; the same for the lease's whole life.
///
/// Sources are numbered as in `SourceLease.reader(source:)`: `blocks` first, then `memory`. Traces are numbered by their place in
/// the source's own order, which is that of their ids: the first trace of group g has number `directory.groups[g].firstTrace`.
package struct SplitIndex: Sendable {
    /// The spans of a split trace in one source.
    package struct Part: Equatable, BitwiseCopyable, Sendable {
        package var id: TraceID
        package var source: UInt32
        package var ordinal: UInt32

        static func precedes(_ a: Part, _ b: Part) -> Bool { a.id != b.id ? a.id < b.id : a.source < b.source }
    }

    /// By trace id, then source; every trace has two at least.
    let parts: [Part]
    /// Of each source, by ordinal: which trace is split, and where its parts begin and end in `parts`.
    private let splits: [ContiguousArray<Split>]

    private struct Split: BitwiseCopyable {
        var ordinal: UInt32
        var first: UInt32
        var end: UInt32
    }

    /// - Parameter parts: of any traces, in any order; traces with one part are left out.
    init(_ parts: [Part], sources: Int) {
        var sorted = parts
        sorted.sort(by: Part.precedes)
        var kept: [Part] = []
        kept.reserveCapacity(sorted.count)
        var splits = [ContiguousArray<Split>](repeating: [], count: sources)
        var start = 0
        while start < sorted.count {
            var end = start
            let first = kept.count
            while end < sorted.count, sorted[end].id == sorted[start].id {
                if kept.count == first || kept[kept.count - 1].source != sorted[end].source { kept.append(sorted[end]) }
                end += 1
            }
            if kept.count - first == 1 { kept.removeLast() }
            for part in kept[first...] {
                splits[Int(part.source)].append(Split(ordinal: part.ordinal, first: UInt32(first), end: UInt32(kept.count)))
            }
            start = end
        }
        self.parts = kept
        self.splits = splits
    }

    /// Whether no trace at all is split.
    package var isEmpty: Bool { parts.isEmpty }

    /// How many traces of `source` are split.
    package func count(of source: Int) -> Int { splits[source].count }

    /// The split traces of `source`, in order.
    package func ordinals(of source: Int) -> [UInt32] { splits[source].map(\.ordinal) }

    /// All parts of the split trace at `index` of `ordinals(of: source)`, by source; the one in `source` is among them.
    package func parts(of source: Int, at index: Int) -> ArraySlice<Part> {
        let split = splits[source][index]
        return parts[Int(split.first)..<Int(split.end)]
    }

    /// All parts of trace `ordinal` of `source`; empty when it is not split.
    package func parts(of source: Int, ordinal: Int) -> ArraySlice<Part> {
        let list = splits[source]
        var low = 0, high = list.count
        while low < high {
            let middle = (low + high) / 2
            if Int(list[middle].ordinal) < ordinal { low = middle + 1 } else { high = middle }
        }
        guard low < list.count, Int(list[low].ordinal) == ordinal else { return [] }
        return parts(of: source, at: low)
    }
}
