internal import Patterns
internal import Trace

/// One of the `policies` of `tail_sampling`, or a part of one.
indirect enum TailPolicy: Sendable {
    typealias Verdict = TailSampling.Decision.Outcome

    case always
    /// Whole milliseconds: above `above`, and not above `upTo`.
    case latency(above: Int64, upTo: Int64?)
    case numeric(key: [UInt8], ClosedRange<Int64>, inverted: Bool)
    /// Traces whose hash is at most `bound`.
    case probabilistic(salt: [UInt8], bound: UInt64)
    case status(Set<Int32>)
    case string(key: [UInt8], StringTest, inverted: Bool)
    case boolean(key: [UInt8], Bool, inverted: Bool)
    case spanRate(TokenBucket), byteRate(TokenBucket)
    case spanCount(ClosedRange<Int>)
    case traceState(key: [UInt8], values: Set<[UInt8]>)
    case traceFlags
    case conditions([SpanFilter])
    case and([TailPolicy])
    case not(TailPolicy)
    case drop([TailPolicy])
    case composite([TailPolicy], SecondShares)

    enum StringTest: Sendable {
        case values(Set<[UInt8]>)
        case patterns([Pattern])
    }

    var drops: Bool { if case .drop = self { true } else { false } }

    func verdict(_ trace: TailEvaluation) -> Verdict {
        if case .drop(let parts) = self { return parts.allSatisfy { $0.samples(trace) } ? .dropped : .notSampled }
        return samples(trace) ? .sampled : .notSampled
    }

    private func samples(_ trace: TailEvaluation) -> Bool {
        switch self {
        case .always: true
        case .latency(let above, let upTo): trace.milliseconds > above && trace.milliseconds <= upTo ?? .max
        case .numeric(let key, let range, let inverted):
            trace.hasAttribute(key) { record, _ in record.type == .int && range.contains(Int64(bitPattern: record.bits)) } != inverted
        case .probabilistic(let salt, let bound): TraceHash.hash64(trace.traceID, salt: salt) <= bound
        case .status(let codes): trace.batch.spans.contains { codes.contains($0.status) }
        case .string(let key, let test, let inverted):
            trace.hasAttribute(key) { record, bytes in record.type == .string && test.matches(bytes(record.range)) } != inverted
        case .boolean(let key, let flag, let inverted):
            trace.hasAttribute(key) { record, _ in record.type == .bool && record.bits == (flag ? 1 : 0) } != inverted
        case .spanRate(let bucket): bucket.take(trace.batch.spans.count, nowNanos: trace.nowNanos)
        case .byteRate(let bucket): bucket.take(trace.bytes(), nowNanos: trace.nowNanos)
        case .spanCount(let range): range.contains(trace.batch.spans.count)
        case .traceState(let key, let values):
            trace.batch.spans.contains { span in
                trace.batch.withBytes(span.traceState) { text in TraceState.value(of: key, in: text).map { values.contains([UInt8]($0)) } ?? false }
            }
        case .traceFlags: trace.batch.spans.contains { $0.flags & 1 == 1 }
        case .conditions(let filters):
            trace.batch.withArena { arena in
                trace.batch.spans.indices.contains { span in filters.contains { $0.matches(span, in: trace.batch, arena) } }
            }
        case .and(let parts): parts.allSatisfy { $0.samples(trace) }
        case .not(let part): !part.samples(trace)
        case .drop: false
        case .composite(let parts, let shares):
            parts.firstIndex { $0.samples(trace) }.map { shares.take(trace.batch.spans.count, share: $0, nowNanos: trace.nowNanos) } ?? false
        }
    }
}

extension TailPolicy.StringTest {
    fileprivate func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .values(let values): values.contains([UInt8](text))
        case .patterns(let patterns): patterns.contains { $0.occurs(in: text) }
        }
    }
}
