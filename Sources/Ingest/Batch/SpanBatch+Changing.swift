internal import Trace

extension SpanBatch {
    /// Ranges count in 32 bits, and a small request of millions of spans could otherwise ask for any amount of memory. A request may
    /// have 1 GiB itself, so this much on top leaves room for what one step adds.
    static let growthLimitBytes = 1 << 30

    /// To be asked after each step that appends to the arena.
    @inline(__always)
    func checkGrowth() throws(ProcessingFailure) {
        if extra.count > Self.growthLimitBytes { throw ProcessingFailure(limitBytes: Self.growthLimitBytes) }
    }

    /// Keeps the spans that `isKept` says (by index), and then only the scopes and resources that still have any. Rows of removed
    /// spans stay in their tables, where nothing points at them.
    ///
    /// - Returns: how many spans were removed; with 0 the batch is as it was.
    mutating func removeSpans(_ isKept: ContiguousArray<Bool>) -> Int {
        let before = spans.count
        var kept = 0
        for index in spans.indices where isKept[index] {
            if kept != index { spans[kept] = spans[index] }
            kept += 1
        }
        guard kept < before else { return 0 }
        spans.removeLast(before - kept)
        removeEmptyEnvelopes()
        return before - kept
    }

    private mutating func removeEmptyEnvelopes() {
        var scopeNumbers = ContiguousArray<UInt32?>(repeating: nil, count: scopes.count)
        for span in spans { scopeNumbers[Int(span.scope)] = 0 }
        var resourceNumbers = ContiguousArray<UInt32?>(repeating: nil, count: resources.count)
        for (index, scope) in scopes.enumerated() where scopeNumbers[index] != nil { resourceNumbers[Int(scope.resource)] = 0 }
        resources = Self.compact(resources, &resourceNumbers)
        scopes = Self.compact(scopes, &scopeNumbers)
        for index in scopes.indices { scopes[index].resource = resourceNumbers[Int(scopes[index].resource)] ?? 0 }
        for index in spans.indices { spans[index].scope = scopeNumbers[Int(spans[index].scope)] ?? 0 }
    }

    /// The entries that have a number, each of which becomes its new place.
    private static func compact<T>(_ table: ContiguousArray<T>, _ numbers: inout ContiguousArray<UInt32?>) -> ContiguousArray<T> {
        var result = ContiguousArray<T>()
        for index in table.indices where numbers[index] != nil {
            numbers[index] = UInt32(truncatingIfNeeded: result.count)
            result.append(table[index])
        }
        return result
    }
}
