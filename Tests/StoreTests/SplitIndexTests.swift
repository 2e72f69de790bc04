import Synchronization
import Testing
import Trace

@testable import Store

@Suite struct SplitIndexTests {
    /// Where each trace is, the slow and obvious way: of those in several sources.
    static func expected(_ lease: SourceLease) throws -> [TraceID: [SplitIndex.Part]] {
        var places: [TraceID: [SplitIndex.Part]] = [:]
        for source in 0..<lease.sourceCount {
            for (ordinal, id) in try lease.reader(source: source).traceIDs().enumerated() {
                places[id, default: []].append(.init(id: id, source: UInt32(source), ordinal: UInt32(ordinal)))
            }
        }
        return places.filter { $0.value.count > 1 }
    }

    static func check(_ lease: SourceLease) throws {
        let index = lease.splits(), expected = try expected(lease)
        #expect(index.isEmpty == expected.isEmpty)
        var count = 0
        for source in 0..<lease.sourceCount {
            let ordinals = index.ordinals(of: source)
            #expect(ordinals == ordinals.sorted() && ordinals.count == index.count(of: source))
            for (place, ordinal) in ordinals.enumerated() {
                let parts = Array(index.parts(of: source, at: place))
                #expect(parts == expected[parts[0].id])
                #expect(parts.contains { $0.source == source && $0.ordinal == ordinal })
                #expect(Array(index.parts(of: source, ordinal: Int(ordinal))) == parts)
                count += 1
            }
            #expect(index.parts(of: source, ordinal: 1 << 30).isEmpty)
        }
        #expect(count == expected.values.reduce(0) { $0 + $1.count })
    }

    @Test("the index follows blocks and parts as they come and go, and is what a new one would be")
    func incremental() throws {
        let fixture = try StoreFixture()
        var maker = BatchMaker(seed: 21)
        var random = SeededGenerator(4)
        try Self.check(fixture.store.sources())
        for round in 0..<24 {
            // Mostly new traces, some old ones, which may be in any block; now and then many.
            let many = round % 5 == 4
            fixture.append(maker.batch(spans: many ? 3000 : 200, traces: many ? 900 : 30 + 10 * round, newTraces: round % 4 == 0))
            if Bool.random(using: &random) { try Self.check(fixture.store.sources()) }
            if Int.random(in: 0..<3, using: &random) < 2 { fixture.cut() }
            if round % 7 == 6 {
                let blocks = fixture.store.layout.withLock { $0.blocks }
                fixture.store.remove([try #require(blocks.randomElement(using: &random))])
            }
            let lease = fixture.store.sources()
            try Self.check(lease)
            try Self.check(lease)
        }
        let last = fixture.store.sources()
        fixture.store.knownSplits.withLock { $0 = KnownSplits() }
        #expect(fixture.store.sources().splits().parts == last.splits().parts)
        fixture.close()
    }

    @Test func tracesThatFillSeveralGroups() throws {
        let fixture = try StoreFixture()
        var maker = BatchMaker(seed: 22)
        for _ in 0..<2 {
            fixture.append(maker.batch(spans: 40_000, traces: 1, newTraces: false))
            fixture.append(maker.batch(spans: 20_000, traces: 4, newTraces: false))
            fixture.cut()
        }
        let lease = fixture.store.sources()
        #expect(try lease.reader(source: 0).directory.groups.contains { $0.carried > 0 })
        try Self.check(lease)
        _ = try lease.distinctSpans()
        fixture.close()
    }

    @Test func aBlockThatCannotBeReadSplitsNothing() throws {
        let fixture = try StoreFixture()
        var maker = BatchMaker(seed: 23)
        for _ in 0..<3 {
            fixture.append(maker.batch(spans: 300, traces: 20))
            fixture.cut()
        }
        let lease = fixture.store.sources()
        try fixture.store.database.deleteBlocks([lease.blocks[1].id])
        let index = lease.splits()
        #expect((0..<3).map { index.count(of: $0) > 0 } == [true, false, true])
        #expect(index.parts(of: 0, at: 0).map(\.source) == [0, 2])
        fixture.close()
    }
}
