@testable import SelfStats
import Testing

@Suite struct CountersTests {
    @Test("labels beyond the limit are counted together")
    func cardinality() {
        let counters = LabeledCounters("peer", "reason", limit: 2)
        for peer in ["a", "b", "c", "d"] { counters[peer, "full"].add() }
        counters["a", "full"].add()
        #expect(counters.series() == [
            Series(labels: ["peer": "a", "reason": "full"], .whole(2)),
            Series(labels: ["peer": "b", "reason": "full"], .whole(1)),
            Series(labels: ["peer": "other", "reason": "other"], .whole(2)),
        ])
    }

    @Test("many threads, no count lost")
    func contention() async {
        let counter = Counter()
        let histogram = Histogram.sizes()
        let labeled = LabeledCounters("k")
        await withTaskGroup { group in
            for worker in 0..<8 {
                group.addTask {
                    for round in 0..<5000 {
                        counter.add()
                        histogram.observe(round)
                        labeled["\((worker + round) % 3)"].add()
                    }
                }
            }
        }
        #expect(counter.value == 40_000)
        #expect(histogram.snapshot().cumulative.last == 40_000)
        #expect(histogram.snapshot().sum == Double(8 * 4999 * 5000 / 2))
        #expect(labeled.series().count == 3)
    }

    @Test("the process knows itself")
    func process() {
        let before = ProcessFacts.cpuSeconds
        var x = 1.0
        while ProcessFacts.cpuSeconds - before < 0.01 { x = (x * 1.0001).truncatingRemainder(dividingBy: 7) }
        #expect(ProcessFacts.residentBytes > 1 << 20)
        #expect(ProcessFacts.virtualBytes >= ProcessFacts.residentBytes)
        #expect((3...ProcessFacts.maxOpenFiles).contains(ProcessFacts.openFiles))
        let names = (Family.process(startSeconds: 1, uptime: { 2 }) + Family.buildInfo(version: "1", revision: "r")).map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.contains("otelcol_process_uptime") && names.contains("tempo_build_info"))
    }
}
