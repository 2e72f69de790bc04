// Times the decoders and encoders on a file of varint-length-delimited requests (`bench/gen_corpus.py --out FILE`):
//     swift run -c release bench-decode FILE [rounds]
import Glibc
import OTLP
import Trace

/// CPU seconds this process has used.
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

func requests(in file: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
    var cursor = ProtobufCursor(file)
    var found: [UnsafeRawBufferPointer] = []
    while !cursor.isAtEnd, let message = try? cursor.message() {
        found.append(UnsafeRawBufferPointer(start: message.position, count: message.end - message.position))
    }
    return found
}

/// Runs `work` over all requests several times and prints its best round.
func time(_ name: String, _ rounds: Int, spans: Int, bytes: Int, _ work: () -> Void) {
    var best = Double.infinity
    for _ in 0..<rounds {
        let start = cpuSeconds()
        work()
        best = min(best, cpuSeconds() - start)
    }
    let nanos = best * 1e9 / Double(spans)
    print("\(name): \((nanos * 10).rounded() / 10) ns/span, \((Double(bytes) / best / 1e7).rounded() / 100) GB/s")
}

let rounds = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 10 : 10
let bodies = requests(in: readFile(CommandLine.arguments[1]))
let bytes = bodies.reduce(0) { $0 + $1.count }
let spans = bodies.reduce(0) { $0 + (try! RequestDecoder.decode(protobuf: $1, owner: nil)).batch.spans.count }
print("\(bodies.count) requests, \(spans) spans, \(bytes / max(1, spans)) bytes/span")

var kept = 0
time("decode protobuf", rounds, spans: spans, bytes: bytes) {
    for body in bodies { kept &+= (try! RequestDecoder.decode(protobuf: body, owner: nil)).batch.attributes.count }
}

var out = OutputBuffer()
let batches = bodies.map { (try! RequestDecoder.decode(protobuf: $0, owner: nil)).batch }
let texts = batches.map { batch in
    out.removeAll()
    TraceEncoder.encode(batch, json: .otlp, &out)
    return out.array()
}
let textBytes = texts.reduce(0) { $0 + $1.count }
time("decode JSON", rounds, spans: spans, bytes: textBytes) {
    for text in texts { kept &+= text.withUnsafeBytes { (try! RequestDecoder.decode(json: $0)).batch.attributes.count } }
}
time("encode protobuf", rounds, spans: spans, bytes: bytes) {
    for batch in batches {
        out.removeAll()
        TraceEncoder.encode(batch, protobuf: &out)
    }
}
time("encode OTLP JSON", rounds, spans: spans, bytes: textBytes) {
    for batch in batches {
        out.removeAll()
        TraceEncoder.encode(batch, json: .otlp, &out)
    }
}
time("encode Tempo JSON", rounds, spans: spans, bytes: textBytes) {
    for batch in batches {
        out.removeAll()
        TraceEncoder.encode(batch, json: .tempo, &out)
    }
}
