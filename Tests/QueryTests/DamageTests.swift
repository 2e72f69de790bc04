import Foundation
import Query
import SelfStats
import Testing
import TraceQL
@testable import Store

/// A damaged block is left out, counted and named; everything else is answered as if it were not there.
@Suite struct DamageTests {
    @Test("answers without a damaged block", arguments: 1...3, 1...2 as ClosedRange<UInt64>)
    func damaged(_ block: Int, _ seed: UInt64) throws {
        var maker = TraceMaker(seed: 900 + seed)
        let spans = maker.traces(12), store = try QueryStore()
        for part in 0..<3 {
            try store.append(spans.enumerated().filter { $0.offset % 4 == part }.map(\.element))
            store.cut()
        }
        try store.append(spans.enumerated().filter { $0.offset % 4 == 3 }.map(\.element))
        let path = store.directory + "/loupe.db"
        // The directory stays whole, so that the damage shows only when columns are read, maybe on behalf of another block.
        try store.restart { try run("UPDATE chunk SET data = zeroblob(length(data)) WHERE id = \(block << 12 | 1)", path) }
        let plain = PlainEngine(spans.enumerated().filter { $0.offset % 4 != block - 1 }.map(\.element))

        for query in PropertyTests.searches {
            let pipeline = try Query(parsing: query).searchPipeline
            var found = try store.engine.search(SearchRequest(condition: .traceQL(pipeline), limit: 1000, spansPerSpanset: 100))
            #expect(found.partial?.contains("block \(block) of ") == true && found.partial?.contains(";") == false, "\(found.partial ?? "whole")")
            found.partial = nil
            let lines = AnswerText().lines(found, all: true)
            found.traces = plain.search(pipeline, from: nil, to: nil, limit: 1000, spss: 100)
            PropertyTests.expect(lines, AnswerText().lines(found, all: true), "seed \(seed), block \(block): \(query)")
        }
        for query in PropertyTests.metrics {
            guard case .metrics(.query(let pipeline, let function, let fields)) = try Query(parsing: query).body else { continue }
            var found = try store.engine.metrics(MetricsRequest(
                expression: .query(pipeline, function, by: fields), startNanos: GoldenFile.epoch - 1_000_000_000, endNanos: GoldenFile.epoch + 6_000_000_000,
                stepNanos: 1_000_000_000))
            #expect(found.partial?.contains("block \(block) of ") == true)
            found.partial = nil
            let wanted = plain.series(pipeline, function, by: fields, times: found.timesNanos, step: 1_000_000_000)
            PropertyTests.expect(AnswerText().lines(found), wanted, inOrder: false, "seed \(seed), block \(block): \(query)")
        }
        let status = try Query(parsing: "{ status = error }").singleFilter!
        let values = try store.engine.tagValues(of: .intrinsic(.rootName), TagRequest(filter: [[status]])).values.map { AnswerText().text($0) }
        PropertyTests.expect(values, plain.values(.intrinsic(.rootName), status), inOrder: false, "values of rootName")
        for trace in plain.traces {
            let kept = try store.engine.spans(of: trace.id, matching: status, descendants: 0, ancestors: 0)
            #expect(kept == Set(trace.spans.filter { $0.status == 2 }.map(\.id)))
        }
        #expect(store.store.counters.damagedReads.value > 0)
    }

    private func run(_ sql: String, _ path: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["sqlite3", path, sql]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
