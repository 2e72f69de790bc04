import Foundation
import SelfStats
import Synchronization
import Testing
import Trace

@testable import Store

extension BlockReader {
    /// Trace, span id and kind of each row.
    func spanKeys() throws -> [(trace: TraceID, span: SpanKey)] {
        try read { access throws in
            var walk = TraceWalk(access)
            var keys: [(TraceID, SpanKey)] = []
            for id in try traceIDs() {
                let found = try #require(try walk.find(id))
                keys += zip(try walk.spanIDs(of: found), try walk.kinds(of: found)).map { (id, SpanKey(id: $0, kind: $1)) }
            }
            return keys
        }
    }

    func traceIDs() throws -> [TraceID] {
        try read { access throws in
            try directory.groups.indices.flatMap { group in
                let count = directory.traces(of: group).count
                return try access.ids(.traceID, group: group, count: count, width: 16).withUnsafeBytes { bytes in
                    (0..<count).map { TraceID(wire: bytes.baseAddress! + $0 * 16) }
                }
            }
        }
    }
}

extension SourceLease {
    func readers() throws -> [BlockReader] { try blocks.map(reader) + memory }

    /// Every span of every source; fails when one is there twice.
    func distinctSpans() throws -> Set<String> {
        var all: Set<String> = []
        for reader in try readers() {
            let keys = try reader.spanKeys()
            #expect(keys.count == reader.directory.spans)
            for key in keys {
                let isNew = all.insert("\(key.trace.hex) \(key.span.id) \(key.span.kind)").inserted
                #expect(isNew, "a span is twice in the sources")
            }
        }
        return all
    }
}

extension SpanBatch {
    var spanNames: Set<String> { Set(spans.map { "\($0.traceID.hex) \($0.spanID.bits) \(UInt8(truncatingIfNeeded: $0.kind) & 7)" }) }
}

@Suite struct SourceTests {
    @Test("a retry is left out, wherever its first attempt is", arguments: [
        "in the same part", "in an older part", "in a sealed head", "in a block", "in a block before a restart", "in part",
    ])
    func retries(_ place: String) throws {
        let fixture = try StoreFixture()
        var maker = BatchMaker(seed: 12)
        let first = maker.batch(spans: 900, traces: 60), other = maker.batch(spans: 400, traces: 60)
        fixture.append(first)
        var retry = first
        switch place {
        case "in an older part":
            _ = fixture.store.sources()
            fixture.append(maker.batch(spans: 40, traces: 60))
        case "in a sealed head":
            fixture.store.layout.withLock { layout in
                layout.sealed.append(.init(head: layout.active, done: layout.reached))
                layout.active = Head(firstSequence: 2)
            }
        case "in a block": fixture.cut()
        case "in a block before a restart":
            fixture.cut()
            fixture.close()
            try fixture.open()
        case "in part":
            fixture.cut()
            retry.spans.append(contentsOf: maker.batch(spans: 1, traces: 60).spans.map { span in
                var span = SpanRecord()
                span.traceID = first.spans[0].traceID
                span.spanID = SpanID(bits: 4)
                return span
            })
        default: break
        }
        let known = try fixture.store.sources().distinctSpans()
        fixture.append(other)
        fixture.append(retry)
        let expected = known.union(other.spanNames).union(retry.spanNames)
        for step in ["in memory", "in blocks", "after a restart"] {
            #expect(try fixture.store.sources().distinctSpans() == expected, "\(step)")
            if step == "in memory" { fixture.cut() }
            if step == "in blocks" {
                if place != "in a sealed head" { #expect(fixture.store.counters.duplicateSpans.value == 900) }
                fixture.close()
                try fixture.open()
            }
        }
        fixture.close()
    }

    @Test func aHeadOfNothingButRetriesIsNoBlock() throws {
        let fixture = try StoreFixture()
        var maker = BatchMaker(seed: 13)
        let batch = maker.batch(spans: 300, traces: 9)
        fixture.append(batch)
        fixture.cut()
        fixture.append(batch)
        fixture.cut()
        #expect(fixture.store.status.blocks == 1)
        fixture.close()
        #expect(try fixture.open().spans == 0, "the journal is done up to there")
        #expect(try fixture.store.sources().distinctSpans() == batch.spanNames)
        fixture.close()
    }

    @Test func parentsOfTheLeftOutAreForeign() throws {
        let fixture = try StoreFixture()
        var maker = BatchMaker(seed: 14)
        let batch = maker.batch(spans: 500, traces: 3)
        var half = batch
        half.spans.removeSubrange(200...)
        fixture.append(half)
        fixture.cut()
        fixture.append(batch)
        fixture.cut()
        for id in Set(batch.spans.map(\.traceID)) {
            let found = try #require(try fixture.store.trace(id)).batch
            let expected = Dictionary(grouping: batch.plain.filter { $0.traceID == id }, by: \.spanID)
            #expect(found.spans.count == expected.count)
            for span in found.plain { #expect(span == expected[span.spanID]?.first) }
        }
        fixture.close()
    }

    @Test func leasedBlocksStayUntilTheLeaseEnds() throws {
        let fixture = try StoreFixture()
        var maker = BatchMaker(seed: 15)
        var names: Set<String> = []
        for _ in 0..<3 {
            let batch = maker.batch(spans: 500, traces: 20, newTraces: true)
            names.formUnion(batch.spanNames)
            fixture.append(batch)
            fixture.cut()
        }
        var lease: SourceLease? = fixture.store.sources()
        let late = fixture.store.layout.withLock { layout in layout.blocks.prefix(2) }
        fixture.store.remove(Array(late))
        var later: SourceLease? = fixture.store.sources()
        fixture.store.deleteUnread()
        #expect(try lease?.distinctSpans() == names)
        #expect(later?.blocks.count == 1)
        lease = nil
        fixture.store.deleteUnread()
        #expect(try fixture.store.database.withReader { reader throws in try reader.size(block: late[0].id, column: 0) } == nil)
        #expect(try later?.distinctSpans().count == 500)
        later = nil
        fixture.close()
    }

    @Test("a block that left is deleted when", arguments: [
        (name: "nobody reads", before: 0, after: 0, seconds: 0, deleted: true), ("only newer leases are open", 0, 2, 0, true),
        ("an older lease is open", 1, 0, 59, false), ("two are", 2, 1, 0, false), ("an older lease hangs", 1, 1, 60, true),
    ] as [(name: String, before: Int, after: Int, seconds: UInt64, deleted: Bool)])
    func leaseBook(_ row: (name: String, before: Int, after: Int, seconds: UInt64, deleted: Bool)) {
        var book = LeaseBook()
        let ended = book.begin()
        let before = (0..<row.before).map { _ in book.begin() }
        let block = StoredBlock(DatabaseTests.row(7, bytes: 50))
        book.retire([block], nowNanos: 1000)
        book.end(ended)
        let after = (0..<row.after).map { _ in book.begin() }
        let now = 1000 + row.seconds * 1_000_000_000
        #expect(book.unread(nowNanos: now) == (row.deleted ? [block.id] : []))
        #expect(book.retiredBytes == 50)
        for epoch in before { book.end(epoch) }
        #expect(book.unread(nowNanos: 1000) == [block.id])
        for epoch in after { book.end(epoch) }
        book.forget([block.id])
        #expect(book.retiredBytes == 0 && book.unread(nowNanos: now) == [])
    }
}
