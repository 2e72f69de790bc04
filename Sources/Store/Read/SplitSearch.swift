internal import CShims
internal import Trace

/// Finds the traces that new sources share with each other and with those known before.
///
/// The ids of the new sources go into a hash table; those of the others are read past it, which takes a few nanoseconds an id,
/// or, where the new ones are few, are asked for through their blooms. Nothing is kept but the shared traces, and at most
/// `traceLimit` ids are held at a time, so that more sources take more passes, not more memory.
struct SplitSearch {
    /// A source as a search sees it.
    struct Source {
        /// Names it for good: numbers of a lease change from one to the next.
        enum Key: Hashable {
            case block(Int64)
            case memory(UInt64)
        }
        var key: Key
        var traces: Int
        /// nil: every trace has to be looked for.
        var bloom: Bloom?
        var open: () throws -> BlockReader
    }

    static let traceLimit = 1_000_000

    private let sources: [Source]
    private let failed: (Int, any Error) -> Void
    /// Sources whose traces are accounted for in `parts`.
    private(set) var known: Set<Int>
    private(set) var parts: [SplitIndex.Part]

    /// - Parameters:
    ///   - known: sources that `parts` is complete for.
    ///   - failed: is told of each source that could not be read; it is then as if it were not there.
    init(_ sources: [Source], known: Set<Int>, parts: [SplitIndex.Part], failed: @escaping (Int, any Error) -> Void) {
        self.sources = sources
        self.known = known
        self.parts = parts
        self.failed = failed
    }

    /// Adds the sources that are not known.
    mutating func run() {
        var batch: [Int] = [], traces = 0
        for source in sources.indices where !known.contains(source) {
            if traces + sources[source].traces > Self.traceLimit, !batch.isEmpty {
                add(batch, traces: traces)
                (batch, traces) = ([], 0)
            }
            batch.append(source)
            traces += sources[source].traces
        }
        if !batch.isEmpty { add(batch, traces: traces) }
    }

    private mutating func add(_ batch: [Int], traces: Int) {
        var table = IDTable(expecting: traces)
        var bad: Set<Int> = []
        let earlier = known
        for source in batch {
            if read(source, { table.enter($0, source: source, ordinal: $1, &parts) }) { known.insert(source) } else { bad.insert(source) }
        }
        if known.count > earlier.count {
            for source in earlier {
                let done = sources[source].bloom != nil && traces < sources[source].traces / 5
                    ? probe(source, table.sorted()) { table.meet($0, source: source, ordinal: $1, &parts) }
                    : read(source) { table.meet($0, source: source, ordinal: $1, &parts) }
                if !done { bad.insert(source) }
            }
        }
        if bad.isEmpty { return }
        known.subtract(bad)
        parts.removeAll { bad.contains(Int($0.source)) }
    }

    /// Hands all trace ids of a source to `body`, a group at a time, with the ordinal of the first.
    private func read(_ source: Int, _ body: (UnsafeBufferPointer<TraceID>, Int) -> Void) -> Bool {
        do {
            try sources[source].open().read { access throws in
                for group in access.directory.groups.indices {
                    let range = access.directory.traces(of: group)
                    let bytes = try access.ids(.traceID, group: group, count: range.count, width: 16)
                    bytes.withUnsafeBytes { bytes in
                        withUnsafeTemporaryAllocation(of: TraceID.self, capacity: range.count) { ids in
                            for index in 0..<range.count { ids.initializeElement(at: index, to: TraceID(wire: bytes.baseAddress! + index * 16)) }
                            body(UnsafeBufferPointer(rebasing: ids[..<range.count]), range.lowerBound)
                        }
                    }
                }
            }
            return true
        } catch {
            failed(source, error)
            return false
        }
    }

    /// Hands those of `ids`, which are sorted, that a source has to `body`.
    private func probe(_ source: Int, _ ids: [TraceID], _ body: (UnsafeBufferPointer<TraceID>, Int) -> Void) -> Bool {
        let candidates = ids.filter { sources[source].bloom?.mayContain($0) ?? true }
        if candidates.isEmpty { return true }
        do {
            try sources[source].open().read { access throws in
                var walk = TraceWalk(access)
                for id in candidates {
                    guard let found = try walk.find(id) else { continue }
                    withUnsafePointer(to: id) { body(UnsafeBufferPointer(start: $0, count: 1), found.ordinal) }
                }
            }
            return true
        } catch {
            failed(source, error)
            return false
        }
    }

