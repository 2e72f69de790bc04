// What each step from a request body to a block costs, on a corpus of bench/gen_corpus.py:
//     swift run -c release bench-store CORPUS
@testable import Store
import Glibc
import OTLP
import Trace
import Zlib

func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

guard CommandLine.arguments.count == 2, let file = fopen(CommandLine.arguments[1], "rb") else {
    print("usage: bench-store CORPUS    (a file made by gen_corpus.py --out CORPUS)\n")
    exit(2)
}
fseek(file, 0, SEEK_END)
let size = ftell(file)
rewind(file)
let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
precondition(fread(bytes.baseAddress, 1, size, file) == size)

var requests: [UnsafeRawBufferPointer] = []
var cursor = ProtobufCursor(UnsafeRawBufferPointer(bytes))
while !cursor.isAtEnd {
    let range = try cursor.lengthDelimited()
    requests.append(UnsafeRawBufferPointer(rebasing: bytes[range.start..<range.end]))
}

let blockSpans = 330_000
var spans = 0, decodeSeconds = 0.0, buildSeconds = 0.0, viewSeconds = 0.0, encodeSeconds = 0.0, diskBytes = 0, blocks = 0, headBytes = 0
var chunkBytes: [String: Int] = [:]
var head = HeadBuilder()
@MainActor func cut() {
    let view = head.view()
    headBytes = max(headBytes, head.allocatedBytes)
    var mark = cpuSeconds()
    _ = BlockEncoder.encode(view, rows: 0..<view.spans.count, compress: false)
    viewSeconds += cpuSeconds() - mark
    mark = cpuSeconds()
    let block = BlockEncoder.encode(view, rows: 0..<view.spans.count, compress: true)
    encodeSeconds += cpuSeconds() - mark
    diskBytes += block.bytes
    blocks += 1
    for (index, place) in block.directory.places.enumerated() {
        let name: String
        if let fixed = FixedColumn(rawValue: index) {
            name = "\(fixed)"
        } else {
            var column = index - FixedColumn.allCases.count
            var owner = 0
            while column >= block.directory.attributes[owner].columns.count {
                column -= block.directory.attributes[owner].columns.count
                owner += 1
            }
            let key = block.directory.attributes[owner].columns[column].key
            name = "\(AttributeOwner(rawValue: owner)!) \(String(decoding: key.name, as: UTF8.self)) \(key.kind)"
        }
        chunkBytes[name, default: 0] += place.lengths.reduce(0, +)
    }
    chunkBytes["directory", default: 0] += block.chunks.last!.bytes.count
    head = HeadBuilder()
}
for request in requests {
    var mark = cpuSeconds()
    let decoded = try RequestDecoder.decode(protobuf: request, owner: nil)
    decodeSeconds += cpuSeconds() - mark
    mark = cpuSeconds()
    head.append(decoded.batch, receivedNanos: 1)
    buildSeconds += cpuSeconds() - mark
    spans += decoded.batch.spans.count
    if head.spanCount >= blockSpans { cut() }
}
if head.spanCount > 0 { cut() }
let millions = Double(spans) / 1e6
@MainActor func line(_ name: String, _ seconds: Double) { print("\(name): \(Double(Int(seconds / millions * 1000)) / 1000) CPU s per 1M spans") }
print("\(spans) spans in \(blocks) blocks, head at most \(headBytes * blocks / max(spans, 1)) bytes a span")
line("decode", decodeSeconds)
line("build", buildSeconds)
line("encode for memory", viewSeconds)
line("encode for disk", encodeSeconds)
print("\(Double(diskBytes * 100 / spans) / 100) bytes a span")
for (name, bytes) in chunkBytes.sorted(by: { $0.value > $1.value }).prefix(24) { print("  \(Double(bytes * 1000 / spans) / 1000)  \(name)") }
