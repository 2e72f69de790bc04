internal import Logging
internal import SelfStats
internal import Synchronization
public import Trace

extension Store {
    /// All spans of `id` received so far; nil when there are none.
    public func trace(_ id: TraceID) throws(StoreError) -> StoredTrace? {
        counters.traceReads.add()
        var assembler = TraceAssembler()
        var inspectedBytes = 0
        var skipped: [String] = []
        let sources = sources()
        var found = false
        for block in sources.blocks where block.bloom.mayContain(id) {
            found = collect(id, from: block.id, { try sources.reader(block) }, into: &assembler, &inspectedBytes, &skipped) || found
        }
        for reader in sources.memory {
            found = collect(id, from: 0, { reader }, into: &assembler, &inspectedBytes, &skipped) || found
        }
        guard found || !skipped.isEmpty else { return nil }
        guard found else { throw StoreError(description: skipped.joined(separator: "; ")) }
        let received = sources.heads.compactMap { $0.lastReceived(id) }.max()
        var trace = assembler.finish(id, lastReceivedNanos: received, inspectedBytes: inspectedBytes)
        if !skipped.isEmpty { trace.partial = skipped.joined(separator: "; ") }
        return trace
    }

    /// `trace(id)?.revision`, from the ids alone.
    public func revision(of id: TraceID) throws(StoreError) -> UInt64? {
        let sources = sources()
        var keys: Set<SpanKey> = []
        func add(_ reader: () throws -> BlockReader, _ block: Int64) {
            do {
                try keys.formUnion(reader().read { access in try access.find(id).map { try access.keys(of: $0) } ?? [] })
            } catch { _ = note(error, block) }
        }
        for block in sources.blocks where block.bloom.mayContain(id) { add({ try sources.reader(block) }, block.id) }
        for reader in sources.memory { add({ reader }, 0) }
        return keys.isEmpty ? nil : traceRevision(keys)
    }

    private func collect(
        _ id: TraceID, from block: Int64, _ reader: () throws -> BlockReader, into assembler: inout TraceAssembler,
        _ inspectedBytes: inout Int, _ skipped: inout [String]
    ) -> Bool {
        do {
            return try reader().read { access in
                defer { inspectedBytes += access.inspectedBytes }
                return try access.collect(id, into: &assembler)
            }
        } catch {
            if let words = note(error, block) { skipped.append(words) }
            return false
        }
    }

    /// Counts and names a damaged block; returns the words for the reader, or nil when the block was merely removed meanwhile.
    func note(_ error: any Error, _ block: Int64) -> String? {
        if let damage = error as? BlockDamage, damage == .gone { return nil }
        let words = "block \(block) of \(configuration.directory) is damaged and was skipped: \(error)"
        counters.damagedReads.add()
        let isNew = damage.withLock { damage in
            defer { damage[block] = words }
            return damage[block] == nil
        }
        if isNew { log.error("\(words)") }
        return words
    }
}
