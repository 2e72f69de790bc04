// Times processors on a file of varint-length-delimited requests (`bench/gen_corpus.py --out FILE`), and what encoding again costs:
//     swift run -c release bench-ingest FILE [rounds]
import Glibc
import Ingest
import OTLP
import Settings
import Trace

func cpuSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}

func readFile(_ path: String) -> UnsafeRawBufferPointer {
    guard let file = fopen(path, "rb") else { fatalError("cannot open \(path)") }
    fseek(file, 0, SEEK_END)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: ftell(file), alignment: 16)
    rewind(file)
    precondition(fread(memory.baseAddress, 1, memory.count, file) == memory.count)
    return UnsafeRawBufferPointer(memory)
}

let rounds = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 3 : 3
var file = ProtobufCursor(readFile(CommandLine.arguments[1]))
var bodies: [UnsafeRawBufferPointer] = []
while !file.isAtEnd, let message = try? file.message() {
    bodies.append(UnsafeRawBufferPointer(start: message.position, count: message.end - message.position))
}

let pipelines = [
    ("resource + sampler 100 %, nothing to change", "- resource: {attributes: [{key: zzz, action: delete}]}\n- probabilistic_sampler: {sampling_percentage: 100}"),
    ("resource + sampler 100 %", "- resource: {attributes: [{key: env, value: prod, action: upsert}]}\n- probabilistic_sampler: {sampling_percentage: 100}"),
    ("sampler hash_seed 10 %", "- probabilistic_sampler: {sampling_percentage: 10}"),
    ("sampler equalizing 10 %", "- probabilistic_sampler: {sampling_percentage: 10, mode: equalizing}"),
    ("filter on an attribute and a name", "- filter: {trace_conditions: ['{ span.http.route = \"/health\" || name = \"ping\" }']}"),
    ("attributes: one upsert", "- attributes: {actions: [{key: env, value: prod, action: upsert}]}"),
    ("redaction: two patterns", "- redaction: {allow_all_keys: true, blocked_values: ['4[0-9]{12}(?:[0-9]{3})?', 'secret']}"),
]

var out = OutputBuffer()
for (name, yaml) in pipelines {
    let pipeline = try PipelineSettings(try YAMLNode(parsing: [UInt8](yaml.utf8)), file: "bench").pipeline
    var best = (process: Double.infinity, encode: Double.infinity)
    var spans = 0, dropped = 0
    for _ in 0..<rounds {
        var seconds = (process: 0.0, encode: 0.0)
        (spans, dropped) = (0, 0)
        for body in bodies {
            var batch = try RequestDecoder.decode(protobuf: body, owner: nil).batch
            spans += batch.spans.count
            let start = cpuSeconds()
            let result = try pipeline.process(&batch)
            let processed = cpuSeconds()
            dropped += result.droppedCount
            if result.isChanged {
                out.removeAll()
                TraceEncoder.encode(batch, protobuf: &out)
            }
            seconds.process += processed - start
            seconds.encode += cpuSeconds() - processed
        }
        best = (min(best.process, seconds.process), min(best.encode, seconds.encode))
    }
    func perMillion(_ seconds: Double) -> Double { (seconds / Double(spans) * 1e9).rounded() / 1000 }
    print("\(name): \(perMillion(best.process)) CPU s per million spans, encoding again \(perMillion(best.encode)); \(dropped) of \(spans) dropped")
}
