import Dispatch
import Synchronization
import Testing
@testable import API

@Suite struct QueryThreadsTests {
    @Test("no more than the limit run at once, and all of them run")
    func limit() {
        let threads = QueryThreads(limit: 3)
        let counts = Mutex((running: 0, most: 0, done: 0))
        let all = DispatchGroup()
        for _ in 0..<50 {
            all.enter()
            threads.run {
                counts.withLock {
                    $0.running += 1
                    $0.most = max($0.most, $0.running)
                }
                _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(1))
                counts.withLock {
                    $0.running -= 1
                    $0.done += 1
                }
                all.leave()
            }
        }
        #expect(all.wait(timeout: .now() + 20) == .success)
        #expect(counts.withLock { $0.done } == 50 && counts.withLock { $0.most } <= 3)
    }

    @Test("a stop waits for what runs and forgets what waits")
    func stop() {
        let threads = QueryThreads(limit: 1)
        let ran = Mutex<[Int]>([])
        let begun = DispatchSemaphore(value: 0)
        threads.run {
            begun.signal()
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(50))
            ran.withLock { $0.append(1) }
        }
        begun.wait()
        threads.run { ran.withLock { $0.append(2) } }
        threads.stop(seconds: 20)
        threads.run { ran.withLock { $0.append(3) } }
        #expect(ran.withLock { $0 } == [1])
    }

    @Test("what is to be done in the quiet is done once, and not while queries run")
    func quiet() {
        let calls = DispatchSemaphore(value: 0), count = Mutex(0), running = Mutex(0)
        let threads = QueryThreads(limit: 2) {
            #expect(running.withLock { $0 } == 0)
            count.withLock { $0 += 1 }
            calls.signal()
        }
        for _ in 0..<20 {
            threads.run {
                running.withLock { $0 += 1 }
                running.withLock { $0 -= 1 }
            }
        }
        #expect(calls.wait(timeout: .now() + 20) == .success)
        #expect(count.withLock { $0 } == 1)
    }
}
