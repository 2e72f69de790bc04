internal import Synchronization
internal import Trace

/// What became of resources and scopes that were met before, by their bytes: an exporter sends the same few with every request.
final class EnvelopeCache: Sendable {
    enum Outcome {
        case unchanged
        case changed([UInt8])
    }

    private struct Entry {
        var message: [UInt8]
        var kind: Envelope.Kind
        var outcome: Outcome
    }

    /// Forgotten as a whole when it is full: a fleet that changes makes new resources all the time, and the old ones do not come back.
    private static let limit = 1000
    /// Larger ones are seldom and cost memory.
    private static let limitBytes = 16 << 10

    private let entries = Mutex<[Int: Entry]>([:])

    /// Changes an envelope, and says whether it did.
    typealias Work = (inout Envelope, inout SpanBatch) -> Bool

    /// The outcome for `message`, from memory or by `work`.
    func outcome(_ kind: Envelope.Kind, _ message: ByteRange, _ batch: inout SpanBatch, _ work: Work) -> Outcome {
        let hash = batch.withBytes(message) { bytes in
            var hasher = Hasher()
            hasher.combine(kind)
            hasher.combine(bytes: bytes)
            return hasher.finalize()
        }
        if let known = entries.withLock({ $0[hash] }), known.kind == kind, batch.holds(known.message, at: message) { return known.outcome }
        let copy = batch.withBytes(message) { [UInt8]($0) }
        let outcome = Self.outcome(kind, message, &batch, work)
        guard copy.count <= Self.limitBytes else { return outcome }
        entries.withLock { entries in
            if entries.count >= Self.limit { entries.removeAll(keepingCapacity: true) }
            entries[hash] = Entry(message: copy, kind: kind, outcome: outcome)
        }
        return outcome
    }

    /// The same without memory, for work that depends on more than the bytes.
    static func outcome(_ kind: Envelope.Kind, _ message: ByteRange, _ batch: inout SpanBatch, _ work: Work) -> Outcome {
        var envelope = Envelope(kind, message, of: batch)
        return work(&envelope, &batch) ? .changed(envelope.encoded(in: batch)) : .unchanged
    }
}

extension SpanBatch {
    /// Rewrites every resource by `outcome`; returns whether any changed.
    mutating func rewriteResources(_ outcome: (ByteRange, inout SpanBatch) -> EnvelopeCache.Outcome) throws(ProcessingFailure) -> Bool {
        var isChanged = false
        for index in resources.indices {
            guard case .changed(let bytes) = outcome(resources[index].message, &self) else { continue }
            resources[index].message = append(bytes)
            isChanged = true
            try checkGrowth()
        }
        return isChanged
    }

    /// Rewrites every scope by `outcome`; returns whether any changed.
    mutating func rewriteScopes(_ outcome: (ByteRange, inout SpanBatch) -> EnvelopeCache.Outcome) throws(ProcessingFailure) -> Bool {
        var isChanged = false
        for index in scopes.indices {
            guard case .changed(let bytes) = outcome(scopes[index].message, &self) else { continue }
            scopes[index].message = append(bytes)
            isChanged = true
            try checkGrowth()
        }
        return isChanged
    }
}
