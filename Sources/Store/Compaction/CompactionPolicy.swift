/// Which blocks to merge next. A plain rule over numbers.
///
/// Small blocks are dear to write, to keep (twice the bytes of large ones) and to query. Merging is size-tiered: blocks are merged
/// when together they are four times as large as the largest of them, or half as large again and then large enough for good. So a
/// span is rewritten at most 1 + log4(100,000 / spans of its first block) times, and never once its block is large.
/// Large neighbours are merged when they share many traces, and what comes of it is not merged again.
struct CompactionPolicy: Sendable, Equatable {
    /// A block of this many spans, or bytes, is good as it is.
    var goodSpans = 100_000, goodBytes = 4 << 20
    /// A merge takes at most this many blocks and spans, and about as much memory.
    var blockLimit = 64, spanLimit = 500_000, memoryBytes = 64 << 20
    /// How far apart the ages of merged blocks may be, so that retention keeps no span much longer than it should.
    var ageRangeNanos: UInt64

    init(retentionSeconds: Int) { ageRangeNanos = UInt64(min(6 * 3600, retentionSeconds / 24)) * 1_000_000_000 }

    /// What the policy needs to know of a block.
    struct Candidate: Sendable, Equatable {
        var id: Int64
        var keepNanos: UInt64
        var spans: Int
        var traces: Int
        var bytes: Int
        /// How many of its traces are in each older block too.
        var shared: [Int64: Int] = [:]
        /// Came of a merge.
        var isMerged = false
    }

    /// The ids of the blocks to merge; empty when all is well.
    func choose(_ candidates: [Candidate]) -> [Int64] {
        let byAge = candidates.sorted { $0.keepNanos != $1.keepNanos ? $0.keepNanos < $1.keepNanos : $0.id < $1.id }
        let small = byAge.filter { $0.spans < goodSpans && $0.bytes < goodBytes }
        var tier = 1_000
        while true {
            // Tier by tier, so that a larger block between small ones does not keep them apart.
            let run = largestRun(small.filter { $0.spans <= tier })
            if !run.isEmpty { return run.map(\.id) }
            if tier >= goodSpans { return sharingPair(byAge) }
            tier = min(tier * 4, goodSpans)
        }
    }

    private func largestRun(_ blocks: [Candidate]) -> ArraySlice<Candidate> {
        var best = blocks[0..<0]
        for start in blocks.indices {
            var spans = 0, bytes = 0, largest = 0
            for end in start..<min(blocks.count, start + blockLimit) {
                spans += blocks[end].spans
                bytes += blocks[end].bytes
                largest = max(largest, blocks[end].spans)
                guard fits(spans: spans, bytes: bytes, blocks[start], blocks[end]) else { break }
                let isWorthIt = spans >= 4 * largest || (spans >= goodSpans && spans * 2 >= largest * 3)
                if isWorthIt, end - start >= best.count { best = blocks[start...end] }
            }
        }
        return best
    }

    private func sharingPair(_ blocks: [Candidate]) -> [Int64] {
        for (older, newer) in zip(blocks, blocks.dropFirst()) where !older.isMerged && !newer.isMerged {
            let spans = older.spans + newer.spans
            guard fits(spans: spans, bytes: older.bytes + newer.bytes, older, newer), spans * 2 >= max(older.spans, newer.spans) * 3 else { continue }
            let shared = newer.shared[older.id] ?? older.shared[newer.id] ?? 0
            if shared > 0, shared * 4 >= min(older.traces, newer.traces) { return [older.id, newer.id] }
        }
        return []
    }

    private func fits(spans: Int, bytes: Int, _ oldest: Candidate, _ newest: Candidate) -> Bool {
        // Staged, a span takes 64 bytes and its values; texts are a few times as large as they are deflated.
        spans <= spanLimit && spans * 130 + bytes * 6 <= memoryBytes && newest.keepNanos - oldest.keepNanos <= ageRangeNanos
    }
}
