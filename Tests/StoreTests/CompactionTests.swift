import Foundation
import Logging
import SelfStats
import Synchronization
import Testing
import Trace

@testable import Store

@Suite struct CompactionTests {
    private typealias Blocks = [(spans: Int, hour: Double)]

    @Test("what is merged", arguments: [
        ("nothing there", [], []), ("one", [(5000, 0)], []), ("three like ones", [(5000, 0), (5000, 0), (5000, 0)], []),
        ("four like ones", [(5000, 0), (5000, 1), (5000, 2), (5000, 3)], [0, 1, 2, 3]),
        ("as many as there are", Array(repeating: (1000, 0), count: 30), Array(0..<30)), ("64 at most", Array(repeating: (1000, 0), count: 99), Array(0..<64)),
        ("no tiny one into a large one", [(90_000, 0), (1000, 1), (1000, 2)], []),
        ("small ones around a larger one", [(1000, 0), (1000, 1), (90_000, 2), (1000, 3), (1000, 4)], [0, 1, 3, 4]),
        ("two that are good together", [(60_000, 0), (55_000, 1)], [0, 1]), ("but not two that are not", [(30_000, 0), (30_000, 1)], []),
        ("good ones never", Array(repeating: (100_000, 0), count: 4), []), ("more than memory holds", Array(repeating: (99_000, 0), count: 4), [0, 1]),
        ("too far apart in time", [(5000, 0), (5000, 3), (5000, 6), (5000, 9)], []),
        ("the larger run", [(5000, 0), (5000, 1), (5000, 2), (5000, 3), (5000, 20), (5000, 21), (5000, 22), (5000, 23), (5000, 24)], [4, 5, 6, 7, 8]),
    ] as [(String, [(spans: Int, hour: Double)], [Int])])
    func policy(_ name: String, blocks: [(spans: Int, hour: Double)], merged: [Int]) {
        let policy = CompactionPolicy(retentionSeconds: 7 * 86_400)
        #expect(policy.ageRangeNanos == 6 * 3_600_000_000_000)
        let candidates = blocks.enumerated().map { Self.candidate($0, spans: $1.spans, hour: $1.hour) }
        #expect(policy.choose(candidates.shuffled()) == merged.map(Int64.init))
    }

    private static func candidate(_ id: Int, spans: Int, hour: Double = 0) -> CompactionPolicy.Candidate {
        .init(id: Int64(id), keepNanos: UInt64(hour * 3.6e12), spans: spans, traces: spans / 20, bytes: spans * 25)
    }

    @Test func largeNeighboursThatShareManyTracesAreMergedOnce() {
        let policy = CompactionPolicy(retentionSeconds: 86_400)
        var candidates = [Self.candidate(0, spans: 110_000), Self.candidate(1, spans: 105_000), Self.candidate(2, spans: 100_000)]
        candidates[1].shared = [0: 1000]
        candidates[2].shared = [1: 2000]
        #expect(policy.choose(candidates) == [1, 2])
        candidates[1].isMerged = true
        #expect(policy.choose(candidates) == [])
    }

    @Test("each span is rewritten a bounded number of times, and few small blocks are left", arguments: [500, 5000, 20_000])
    func amplification(_ spans: Int) {
        let policy = CompactionPolicy(retentionSeconds: 7 * 86_400)
        var blocks: [(candidate: CompactionPolicy.Candidate, rewrites: Int)] = []
        var written = 0, rewritten = 0, next = 0, most = 0
        for number in 0..<2_000_000 / spans {
            blocks.append((Self.candidate(next, spans: spans, hour: Double(number) / 120), 0))
            (next, written) = (next + 1, written + spans)
            while true {
                let ids = policy.choose(blocks.map(\.candidate))
                if ids.isEmpty { break }
                let old = blocks.filter { ids.contains($0.candidate.id) }
                blocks.removeAll { ids.contains($0.candidate.id) }
                let total = old.reduce(0) { $0 + $1.candidate.spans }
                var merged = Self.candidate(next, spans: total)
                merged.keepNanos = old.map(\.candidate.keepNanos).max()!
                blocks.append((merged, old.map(\.rewrites).max()! + 1))
                (next, rewritten, most) = (next + 1, rewritten + total, max(most, old.map(\.rewrites).max()! + 1))
            }
        }
        let bound = 1 + log(100_000 / Double(spans)) / log(4)
        #expect(Double(most) <= bound)
        #expect(Double(rewritten) <= bound * Double(written))
        #expect(blocks.count * spans * 4 < written, "\(blocks.count) blocks of \(written / spans) are left")
    }