    /// The ids of the new sources, each with the first place it was met in.
    private struct IDTable {
        private var entries: ContiguousArray<SplitIndex.Part> = []
        private var isShared: ContiguousArray<Bool> = []
        /// The hash's upper half, then the entry's number + 1; 0 is free.
        private var slots: ContiguousArray<UInt64>
        private let seed = UInt64.random(in: 1...UInt64.max)

        init(expecting traces: Int) {
            slots = ContiguousArray(repeating: 0, count: max(64, traces * 2).nextPowerOfTwo)
            entries.reserveCapacity(traces)
            isShared.reserveCapacity(traces)
        }

        /// Ids of a new source.
        mutating func enter(_ ids: UnsafeBufferPointer<TraceID>, source: Int, ordinal: Int, _ parts: inout [SplitIndex.Part]) {
            if (entries.count + ids.count) * 2 > slots.count { grow(to: entries.count + ids.count) }
            forEach(ids) { table, index, hash in
                let part = SplitIndex.Part(id: ids[index], source: UInt32(source), ordinal: UInt32(ordinal + index))
                let place = table.place(of: part.id, hash)
                if table.slots[place] == 0 {
                    table.entries.append(part)
                    table.isShared.append(false)
                    table.slots[place] = hash & ~0xFFFF_FFFF | UInt64(table.entries.count)
                } else {
                    table.share(place, part, &parts)
                }
            }
        }

        /// Ids of a source known before.
        mutating func meet(_ ids: UnsafeBufferPointer<TraceID>, source: Int, ordinal: Int, _ parts: inout [SplitIndex.Part]) {
            forEach(ids) { table, index, hash in
                let place = table.place(of: ids[index], hash)
                if table.slots[place] == 0 { return }
                table.share(place, SplitIndex.Part(id: ids[index], source: UInt32(source), ordinal: UInt32(ordinal + index)), &parts)
            }
        }

        func sorted() -> [TraceID] { entries.map(\.id).sorted() }

        /// A look-up is mostly a wait for its cache line, so those of a stretch of ids are asked for together.
        @inline(__always) private mutating func forEach(_ ids: UnsafeBufferPointer<TraceID>, _ body: (inout IDTable, Int, UInt64) -> Void) {
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { hashes in
                var start = 0
                while start < ids.count {
                    let count = min(64, ids.count - start)
                    slots.withUnsafeBufferPointer { slots in
                        for index in 0..<count {
                            hashes[index] = hash(ids[start + index])
                            shims_prefetch(slots.baseAddress! + Int(truncatingIfNeeded: hashes[index]) & (slots.count - 1))
                        }
                    }
                    for index in 0..<count { body(&self, start + index, hashes[index]) }
                    start += count
                }
            }
        }

        @inline(__always) private func hash(_ id: TraceID) -> UInt64 {
            let product = (id.low ^ seed).multipliedFullWidth(by: id.high | 1)
            return product.high ^ product.low ^ id.low
        }

        @inline(__always) private func place(of id: TraceID, _ hash: UInt64) -> Int {
            var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[place] != 0 {
                if slots[place] >> 32 == hash >> 32, entries[Int(slots[place] & 0xFFFF_FFFF) - 1].id == id { return place }
                place = (place + 1) & (slots.count - 1)
            }
            return place
        }

        private mutating func share(_ place: Int, _ part: SplitIndex.Part, _ parts: inout [SplitIndex.Part]) {
            let entry = Int(slots[place] & 0xFFFF_FFFF) - 1
            if !isShared[entry] {
                isShared[entry] = true
                parts.append(entries[entry])
            }
            parts.append(part)
        }

        private mutating func grow(to count: Int) {
            slots = ContiguousArray(repeating: 0, count: (count * 2).nextPowerOfTwo)
            for (index, entry) in entries.enumerated() {
                let hash = hash(entry.id)
                slots[place(of: entry.id, hash)] = hash & ~0xFFFF_FFFF | UInt64(index + 1)
            }
        }
    }
}
