import Receiver
import SelfStats
import Settings
import SpanMetrics
import Store
import Synchronization

/// Makes metrics of stored spans, on a thread of its own so that no sender waits for it, and records their course in the store.
final class SpanCounting: Sendable {
    let generator: Generator
    private let recorder: SeriesRecorder
    private let waiting = Mutex(Waiting())
    private let bell = Doorbell()
    private let thread = Mutex<WorkerThread?>(nil)

    private struct Waiting {
        /// With their bodies, so that what waits here counts in the budget of bodies: who is slow here slows the senders down.
        var submissions: [Submission] = []
        var isClosing = false
    }

    init(_ generator: Generator, _ series: SeriesStore) throws {
        self.generator = generator
        recorder = series.recorder()
        let thread = try WorkerThread(name: "span-metrics") { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    /// Takes spans that were stored. Any thread may call; it does not wait.
    func add(_ submission: Submission) {
        let isFirst = waiting.withLock { waiting in
            waiting.submissions.append(submission)
            return waiting.submissions.count == 1
        }
        if isFirst { bell.ring() }
    }

    /// Counts what waits, and records once more.
    func stop() {
        waiting.withLock { $0.isClosing = true }
        bell.ring()
        thread.withLock { $0 }?.join()
    }

    private func run() {
        let interval = UInt64(generator.configuration.registry.collectionSeconds) * 1_000_000_000
        var nextCollection = nowNanos() / interval * interval + interval
        while true {
            let (submissions, isClosing) = waiting.withLock { waiting in
                defer { waiting.submissions = [] }
                return (waiting.submissions, waiting.isClosing)
            }
            for submission in submissions { generator.consume(submission.batch, nowNanos: nowNanos()) }
            let now = nowNanos()
            if now >= nextCollection || nextCollection - now > interval || isClosing {      // the clock may have been set back
                record(now)
                nextCollection = now / interval * interval + interval
            }
            if isClosing { return }
            if submissions.isEmpty {
                _ = bell.wait(milliseconds: 1000)
                generator.tick(nowNanos: nowNanos())
            }
        }
    }

    private func record(_ now: UInt64) {
        let collected = generator.collect(nowNanos: now)
        let isKept = recorder.record(
            millis: collected.millis, zeroMillis: collected.zeroMillis,
            born: collected.born.map { born in
                .init(number: born.number, labels: born.labels.map { SeriesLabel($0.name, $0.value) }, hasZero: born.hasZero)
            },
            numbers: collected.numbers, values: collected.values,
            exemplars: collected.exemplars.map { .init(number: $0.number, traceID: $0.traceID, value: $0.value, millis: $0.millis) },
            gone: collected.gone)
        if !isKept { generator.counters.failedCollections.add() }
    }
}

extension SpanCounting {
    /// Nil when the settings want no metrics.
    convenience init?(_ settings: Configuration, _ store: Store) throws {
        var configuration = GeneratorConfiguration()
        configuration.metrics = MetricSet.named(settings.generatedMetrics).metrics
        if configuration.metrics.isEmpty { return nil }
        configuration.registry.memoryBytes = max(1 << 20, settings.memoryBytes / 8)
        try self.init(try Generator(configuration), store.series)
    }
}
