import Glibc
import Testing
@testable import Store

/// What blocks cost: `LOUPE_BENCH=1 swift test -c release -Xswiftc -enable-testing --filter DatabaseBenchmark`.
@Suite(.serialized, .enabled(if: getenv("LOUPE_BENCH") != nil)) struct DatabaseBenchmark {
    /// A block of 100,000 spans: 2.5 MB in 60 chunks.
    @Test func commitAndRead() throws {
        let directory = TemporaryDirectory()
        let database = try DatabaseTests.open(directory)
        let large = bodyBytes(600_000, seed: 1)
        let chunks: [BlockChunk] = (0..<60).map { (UInt16($0), $0 < 3 ? large : Array(large[..<(700_000 / 57)])) }
        var commits: [UInt64] = []
        let cpu = cpuSeconds()
        for number in 0..<40 {
            let start = monotonicNanos()
            _ = try database.commit(block: DatabaseTests.row(number), chunks: chunks, journalDone: .start)
            commits.append(monotonicNanos() - start)
            usleep(50_000)   // checkpoints get between
        }
        print("commit of 2.5 MB: \((cpuSeconds() - cpu) / 40 * 1e6) us CPU, median \(commits.sorted()[20] / 1000) us wall, max \(commits.max()! / 1000)")

        let output = UnsafeMutableRawBufferPointer.allocate(byteCount: large.count, alignment: 16)
        defer { output.deallocate() }
        for (name, column, count) in [("600 kB", UInt16(0), large.count), ("12 kB", 30, 12_000), ("1 kB of 600", 1, 1000)] {
            let start = monotonicNanos()
            for id in 1...40 {
                try database.withReader { reader throws in
                    _ = try reader.read(
                        block: Int64(id), column: column, from: column == 1 ? 500_000 : 0,
                        into: UnsafeMutableRawBufferPointer(rebasing: output[..<count]))
                }
            }
            print("read of \(name): \((monotonicNanos() - start) / 40 / 1000) us ")
            let many = monotonicNanos()
            for id in 1...40 {
                try database.withReader { reader throws in
                    for column in 10..<30 {
                        _ = try reader.read(block: Int64(id), column: UInt16(column), into: UnsafeMutableRawBufferPointer(rebasing: output[..<12_000]))
                    }
                }
            }
            if column == 30 { print("read of 20 x 12 kB of a block: \((monotonicNanos() - many) / 40 / 1000) us ") }
        }
        let start = monotonicNanos()
        try database.deleteBlocks(Array(1...20))
        print("delete of a block: \((monotonicNanos() - start) / 20_000) us ")
        let blocks = monotonicNanos()
        _ = try database.loadBlocks()
        print("list of 20 blocks: \((monotonicNanos() - blocks) / 1000) us ")
        database.close()
    }
}