    /// What a reader sees: each trace with its spans, and the list.
    private struct Answers: Equatable {
        var traces: [TraceID: [PlainSpan]] = [:]
        var list: [TraceSummary] = []

        init(_ store: Store, _ ids: Set<TraceID>) throws {
            for id in ids {
                // Spans that start at the same time may come in another order.
                traces[id] = try store.trace(id)?.batch.plain.sorted { ($0.start, $0.spanID, $0.kind) < ($1.start, $1.spanID, $1.kind) }
            }
            list = try store.recentTraces(RecentQuery(limit: 10_000)).traces.map { summary in
                var summary = summary
                // Of several earliest spans or roots that start together any may be named.
                (summary.firstName, summary.firstService, summary.rootName, summary.rootService) = ("", "", summary.rootName.map { _ in "" }, nil)
                return summary
            }
        }
    }

    @Test("answers stay the same whatever is cut, repeated, restarted and merged", arguments: 1...6 as ClosedRange<UInt64>)
    func property(_ seed: UInt64) throws {
        let fixture = try StoreFixture()
        var maker = BatchMaker(seed: seed), random = SeededGenerator(seed &* 77)
        var expected: [TraceID: [String: PlainSpan]] = [:]
        var merges = 0
        func check(_ step: String) throws {
            let answers = try Answers(fixture.store, Set(expected.keys))
            for (id, spans) in expected {
                let wanted = spans.values.sorted { ($0.start, $0.spanID, $0.kind) < ($1.start, $1.spanID, $1.kind) }
                let isSame = answers.traces[id] == wanted
                #expect(isSame, "trace \(id.hex) after \(step)")
            }
            #expect(answers.list.count == expected.count)
            #expect(answers.list.reduce(0) { $0 + $1.spans } == expected.values.reduce(0) { $0 + $1.count })
            let lease = fixture.store.sources()
            #expect(try lease.distinctSpans().count == expected.values.reduce(0) { $0 + $1.count })
            try SplitIndexTests.check(lease)
        }
        for round in 0..<30 {
            let batch = Int.random(in: 0..<5, using: &random) == 0 && !fixture.batches.isEmpty
                ? fixture.batches.randomElement(using: &random)!
                : maker.batch(spans: Int.random(in: 1...250, using: &random), traces: Int.random(in: 1...30, using: &random),
                              newTraces: Int.random(in: 0..<4, using: &random) == 0)
            fixture.append(batch)
            for span in batch.plain {
                let key = "\(span.spanID.hex) \(span.kind & 7)"
                if expected[span.traceID]?[key] == nil { expected[span.traceID, default: [:]][key] = span }
            }
            if Int.random(in: 0..<3, using: &random) > 0 { fixture.cut() }
            if Int.random(in: 0..<5, using: &random) == 0 {
                fixture.close()
                try fixture.open()
            }
            if round % 4 == 3 {
                let before = try Answers(fixture.store, Set(expected.keys)), lease = fixture.store.sources()
                let spans = try lease.distinctSpans()
                while fixture.store.compact() { merges += 1 }
                let isSame = try Answers(fixture.store, Set(expected.keys)) == before
                #expect(isSame, "round \(round)")
                #expect(try lease.distinctSpans() == spans, "whoever reads goes on")
                try check("round \(round)")
            }
        }
        #expect(merges > 1)
        #expect(fixture.store.counters.damagedReads.value == 0)
        fixture.close()
        try fixture.open()
        try check("the last restart")
        fixture.close()
    }

