import OTLP
import Receiver
import Store
import Synchronization
import Trace
import Wire
import Zlib

/// Hands what the receivers take over to the store, and remembers when each listener last received something.
final class StoreSink: SpanSink {
    private let store: Store
    /// Gets what was stored; nil when no metrics are made of spans.
    private let counting: SpanCounting?
    private let lastReceived = Mutex<[String: UInt64]>([:])

    init(_ store: Store, counting: SpanCounting?) {
        self.store = store
        self.counting = counting
    }

    func accept(_ submission: Submission, completion: @escaping @Sendable (SinkResult) -> Void) {
        lastReceived.withLock { $0[submission.listener] = submission.receivedNanos }
        store.append(submission.batch, entry: JournalEntry(submission)) { [counting] result in
            switch result {
            case .stored:
                completion(.stored)
                counting?.add(submission)
            case .refused(let reason): completion(.refused(reason: reason, retryAfterSeconds: 2))
            }
        }
    }

    func lastReceivedNanos(_ listener: String) -> UInt64? { lastReceived.withLock { $0[listener] } }
}

extension JournalEntry {
    fileprivate init(_ submission: Submission) {
        let compression: Compression = switch submission.encoding {
        case .identity: .identity
        case .gzip: .gzip
        case .deflate: .deflate
        }
        self.init(
            body: submission.body.bytes, owner: submission.body, format: submission.format == .json ? .json : .protobuf,
            compression: compression, receivedNanos: submission.receivedNanos)
    }

    /// The spans of a journalled body: what the receiver made of it before it was journalled.
    func decoded() throws -> SpanBatch {
        guard compression != .identity else { return try decode(body, owner: owner) }
        let inflated = InflatedBytes()
        try Inflater(compression == .gzip ? .gzip : .zlib).inflate(
            body, limitBytes: Int(UInt32.max), grow: { _ in inflated.grow() }, progress: { inflated.count = $0 })
        return try decode(inflated.bytes, owner: inflated)
    }

    private func decode(_ bytes: UnsafeRawBufferPointer, owner: AnyObject) throws -> SpanBatch {
        switch format {
        case .protobuf: try RequestDecoder.decode(protobuf: bytes, owner: owner).batch
        case .json: try RequestDecoder.decode(json: bytes).batch
        }
    }
}

/// Memory that an inflated body grows into.
private final class InflatedBytes {
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 16)
    var count = 0
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    func grow() -> UnsafeMutableRawBufferPointer {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1 << 20, memory.count * 2), alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(memory))
        memory.deallocate()
        memory = larger
        return larger
    }

    deinit { memory.deallocate() }
}
