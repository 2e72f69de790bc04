// What span metrics and service graphs cost, on a corpus of bench/gen_corpus.py. Each request is decoded just before it is counted,
// as it is in Loupe; only the counting is timed.
//     swift run -c release bench-span-metrics CORPUS [rounds]
import Glibc
import OTLP
import SelfStats
import SpanMetrics
import Trace

func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

guard CommandLine.arguments.count > 1, let file = fopen(CommandLine.arguments[1], "rb") else {
    print("usage: bench-span-metrics CORPUS [rounds]    (a file made by gen_corpus.py --out CORPUS)")
    exit(2)
}
let rounds = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 3 : 3
fseek(file, 0, SEEK_END)
let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: ftell(file), alignment: 16)
rewind(file)
precondition(fread(bytes.baseAddress, 1, bytes.count, file) == bytes.count)

var requests: [UnsafeRawBufferPointer] = []
var cursor = ProtobufCursor(UnsafeRawBufferPointer(bytes))
while !cursor.isAtEnd {
    let range = try cursor.lengthDelimited()
    requests.append(UnsafeRawBufferPointer(rebasing: bytes[range.start..<range.end]))
}

/// CPU seconds for counting all requests, and how many spans they hold.
func run(_ generator: Generator, _ requests: [UnsafeRawBufferPointer]) throws -> (seconds: Double, spans: Int) {
    var (seconds, spans) = (0.0, 0)
    for request in requests {
        let batch = try RequestDecoder.decode(protobuf: request, owner: nil).batch
        let start = cpuSeconds()
        generator.consume(batch, nowNanos: batch.spans.first?.endNanos ?? 0)
        seconds += cpuSeconds() - start
        spans += batch.spans.count
    }
    return (seconds, spans)
}

for (name, metrics) in [
    ("span metrics", MetricSet.spanMetrics), ("service graphs", .serviceGraphs), ("both", [.spanMetrics, .serviceGraphs]),
] as [(String, MetricSet)] {
    var best = Double.infinity
    var last: GeneratorStatus?
    var counters: GeneratorCounters?
    for _ in 0..<rounds {
        var configuration = GeneratorConfiguration()
        configuration.metrics = metrics
        configuration.slackSeconds = 3600
        configuration.serviceGraphs.maxItems = 1_000_000         // the corpus sends 30,000 spans a second, and all edges wait
        let generator = try Generator(configuration)
        let (seconds, spans) = try run(generator, requests)
        best = min(best, seconds / Double(spans))
        last = generator.status
        counters = generator.counters
    }
    let perMillion = (best * 1e9).rounded() / 1000
    print("\(name): \(perMillion) CPU s per million spans; \(last?.activeSeries ?? 0) series, \((last?.allocatedBytes ?? 0) >> 10) KiB,",
          "\(counters?.edges.value ?? 0) edges, \(counters?.droppedSpans.value ?? 0) dropped, \(counters?.expiredEdges.value ?? 0) expired")
}
var configuration = GeneratorConfiguration()
configuration.metrics = [.spanMetrics, .serviceGraphs]
configuration.slackSeconds = 3600
let generator = try Generator(configuration)
print("\(requests.count) requests, \(try run(generator, requests).spans) spans")
let now = UInt64(1_767_225_594) * 1_000_000_000                  // the corpus ends there
for name in ["first", "second"] {
    let start = cpuSeconds()
    let count = generator.collect(nowNanos: now).numbers.count
    print("\(name) collection of \(count) series: \(((cpuSeconds() - start) * 1e6).rounded() / 1000) ms")
}
