import Foundation
import Logging
import SelfStats
import Synchronization
import Testing
import Trace

@testable import Store

/// A store in a folder of its own whose journal holds numbers of batches that the test keeps.
final class StoreFixture {
    let directory = NSTemporaryDirectory() + "loupe-store-\(UUID().uuidString)"
    private(set) var batches: [SpanBatch] = []
    var configuration: StoreConfiguration
    private(set) var store: Store!

    init(compacts: Bool = false) throws {
        configuration = StoreConfiguration(directory: directory)
        configuration.fsync = false
        configuration.compacts = compacts
        configuration.retentionSeconds = 20 * 365 * 86_400       // BatchMaker's spans are of 2023
        try open()
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    @discardableResult func open() throws -> RecoveryReport {
        let batches = batches
        let opened = try Store.open(configuration, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { entry in
            batches[Int(entry.body.loadUnaligned(as: UInt32.self))]
        }
        store = opened.store
        return opened.recovery
    }

    func close() {
        store.close()
        store = nil
    }

    @discardableResult func append(_ batch: SpanBatch) -> AppendResult {
        batches.append(batch)
        let body = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 4)
        body.storeBytes(of: UInt32(batches.count - 1), as: UInt32.self)
        let done = DispatchSemaphore(value: 0)
        let result = Mutex<AppendResult?>(nil)
        store.append(batch, entry: JournalEntry(
            body: UnsafeRawBufferPointer(body), owner: Keeper(body), format: .protobuf, compression: .identity, receivedNanos: nowNanos())) { outcome in
            result.withLock { $0 = outcome }
            done.signal()
        }
        done.wait()
        return result.withLock { $0! }
    }

    /// Makes a block of what is in memory, as the head thread does when it is due.
    func cut() {
        while !store.layout.withLock({ $0.sealed.isEmpty }) { usleep(1000) }
        store.seal()
        while !store.layout.withLock({ $0.sealed.isEmpty }) { usleep(1000) }
    }

    private final class Keeper: @unchecked Sendable {
        let body: UnsafeMutableRawBufferPointer
        init(_ body: UnsafeMutableRawBufferPointer) { self.body = body }
        deinit { body.deallocate() }
    }
}

@Suite struct StoreTests {
    @Test func aTraceIsWholeOverMemoryAndBlocksAndRestarts() throws {
        let fixture = try StoreFixture()
        var maker = BatchMaker(seed: 31)
        var expected: [TraceID: Set<SpanID>] = [:]
        for round in 0..<6 {
            let batch = maker.batch(spans: 500, traces: 40)
            for span in batch.spans { expected[span.traceID, default: []].insert(span.spanID) }
            #expect(fixture.append(batch) == .stored)
            if round == 1 || round == 3 { fixture.cut() }
            if round == 2 {
                fixture.close()
                #expect(try fixture.open().spans == 500)
            }
            let id = batch.spans[0].traceID
            let trace = try #require(try fixture.store.trace(id))
            #expect(Set(trace.batch.spans.map(\.spanID)) == expected[id])
        }
        fixture.append(fixture.batches[2])                     // an exporter's retry
        for (id, spans) in expected {
            let trace = try #require(try fixture.store.trace(id))
            #expect(trace.batch.spans.count == spans.count)
            #expect(trace.batch.spans.map(\.startNanos) == trace.batch.spans.map(\.startNanos).sorted())
        }
        #expect(try fixture.store.trace(TraceID(high: 1, low: 1)) == nil)
        #expect(fixture.store.status.blocks == 2)
        fixture.close()
    }

    @Test("pages of recent traces show each once, newest first, with sums over all parts", arguments: [
        (service: nil, text: nil, errors: false), ("cart", nil, false), (nil, "GET /CART", false), (nil, nil, true),
    ] as [(service: String?, text: String?, errors: Bool)])
    func recent(_ filter: (service: String?, text: String?, errors: Bool)) throws {
        let fixture = try StoreFixture()
        var maker = BatchMaker(seed: 77)
        var spans: [TraceID: [PlainSpan]] = [:]
        for round in 0..<7 {
            maker.baseNanos += 20_000_000_000
            let batch = maker.batch(spans: 300, traces: 30 + 10 * round, newTraces: round % 2 == 0)
            for span in batch.plain { spans[span.traceID, default: []].append(span) }
            fixture.append(batch)
            if round % 3 == 1 { fixture.cut() }
            if round == 4 { fixture.append(batch) }
        }
        let web = BatchMaker.resource("cart")
        let matching = spans.filter { _, spans in
            (filter.service == nil || spans.contains { $0.resource == web }) && (!filter.errors || spans.contains { $0.status == 2 })
        }
        let order = matching.keys.sorted {
            let a = spans[$0]!.map(\.start).min()!, b = spans[$1]!.map(\.start).min()!
            return a != b ? a > b : $0 > $1
        }
        var listed: [TraceSummary] = []
        var query = RecentQuery(limit: 17)
        query.service = filter.service
        query.text = filter.text
        query.errorsOnly = filter.errors
        while true {
            let page = try fixture.store.recentTraces(query)
            listed += page.traces
            query.asOf = page.asOf
            guard page.more, let last = page.traces.last else { break }
            query.before = (last.startNanos, last.id)
        }
        #expect(Set(listed.map(\.id)).count == listed.count)
        if filter.text == nil {
            let ids = listed.map(\.id)
            let isSame = ids == order
            #expect(isSame, "\(ids.count) listed, \(order.count) expected, first difference at \(zip(ids, order).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? -1)")
        } else {
            #expect(!listed.isEmpty)
        }
        for trace in listed {
            let all = spans[trace.id]!
            #expect(trace.spans == all.count)
            #expect(trace.errors == all.filter { $0.status == 2 }.count)
            #expect(trace.startNanos == all.map(\.start).min())
            #expect(trace.endNanos == all.map { max($0.start, $0.end) }.max())
            #expect((trace.rootName == nil) == !all.contains { $0.parentID.isZero })
            #expect(trace.services.reduce(0) { $0 + $1.spans } == all.count)
            if let text = filter.text {
                let words = [trace.rootName ?? "", trace.firstName] + trace.services.map(\.service.name)
                #expect(words.contains { $0.lowercased().contains(text.lowercased()) })
            }
        }
        fixture.close()
    }

