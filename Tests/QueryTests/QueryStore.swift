import Foundation
import Logging
import OTLP
import Query
import Synchronization
import Testing
import Trace
@testable import Store

/// A store in a folder of its own, with the engine over it.
final class QueryStore {
    let directory = NSTemporaryDirectory() + "loupe-query-\(UUID().uuidString)"
    private(set) var store: Store!
    /// One for each time the store is open: it remembers what filters found.
    private(set) var engine: QueryEngine!

    init() throws { try open() }

    deinit {
        store?.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func open() throws {
        var configuration = StoreConfiguration(directory: directory)
        configuration.fsync = false
        configuration.compacts = false
        configuration.retentionSeconds = 100 * 365 * 86_400
        store = try Store.open(configuration, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { entry in
            try RequestDecoder.decode(protobuf: entry.body, owner: entry.owner).batch
        }.store
        engine = QueryEngine(store)
    }

    /// One request.
    func append(_ spans: [PlainSpan]) throws {
        if spans.isEmpty { return }
        let owner = RequestBody(RequestWriter.request(spans))
        let batch = try RequestDecoder.decode(protobuf: owner.bytes, owner: owner).batch
        #expect(batch.spans.count == spans.count)
        let entry = JournalEntry(body: owner.bytes, owner: owner, format: .protobuf, compression: .identity, receivedNanos: UInt64(Date().timeIntervalSince1970 * 1e9))
        let done = DispatchSemaphore(value: 0)
        let result = Mutex<AppendResult?>(nil)
        store.append(batch, entry: entry) { outcome in
            result.withLock { $0 = outcome }
            done.signal()
        }
        done.wait()
        #expect(result.withLock { $0 } == .stored)
    }

    /// Makes a block of what is in memory.
    func cut() {
        while !store.layout.withLock({ $0.sealed.isEmpty }) { usleep(500) }
        store.seal()
        while !store.layout.withLock({ $0.sealed.isEmpty }) { usleep(500) }
    }

    /// Puts one block in the place of several small ones, as the block thread does now and then.
    func merge() {
        while store.compact() {}
    }

    /// - Parameter between: runs while the store is closed.
    func restart(between: () throws -> Void = {}) throws {
        store.close()
        (store, engine) = (nil, nil)
        try between()
        try open()
    }

    private final class RequestBody: @unchecked Sendable {          // written before it is shared
        let bytes: UnsafeRawBufferPointer
        init(_ content: [UInt8]) {
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, content.count), alignment: 8)
            copy.copyBytes(from: content)
            bytes = UnsafeRawBufferPointer(rebasing: copy[..<content.count])
        }
        deinit { bytes.deallocate() }
    }
}

/// How the spans of a case come to the store.
enum Layout: String, CaseIterable {
    case oneRequest = "one request in memory"
    case spanBySpan = "each span a request, the last first"
    case oneBlock = "one block"
    case twoBlocks = "every other span in a second block"
    case blocksAndMemory = "over three blocks and memory"
    case merged = "four blocks merged into one, and memory"
    case restarted = "a block, then the journal after a restart"
    case retried = "sent again after a block and a restart"

    func load(_ spans: [PlainSpan]) throws -> QueryStore {
        let store = try QueryStore()
        func part(_ number: Int, of count: Int) -> [PlainSpan] { spans.enumerated().filter { $0.offset % count == number }.map(\.element) }
        switch self {
        case .oneRequest: try store.append(spans)
        case .spanBySpan: for span in spans.reversed() { try store.append([span]) }
        case .oneBlock:
            try store.append(spans)
            store.cut()
        case .twoBlocks:
            for number in [1, 0] {
                try store.append(part(number, of: 2))
                store.cut()
            }
        case .blocksAndMemory:
            for number in [2, 0, 3, 1] {
                try store.append(part(number, of: 4))
                if number != 1 { store.cut() }
            }
        case .merged:
            for number in [1, 3, 0, 4, 2] {
                try store.append(part(number, of: 5))
                if number != 2 { store.cut() }
            }
            store.merge()
        case .restarted:
            try store.append(part(0, of: 3))
            store.cut()
            try store.append(part(2, of: 3))
            try store.append(part(1, of: 3))
            try store.restart()
        case .retried:
            try store.append(spans)
            store.cut()
            try store.append(part(0, of: 2))
            try store.restart()
            try store.append(spans)
        }
        return store
    }
}
