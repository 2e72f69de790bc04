import Glibc
import Testing
@testable import Store

@Suite struct DatabaseTests {
    static func row(_ number: Int, bytes: Int = 0) -> BlockRow {
        BlockRow(
            minNanos: UInt64(number) * 1000, maxNanos: UInt64(number) * 1000 + 999, spans: number, traces: number / 2, bytes: bytes,
            format: 1, bloom: bodyBytes(100, seed: number), summary: number % 2 == 0 ? [] : [1, 2])
    }

    static func open(_ directory: TemporaryDirectory) throws -> Database { try Database.open(path: directory.path + "/loupe.db") }

    @Test func blocksSurviveAReopening() throws {
        let directory = TemporaryDirectory()
        var database = try Self.open(directory)
        #expect(try database.loadBlocks() == [])
        #expect(database.journalDone == .start)
        let chunks: [BlockChunk] = [(0, bodyBytes(10, seed: 1)), (1, []), (4095, bodyBytes(1_000_000, seed: 2))]
        var ids: [Int64] = []
        for number in 0..<5 {
            ids.append(try database.commit(
                block: Self.row(number), chunks: chunks, services: [ServiceSlot(name: "shop", slot: number + 1)],
                journalDone: JournalPosition(segment: 3, offset: UInt32(number))))
        }
        try database.setMeta("key", "välue")
        for reopened in [false, true] {
            if reopened {
                database.close()
                #expect(directory.files("") == ["loupe.db"], "a closed store leaves no log")
                database = try Self.open(directory)
            }
            let blocks = try database.loadBlocks()
            #expect(blocks.map(\.id) == ids)
            #expect(blocks == (0..<5).map { number in
                var row = Self.row(number)
                row.id = ids[number]
                return row
            })
            #expect(database.journalDone == JournalPosition(segment: 3, offset: 4))
            #expect(try database.loadServices() == [ServiceSlot(name: "shop", slot: 1)])
            #expect(try database.meta("key") == "välue")
            #expect(try database.meta("none") == nil)
            for id in ids {
                try database.withReader { reader throws in
                    for chunk in chunks {
                        #expect(try reader.bytes(block: id, column: chunk.column) == chunk.bytes)
                        #expect(try reader.size(block: id, column: chunk.column) == chunk.bytes.count)
                    }
                    #expect(try reader.bytes(block: id, column: 2) == nil)
                }
            }
        }
        database.close()
    }

    @Test func rangesOfAChunk() throws {
        let directory = TemporaryDirectory()
        let database = try Self.open(directory)
        let bytes = bodyBytes(100_000, seed: 3)
        let id = try database.commit(block: Self.row(1), chunks: [(7, bytes)], journalDone: .start)
        try database.withReader { reader throws in
            for (offset, count) in [(0, 1), (0, 100_000), (99_999, 1), (100_000, 0), (16_000, 40_000), (50_000, 0)] {
                let output = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
                defer { output.deallocate() }
                #expect(try reader.read(block: id, column: 7, from: offset, into: output))
                #expect(Array(output) == Array(bytes[offset..<offset + count]))
                #expect(try !reader.read(block: id + 1, column: 7, from: offset, into: output))
            }
        }
        let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 2, alignment: 1)
        defer { output.deallocate() }
        #expect(throws: StoreError.self) {
            try database.withReader { reader throws in
                _ = try reader.read(block: id, column: 7, from: 99_999, into: output)
            }
        }
        database.close()
    }

    @Test func deletedBlocksAreGoneAndTheirPagesUsedAgain() throws {
        let directory = TemporaryDirectory()
        let database = try Self.open(directory)
        var ids: [Int64] = []
        var largest = 0
        for number in 0..<40 {
            ids.append(try database.commit(
                block: Self.row(number), chunks: [(0, bodyBytes(200_000, seed: number)), (4095, [1])], journalDone: .start))
            if ids.count > 5 { try database.deleteBlocks([ids.removeFirst()]) }
            largest = max(largest, database.pages.total)
        }
        #expect(try database.loadBlocks().map(\.id) == ids)
        #expect(largest < 100 && database.pages.liveBytes < 6 * 17 * 16_384)
        #expect(try database.withReader { reader throws in try reader.bytes(block: 1, column: 0) } == nil)
        #expect(try database.withReader { reader throws in try reader.bytes(block: ids[0], column: 4095) } == [1])
        // The largest id goes, and comes not back.
        try database.deleteBlocks([ids[4]])
        #expect(try database.commit(block: Self.row(1), chunks: [], journalDone: .start) == ids[4] + 1)
        database.close()
    }

    @Test func replacingIsOneStep() throws {
        let directory = TemporaryDirectory()
        var database = try Self.open(directory)
        let old = try (0..<3).map { try database.commit(block: Self.row($0), chunks: [(0, [UInt8($0)])], journalDone: .start) }
        let new = try database.replaceBlocks(Array(old.dropLast()), with: Self.row(9), chunks: [(0, [9])])
        func bytes(_ id: Int64) throws -> [UInt8]? { try database.withReader { reader throws in try reader.bytes(block: id, column: 0) } }
        #expect(try database.loadBlocks().map(\.id) == [old[2], new])
        #expect(try bytes(new) == [9])
        #expect(try bytes(old[1]) == [1], "whoever reads it may go on")
        try database.deleteBlocks([old[1]])
        #expect(try bytes(old[1]) == nil)
        database.close()
        database = try Self.open(directory)
        #expect(try database.loadBlocks().map(\.id) == [old[2], new])
        #expect(try bytes(old[0]) == nil, "what was left is deleted at the next start")
        #expect(try database.commit(block: Self.row(1), chunks: [], journalDone: .start) == new + 1)
        database.close()
    }

    @Test("a reader keeps its state of the database while blocks are deleted, then finds them gone")
    func readersAndDeletes() throws {
        let directory = TemporaryDirectory()
        let database = try Self.open(directory)
        let bytes = bodyBytes(300_000, seed: 4)
        let id = try database.commit(block: Self.row(1), chunks: [(0, bytes), (1, [5])], journalDone: .start)
        try database.withReader { reader throws in
            #expect(try reader.bytes(block: id, column: 1) == [5])
            do { try database.deleteBlocks([id]) } catch { Issue.record(error) }
            #expect(try reader.bytes(block: id, column: 0) == bytes)
        }
        #expect(try database.withReader { reader throws in try reader.bytes(block: id, column: 0) } == nil)
        database.close()
    }

    @Test("times keep their order, and no block looks shorter than it is", arguments: [
        (0, 0, 0), (5, 5, 5), (UInt64(Int64.max) - 1, UInt64(Int64.max) - 1, UInt64(Int64.max) - 1),
        (UInt64(Int64.max), UInt64(Int64.max), .max), (UInt64(Int64.max) + 1, UInt64(Int64.max), .max), (.max, UInt64(Int64.max), .max),
    ] as [(UInt64, UInt64, UInt64)])
    func times(_ nanos: UInt64, _ lower: UInt64, _ upper: UInt64) {
        #expect(SQLTime.lowerBound(SQLTime.stored(nanos)) == lower)
        #expect(SQLTime.upperBound(SQLTime.stored(nanos)) == upper)
    }

    @Test func idleStoreHasNoLog() async throws {
        let directory = TemporaryDirectory()
        let database = try Self.open(directory)
        _ = try database.commit(block: Self.row(1), chunks: [(0, bodyBytes(1_000_000, seed: 5))], journalDone: .start)
        #expect(occupiedBytes(database.path + "-wal") > 1_000_000)
        for _ in 0..<60 where occupiedBytes(database.path + "-wal") > 0 { try await Task.sleep(for: .milliseconds(100)) }
        #expect(occupiedBytes(database.path + "-wal") == 0)
        #expect(database.checkpointer.trouble == nil)
        // It wakes up again.
        _ = try database.commit(block: Self.row(2), chunks: [(0, bodyBytes(1_000_000, seed: 6))], journalDone: .start)
        for _ in 0..<60 where occupiedBytes(database.path + "-wal") > 0 { try await Task.sleep(for: .milliseconds(100)) }
        #expect(occupiedBytes(database.path + "-wal") == 0)
        database.close()
    }

    @Test func vacuumGivesPagesBack() throws {
        let directory = TemporaryDirectory()
        let database = try Self.open(directory)
        let ids = try (0..<20).map {
            try database.commit(block: Self.row($0), chunks: [(0, bodyBytes(500_000, seed: $0))], journalDone: .start)
        }
        try database.deleteBlocks(Array(ids.prefix(15)))
        let before = database.pages
        #expect(before.free > 15 * 30)
        try database.incrementalVacuum(pages: 100)
        #expect(database.pages.free == before.free - 100)
        try database.incrementalVacuum(pages: 10_000)
        #expect(database.pages.free == 0)
        for id in ids.suffix(5) {
            #expect(try database.withReader { reader throws in try reader.size(block: id, column: 0) } == 500_000)
        }
        let live = database.pages.liveBytes
        database.close()
        #expect(occupiedBytes(database.path) <= live + 16_384)
    }

    @Test func closedDatabaseSaysSo() throws {
        let directory = TemporaryDirectory()
        let database = try Self.open(directory)
        database.close()
        #expect(throws: DatabaseFailure.self) { try database.setMeta("a", "b") }
        #expect(throws: StoreError.self) { try database.loadBlocks() }
    }

    @Test func onlyOneProcessPerDirectory() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/a/b"
        var lock: DirectoryLock? = try DirectoryLock(directory: path)
        #expect(lock != nil)
        let error = #expect(throws: StoreError.self) { try DirectoryLock(directory: path) }
        #expect(error?.description == "data directory \(path) is in use by process \(getpid())")
        lock = nil
        _ = try DirectoryLock(directory: path)
    }
}
