// What it costs to keep the store's sources apart and few, on a corpus of bench/gen_corpus.py:
//     swift run -c release -Xswiftc -enable-testing bench-sources CORPUS COPIES SPANS_PER_BLOCK
// Each copy has ids of its own and follows the one before in time.
@testable import Store
import Glibc
import Logging
import OTLP
import SelfStats
import Synchronization
import Trace

func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Prints what `body` takes: the calling thread's CPU and wall milliseconds.
func measure<R>(_ name: String, _ body: () throws -> R) rethrows -> R {
    let cpu = seconds(CLOCK_THREAD_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC)
    let result = try body()
    let milliseconds = { (value: Double) in Double(Int(value * 100_000)) / 100 }
    print("\(name): \(milliseconds(seconds(CLOCK_THREAD_CPUTIME_ID) - cpu)) ms CPU, \(milliseconds(seconds(CLOCK_MONOTONIC) - wall)) ms")
    return result
}

guard CommandLine.arguments.count == 4, let file = fopen(CommandLine.arguments[1], "rb"), let copies = Int(CommandLine.arguments[2]),
      let blockSpans = Int(CommandLine.arguments[3]) else {
    print("usage: bench-sources CORPUS COPIES SPANS_PER_BLOCK    (a file made by gen_corpus.py --out CORPUS)")
    exit(2)
}
fseek(file, 0, SEEK_END)
let size = ftell(file)
rewind(file)
let corpus = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
precondition(fread(corpus.baseAddress, 1, size, file) == size)

final class Nobody: Sendable {}
let directory = "/tmp/loupe-bench-\(getpid())"
var configuration = StoreConfiguration(directory: directory)
configuration.fsync = false
configuration.retentionSeconds = 20 * 365 * 86_400
configuration.compacts = false
let log = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
@MainActor func open() throws -> Store {
    try Store.open(configuration, log: log) { try RequestDecoder.decode(protobuf: $0.body, owner: $0.owner).batch }.store
}
var store: Store! = try open()

let inFlight = Atomic(0)
@MainActor func append(_ body: UnsafeRawBufferPointer, copy: UInt64) throws -> Int {
    var batch = try RequestDecoder.decode(protobuf: body, owner: nil).batch
    for index in batch.spans.indices {
        batch.spans[index].traceID.high ^= copy &* 0x9E37_79B9_7F4A_7C15
        batch.spans[index].startNanos += copy * 3_600_000_000_000
        batch.spans[index].endNanos += copy * 3_600_000_000_000
    }
    while inFlight.load(ordering: .relaxed) > 20 { usleep(200) }
    inFlight.add(1, ordering: .relaxed)
    store.append(batch, entry: JournalEntry(body: body, owner: Nobody(), format: .protobuf, compression: .identity, receivedNanos: nowNanos())) { _ in
        inFlight.subtract(1, ordering: .relaxed)
    }
    return batch.spans.count
}

var repeatSeconds = 0.0
/// Makes a block of what is in memory, after timing the search for repeated spans on it.
@MainActor func cut() {
    while inFlight.load(ordering: .relaxed) > 0 || !store.layout.withLock({ $0.sealed.isEmpty }) { usleep(500) }
    let (head, blocks) = store.layout.withLock { ($0.active, $0.blocks) }
    let view = head.view(), order = RowOrder(view, 0..<view.spans.count)
    let before = seconds(CLOCK_THREAD_CPUTIME_ID)
    precondition(store.repeats(in: order, of: view, blocks: blocks, memory: []).isEmpty)
    repeatSeconds += seconds(CLOCK_THREAD_CPUTIME_ID) - before
    store.seal()
    while !store.layout.withLock({ $0.sealed.isEmpty }) { usleep(500) }
}

var spans = 0, waiting = 0
var requests = 0
for copy in 0..<copies {
    var cursor = ProtobufCursor(UnsafeRawBufferPointer(corpus))
    while !cursor.isAtEnd {
        let range = try cursor.lengthDelimited()
        let added = try append(UnsafeRawBufferPointer(rebasing: corpus[range.start..<range.end]), copy: UInt64(copy))
        spans += added
        waiting += added
        requests += 1
        if waiting >= blockSpans {
            cut()
            waiting = 0
        }
    }
}
cut()
let millions = Double(spans) / 1e6
print("\(spans) spans in \(store.status.blocks) blocks of \(store.layout.withLock { $0.blocks.reduce(0) { $0 + $1.bytes } } / spans) bytes a span")
print("search for repeated spans: \(Double(Int(repeatSeconds / millions * 10_000)) / 10_000) CPU s per 1M spans")

store.close()
store = nil
store = try open()
var index = measure("split traces, first call after a start") { store.sources().splits() }
store.knownSplits.withLock { $0 = KnownSplits() }
index = measure("split traces, first call, directories known") { store.sources().splits() }
print("  \(index.parts.count) parts of split traces")
_ = measure("split traces, nothing new") { store.sources().splits() }
var cursor = ProtobufCursor(UnsafeRawBufferPointer(corpus))
for request in 0..<max(1, 200_000 / 500) where !cursor.isAtEnd {
    let range = try cursor.lengthDelimited()
    _ = try append(UnsafeRawBufferPointer(rebasing: corpus[range.start..<range.end]), copy: UInt64(copies))
    if request == 5 {
        while inFlight.load(ordering: .relaxed) > 0 { usleep(200) }
        let lease = measure("a head of 3,000 spans, encoded for readers") { store.sources() }
        index = measure("split traces, that head is new") { lease.splits() }
    }
}
cut()
let lease = store.sources()
index = measure("split traces, a block of 200,000 spans is new") { lease.splits() }

@MainActor func total(_ count: (StoredBlock) -> Int) -> Int { store.layout.withLock { $0.blocks.reduce(0) { $0 + count($1) } } }
let blocksBefore = store.status.blocks, bytesBefore = total(\.bytes), cpuBefore = seconds(CLOCK_THREAD_CPUTIME_ID)
var longest = 0.0
while true {
    let began = seconds(CLOCK_MONOTONIC)
    guard store.compact() else { break }
    longest = max(longest, seconds(CLOCK_MONOTONIC) - began)
}
let rewritten = store.counters.compactedSpans.value
if rewritten > 0 {
    let cpu = (seconds(CLOCK_THREAD_CPUTIME_ID) - cpuBefore) / Double(rewritten) * 1e6
    print("""
        compaction: \(rewritten) of \(total(\.spans)) spans rewritten in \(store.counters.compactions.value) merges, \(cpu) CPU s per 1M of them, \
        the longest \(longest) s; \(blocksBefore) blocks of \(bytesBefore) bytes are now \(store.status.blocks) of \(total(\.bytes))
        """)
}
var usage = rusage()
getrusage(0, &usage)              // RUSAGE_SELF
print("\(usage.ru_maxrss / 1024) MB at most")
store.close()
system("rm -r \(directory)")
