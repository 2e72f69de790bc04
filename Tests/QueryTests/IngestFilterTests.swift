import Ingest
import OTLP
import Settings
import Testing
import Trace
import TraceQL

/// The filters that Ingest asks of spans as they come mean what the same filters mean in a query: both are compared with the plain evaluator.
@Suite struct IngestFilterTests {
    private static let filters = PropertyTests.searches + [
        "{ .arr = .s }", "{ .s = .arr }", "{ .arr < 2 }", "{ 2 > .arr }", "{ !(.arr = \"x\") }", "{ .n / 0 = 1 }", "{ .n % 0 = 1 }", "{ .f / 0 > 1 }", "{ .n ^ 2 = 4 }", "{ .map != nil }", "{ .map = 1 }",
        "{ event.s = nil || link.n != nil }", "{ event.n + link.n > 3 }", "{ name > \"caf\" }", "{ trace:id != span:id }", "{ .m < 2 }", "{ .b = true || .b = false }", "{ .odd = .odd }", "{ .odd != .odd }",
        "{ resource.s = .s }", "{ instrumentation:version != \"\" }", "{ statusMessage =~ \"t.*\" }", "{ kind = internal || kind = consumer }", "{ duration < 1us }", "{ -.f < 0 }", "{ .f = 1 }",
    ]

    @Test("filters of the ingest", arguments: PropertyTests.seeds)
    func same(_ seed: UInt64) throws {
        var maker = TraceMaker(seed: seed)
        let spans = maker.traces(20), request = RequestWriter.request(spans)
        let traces = Dictionary(grouping: spans, by: \.traceID).map { PlainTrace($0, $1) }
        var asked = 0
        for filter in Self.filters {
            let list = YAMLNode(content: .list([YAMLNode(content: .scalar(filter, isPlain: false), mark: mark)]), mark: mark)
            let body = YAMLNode(content: .map([YAMLNode.Entry(key: "trace_conditions", keyMark: mark, value: list)]), mark: mark)
            let entry = YAMLNode(content: .map([YAMLNode.Entry(key: "filter", keyMark: mark, value: body)]), mark: mark)
            guard let expression = try Query(parsing: filter).singleFilter,
                let settings = try? PipelineSettings(YAMLNode(content: .list([entry]), mark: mark), file: "test")
            else { continue }
            asked += 1
            var kept: [String] = []
            try request.withUnsafeBytes { bytes in
                var batch = try RequestDecoder.decode(protobuf: bytes, owner: nil).batch
                _ = try settings.pipeline.process(&batch)
                kept = batch.spans.map { "\($0.traceID.hex) \($0.spanID.hex) \($0.kind)" }
            }
            let wanted = traces.flatMap { trace in
                trace.spans.indices.filter { !PlainRow.matches(expression, trace, $0) }.map { "\(trace.id.hex) \(trace.spans[$0].id.hex) \(trace.spans[$0].kind)" }
            }
            #expect(kept.sorted() == wanted.sorted(), "seed \(seed): \(filter)")
        }
        #expect(asked > 55)
    }

    private let mark = YAMLMark(line: 1, column: 1)
}
