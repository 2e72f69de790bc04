import Glibc
import SelfStats
import Synchronization
import Testing
@testable import Store

/// What durability costs: `LOUPE_BENCH=1 swift test -c release -Xswiftc -enable-testing --filter JournalBenchmark`.
@Suite(.serialized, .enabled(if: getenv("LOUPE_BENCH") != nil)) struct JournalBenchmark {
    @Test("457 MB, one million spans, in bodies of 230 KB", arguments: [(1, true), (8, true), (8, false)])
    func append(senders: Int, fsync: Bool) throws {
        let directory = TemporaryDirectory(in: getenv("LOUPE_BENCH_DIRECTORY").map { String(cString: $0) } ?? "/tmp")
        let journal = try Journal.open(directory: directory.path, done: .start, options: .init(fsync: fsync))
        _ = journal.replay { _, _ in }
        let body = entry(bodyBytes(230_000, seed: 1))
        let each = 2000 / senders
        let latencies = Mutex<[UInt64]>([])
        let cpu = cpuSeconds()
        let start = monotonicNanos()
        let threads = try (0..<senders).map { _ in
            try WorkerThread(name: "sender") {
                let done = Doorbell()
                var mine: [UInt64] = []
                for _ in 0..<each {
                    let sent = monotonicNanos()
                    journal.append(body) { result in
                        if case .failure(let failure) = result { print(failure) }
                        done.ring()
                    }
                    done.wait()
                    mine.append(monotonicNanos() - sent)
                }
                latencies.withLock { $0 += mine }
            }
        }
        threads.forEach { $0.join() }
        let seconds = Double(monotonicNanos() - start) / 1e9
        let used = cpuSeconds() - cpu
        let sorted = latencies.withLock { $0.sorted() }
        func at(_ part: Double) -> Double { Double(sorted[min(sorted.count - 1, Int(part * Double(sorted.count)))] / 1000) / 1000 }
        print("""
            \(senders) senders, fsync \(fsync): \(used) CPU s, \(seconds) s, latency ms p50 \(at(0.5)) p90 \(at(0.9)) p99 \(at(0.99)) \
            max \(at(1)), \(journal.statistics.syncs.value) syncs of \(journal.statistics.syncNanos.value / 1000 / max(1, journal.statistics.syncs.value)) us
            """)
        journal.close()
    }

    @Test func replay() throws {
        let directory = TemporaryDirectory()
        let journal = try Journal.open(directory: directory.path, done: .start, options: .init(fsync: false))
        _ = journal.replay { _, _ in }
        let body = entry(bodyBytes(230_000, seed: 1))
        for _ in 0..<2000 { journal.append(body) { _ in } }
        journal.close()
        let again = try Journal.open(directory: directory.path, done: .start)
        let start = monotonicNanos()
        let report = again.replay { _, _ in }
        print("replay of \(report.bytes) bytes: \(Double(monotonicNanos() - start) / 1e9) s")
        again.close()
    }
}

func cpuSeconds() -> Double {
    var used = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used)
    return Double(used.tv_sec) + Double(used.tv_nsec) / 1e9
}