    /// A store with `blocks` small blocks that share traces.
    private func small(_ blocks: Int) throws -> (fixture: StoreFixture, spans: Set<String>) {
        let fixture = try StoreFixture()
        var maker = BatchMaker(seed: 55)
        for _ in 0..<blocks {
            fixture.append(maker.batch(spans: 400, traces: 50))
            fixture.cut()
        }
        return (fixture, try fixture.store.sources().distinctSpans())
    }

    @Test("a crash leaves each span once", arguments: ["before the commit", "after the commit", "after the deletion"])
    func crash(_ place: String) throws {
        let (fixture, spans) = try small(5)
        let lease = fixture.store.sources()
        func crashed() throws -> (store: Store, directory: String) {
            let copy = NSTemporaryDirectory() + "loupe-store-\(UUID().uuidString)"
            shell("cp -r \(fixture.directory) \(copy); rm -f \(copy)/loupe.db-shm \(copy)/lock")
            var configuration = fixture.configuration
            configuration.directory = copy
            return (try Store.open(configuration, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { _ in SpanBatch() }.store, copy)
        }
        // The checkpointer must not copy pages while the files are being copied.
        usleep(600_000)
        if place != "before the commit" { #expect(fixture.store.compact()) }
        if place == "after the deletion" { fixture.store.database.checkpointer.close() }
        usleep(600_000)
        let (store, directory) = try crashed()
        #expect(store.status.blocks == (place == "before the commit" ? 5 : 1))
        #expect(try store.sources().distinctSpans() == spans)
        for block in lease.blocks {
            let size = try store.database.withReader { reader throws in try reader.size(block: block.id, column: 0) }
            #expect((size == nil) == (place != "before the commit"), "what was replaced is deleted at the start")
        }
        store.close()
        try FileManager.default.removeItem(atPath: directory)
        #expect(try lease.distinctSpans() == spans)
        if place != "after the deletion" { fixture.close() }
    }

    @Test func aDamagedBlockIsLeftAloneAndNamed() throws {
        let (fixture, _) = try small(6)
        let victim = fixture.store.layout.withLock { $0.blocks[2] }
        fixture.close()
        // A byte of its trace ids: the check sum tells.
        shell("""
            sqlite3 \(fixture.directory)/loupe.db \
            "UPDATE chunk SET data = substr(data, 1, 30) || x'00' || substr(data, 32) WHERE id = \(victim.id << 12 + 1)"
            """)
        try fixture.open()
        while fixture.store.compact() {}
        let ids = fixture.store.layout.withLock { $0.blocks.map(\.id) }
        #expect(ids.count == 2 && ids.contains(victim.id))
        #expect(fixture.store.counters.compactionFailures.value == 1)
        #expect(fixture.store.counters.damagedReads.value > 0)
        #expect(fixture.store.status.damagedBlocks == 1)
        fixture.close()
    }

    @Test func theBlockThreadMergesOnItsOwn() throws {
        let fixture = try StoreFixture(compacts: true)
        var maker = BatchMaker(seed: 56)
        for _ in 0..<8 {
            fixture.append(maker.batch(spans: 400, traces: 50))
            fixture.cut()
        }
        for _ in 0..<100 where fixture.store.status.blocks > 4 { usleep(100_000) }
        #expect(fixture.store.status.blocks <= 4)
        let counters = fixture.store.counters
        #expect(counters.compactions.value >= 1 && counters.compactedBlocks.value >= 4 && counters.compactedSpans.value >= 1600)
        #expect(counters.compactionBytes.value < counters.compactedBytes.value)
        _ = try fixture.store.sources().distinctSpans()
        fixture.close()
    }
}
