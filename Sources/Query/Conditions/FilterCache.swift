internal import Synchronization

/// What filters found in blocks on disk, which never change: dashboards ask the same again and again. The filters used least
/// recently are given up first.
final class FilterCache: Sendable {
    /// A filter's text, byte for byte: to a `String` two ways to write one letter are the same.
    typealias Key = [UInt8]
    /// One filter's masks over one block, by group; nil where it was not asked.
    typealias BlockMasks = [PackedMask?]

    private struct Entry {
        var blocks: [Int64: BlockMasks] = [:]
        var bytes = 0
        var used: UInt64 = 0
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var bytes = 0
        var clock: UInt64 = 0
    }

    private let state = Mutex(State())
    private let limitBytes: Int

    init(limitBytes: Int) { self.limitBytes = limitBytes }

    func masks(_ filter: Key, block: Int64) -> BlockMasks? {
        state.withLock { state in
            state.clock += 1
            state.entries[filter]?.used = state.clock
            return state.entries[filter]?.blocks[block]
        }
    }

    func keep(_ masks: BlockMasks, _ filter: Key, block: Int64) {
        let bytes = masks.reduce(64) { $0 + 16 + ($1?.bytes ?? 0) }
        state.withLock { state in
            state.clock += 1
            var entry = state.entries.removeValue(forKey: filter) ?? Entry()
            entry.used = state.clock
            let before = entry.blocks[block].map { $0.reduce(64) { $0 + 16 + ($1?.bytes ?? 0) } } ?? 0
            entry.blocks[block] = masks
            entry.bytes += bytes - before
            state.bytes += bytes - before
            state.entries[filter] = entry
            while state.bytes > limitBytes, let oldest = state.entries.min(by: { $0.value.used < $1.value.used }) {
                state.bytes -= oldest.value.bytes
                state.entries[oldest.key] = nil
            }
        }
    }
}

/// A mask with a bit for each row.
enum PackedMask: Sendable {
    case none
    case all
    case some([UInt64])

    var bytes: Int { if case .some(let words) = self { 32 + words.count * 8 } else { 0 } }

    init(_ mask: Mask) {
        switch mask {
        case .none: self = .none
        case .all: self = .all
        case .some(let bytes):
            var words = [UInt64](repeating: 0, count: (bytes.count + 63) / 64)
            for row in bytes.indices { words[row >> 6] |= UInt64(bytes[row]) << UInt64(row & 63) }
            self = .some(words)
        }
    }

    func unpacked(_ count: Int) -> Mask {
        switch self {
        case .none: .none
        case .all: .all
        case .some(let words):
            .some([UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
                words.withUnsafeBufferPointer { words in
                    for row in 0..<count { bytes[row] = UInt8(truncatingIfNeeded: words[row >> 6] >> UInt64(row & 63)) & 1 }
                }
                initialized = count
            })
        }
    }
}