    @Test func retentionRemovesWholeBlocksByAgeAndBySize() throws {
        let fixture = try StoreFixture()
        var maker = BatchMaker(seed: 5)
        maker.baseNanos = nowNanos() - 3600 * 1_000_000_000
        maker.hasUnknownStarts = false
        for _ in 0..<3 {
            fixture.append(maker.batch(spans: 4000, traces: 100, newTraces: true))
            fixture.cut()
        }
        fixture.close()
        fixture.configuration.maxDiskBytes = fixture.diskBytes * 2 / 3
        try fixture.open()
        fixture.store.applyRetention()
        let left = fixture.store.status.blocks
        #expect(left == 1 || left == 2)
        #expect(fixture.store.counters.evictedBlocks.value == 3 - left)
        fixture.close()
        fixture.configuration.retentionSeconds = 60
        try fixture.open()
        fixture.store.applyRetention()
        #expect(fixture.store.status.blocks == 0)
        #expect(fixture.store.status.everReceived)
        fixture.close()
    }

    @Test func servicesKeepTheirSlotsOverRestarts() throws {
        let fixture = try StoreFixture()
        var maker = BatchMaker(seed: 6)
        fixture.append(maker.batch(spans: 50, traces: 3, services: ["b", "a"]))
        fixture.append(maker.batch(spans: 50, traces: 3, services: ["c"]))
        let slots = [ServiceSlot(name: "a", slot: 2), ServiceSlot(name: "b", slot: 1), ServiceSlot(name: "c", slot: 3)]
        #expect(fixture.store.services == slots)
        fixture.close()
        try fixture.open()
        #expect(fixture.store.services == slots)
        fixture.cut()
        fixture.close()
        try fixture.open()
        #expect(fixture.store.services == slots)
        fixture.close()
    }

    @Test("the head is cut when", arguments: [
        ("empty", 0, 0, 0, 1000, 1000, false), ("small and young", 1000, 1 << 20, 1 << 19, 10, 1, false),
        ("good and old", 100_000, 1 << 20, 1 << 20, 30, 0, true), ("good and young", 100_000, 1 << 20, 1 << 20, 29, 0, false),
        ("large", 500_000, 1 << 20, 1 << 20, 1, 0, true), ("heavy in memory", 10, 128 << 20, 1 << 20, 1, 0, true),
        ("heavy on disk", 10, 1 << 20, 64 << 20, 1, 0, true), ("burst over", 20_000, 1 << 20, 1 << 20, 9, 8, true),
        ("small and idle", 5, 1000, 1000, 300, 300, true), ("trickle for an hour", 5, 1000, 1000, 3600, 1, true),
    ] as [(String, Int, Int, Int, UInt64, UInt64, Bool)])
    func cutPolicy(_ name: String, spans: Int, bytes: Int, journal: Int, age: UInt64, quiet: UInt64, cut: Bool) {
        let now: UInt64 = 1_700_000_000_000_000_000
        let size = Head.Size(
            spans: spans, traces: 1, bytes: bytes, journalBytes: journal, firstReceivedNanos: now - age * 1_000_000_000, lastReceivedNanos: now - quiet * 1_000_000_000,
            isFull: false, times: TimeRange())
        #expect(CutPolicy(headBytes: 128 << 20, journalBytes: 64 << 20).wantsCut(size, nowNanos: now) == cut)
    }
}

extension StoreFixture {
    /// What the database takes on disk.
    var diskBytes: Int {
        ["loupe.db", "loupe.db-wal"].reduce(0) { sum, name in
            sum + ((try? FileManager.default.attributesOfItem(atPath: directory + "/" + name)[.size] as? Int) ?? 0)
        }
    }
}
