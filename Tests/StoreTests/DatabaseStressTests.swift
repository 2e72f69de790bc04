import Glibc
import Synchronization
import Testing
@testable import Store

/// Readers, commits, deletes and checkpoints at the same time.
@Suite(.serialized) struct DatabaseStressTests {
    @Test func everythingAtOnce() throws {
        let directory = TemporaryDirectory()
        let database = try DatabaseTests.open(directory)
        let blocks = Mutex<[Int64]>([])
        let running = Mutex(true)
        let reads = Mutex(0)
        let failures = Mutex<[String]>([])
        // Each block's chunks tell whose they are.
        func bytes(_ seed: Int64) -> [UInt8] { withUnsafeBytes(of: seed, Array.init) + [UInt8](repeating: UInt8(seed & 0xff), count: 60_000) }
        let readers = try (0..<3).map { reader in
            try WorkerThread(name: "reader") {
                while running.withLock({ $0 }) {
                    guard let id = blocks.withLock({ $0.randomElement() }) else { continue }
                    do {
                        try database.withReader { reader throws in
                            guard let first = try reader.bytes(block: id, column: 0) else { return }
                            usleep(100)
                            let second = try reader.bytes(block: id, column: 1)
                            let seed = first.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }
                            if second == nil { failures.withLock { $0.append("block \(id) went while it was read") } }
                            if first.last != UInt8(seed & 0xff) || first != second {
                                failures.withLock { $0.append("block \(id) is mixed up") }
                            }
                            reads.withLock { $0 += 1 }
                        }
                    } catch { failures.withLock { $0.append("\(error)") } }
                }
            }
        }
        var largestLog = 0
        for number in 0..<150 {
            let bytes = bytes(Int64(number))
            let id = try database.commit(block: DatabaseTests.row(number), chunks: [(0, bytes), (1, bytes)], journalDone: .start)
            let old = blocks.withLock { blocks in
                blocks.append(id)
                return blocks.count > 8 ? blocks.first : nil
            }
            if let old {
                try database.deleteBlocks([old])
                _ = blocks.withLock { $0.removeFirst() }
            }
            if number % 20 == 0 { try database.incrementalVacuum(pages: 3) }
            largestLog = max(largestLog, occupiedBytes(database.path + "-wal"))
            usleep(5000)
        }
        running.withLock { $0 = false }
        readers.forEach { $0.join() }
        #expect(failures.withLock { $0 } == [])
        #expect(reads.withLock { $0 } > 100)
        #expect(largestLog < 64 << 20)
        #expect(database.checkpointer.trouble == nil)
        database.close()
    }

    @Test("a log that a reader made large is cut once the reader is gone")
    func largeLog() throws {
        let directory = TemporaryDirectory()
        let database = try DatabaseTests.open(directory)
        let bytes = bodyBytes(4_000_000, seed: 1)
        let id = try database.commit(block: DatabaseTests.row(0), chunks: [(0, [1])], journalDone: .start)
        try database.withReader { reader throws in
            #expect(try reader.size(block: id, column: 0) == 1)
            for number in 1..<20 {
                do {
                    _ = try database.commit(block: DatabaseTests.row(number), chunks: [(0, bytes)], journalDone: .start)
                } catch { Issue.record(error) }
            }
            #expect(occupiedBytes(database.path + "-wal") > 64 << 20)
        }
        for _ in 0..<80 where occupiedBytes(database.path + "-wal") > 0 { usleep(100_000) }
        #expect(occupiedBytes(database.path + "-wal") == 0)
        database.close()
    }
}
