// How long queries take on a data directory, without a server between:
//     swift run -c release bench-query DIRECTORY QUERY [RUNS] [WINDOW SECONDS]
// The directory is opened as a server would, so no other may have it open.
import Glibc
import Logging
import OTLP
import Query
import Store
import TraceQL

func now(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

guard CommandLine.arguments.count >= 3 else {
    print("usage: bench-query DIRECTORY QUERY|tags|values:FIELD [RUNS] [WINDOW SECONDS]")
    exit(2)
}
let text = CommandLine.arguments[2]
let runs = CommandLine.arguments.count > 3 ? Int(CommandLine.arguments[3]) ?? 5 : 5
let window = CommandLine.arguments.count > 4 ? UInt64(CommandLine.arguments[4]) ?? 5400 : 5400
let (store, _) = try Store.open(StoreConfiguration(directory: CommandLine.arguments[1]), log: Logger(label: "bench")) { entry in
    try RequestDecoder.decode(protobuf: entry.body, owner: nil).batch
}
let engine = QueryEngine(store)
let end = UInt64(now(CLOCK_REALTIME)) * 1_000_000_000 / 30_000_000_000 * 30_000_000_000 + 30_000_000_000
let start = end - window * 1_000_000_000
for _ in 0..<runs {
    let wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID)
    var words = ""
    if text == "tags" {
        let names = try engine.tagNames(TagRequest(fromNanos: start, toNanos: end))
        words = "\(names.span.count) names of spans, \(names.resource.count) of resources"
    } else if text.hasPrefix("values:") {
        words = "\(try engine.tagValues(of: Field(parsing: String(text.dropFirst(7))), TagRequest(fromNanos: start, toNanos: end)).values.count) values"
    } else {
        let query = try Query(parsing: text)
        switch query.body {
        case .spansets(let pipeline):
            let answer = try engine.search(SearchRequest(condition: .traceQL(pipeline), fromNanos: start, toNanos: end))
            words = "\(answer.traces.count) traces, \(answer.statistics.spans) spans looked at \(answer.partial ?? "")"
        case .metrics(let expression):
            let answer = try engine.metrics(MetricsRequest(expression: expression, startNanos: start, endNanos: end, stepNanos: 30_000_000_000, exemplars: 100))
            let sum = answer.series.reduce(0.0) { $0 + $1.values.reduce(0.0) { $0 + ($1 ?? 0) } }
            words = "\(answer.series.count) series, sum \(sum), \(answer.series.reduce(0) { $0 + $1.exemplars.count }) exemplars \(answer.partial ?? "")"
        }
    }
    func milliseconds(_ clock: clockid_t, since start: Double) -> Double { ((now(clock) - start) * 10_000).rounded() / 10 }
    print("\(milliseconds(CLOCK_MONOTONIC, since: wall)) ms, \(milliseconds(CLOCK_PROCESS_CPUTIME_ID, since: cpu)) ms CPU: \(words)")
}
store.close()
