internal import SelfStats
internal import Trace

/// `probabilistic_sampler`: keeps a share of the traces, each whole, by hash or by the randomness that OpenTelemetry specifies.
///
/// At 100 % and more every span passes untouched: nothing is looked at and nothing written. The Collector writes `th:0` then,
/// which would have every batch encoded again and tells nobody anything.
struct ProbabilisticSampler: Processor {
    enum Mode: Sendable { case hashSeed, proportional, equalizing }

    let name: String
    let counters = ProcessorCounters()
    private let mode: Mode
    private let seed: UInt32
    private let failsClosed: Bool
    private let precision: Int
    private let keepsAll: Bool
    private let ratio: Double
    private let threshold: Threshold

    init(_ name: String, _ body: ConfigurationNode) throws(ConfigurationError) {
        self.name = name
        let fields = try body.fields([
            "sampling_percentage", "mode", "hash_seed", "fail_closed", "sampling_precision",
            "attribute_source", "from_attribute", "sampling_priority",
        ])
        for key in ["attribute_source", "from_attribute", "sampling_priority"] {
            try fields.refuse(key, "it is about logs, which do not come here", "remove the line")
        }
        let percentage = Float(try fields["sampling_percentage"]?.number(example: "10") ?? 0)
        if let node = fields["sampling_percentage"], !percentage.isFinite || percentage < 0 {
            throw node.error("\(node.quoted) is no percentage", "write a number from 0 to 100")
        }
        let modes: [(String, Mode)] = [("hash_seed", .hashSeed), ("proportional", .proportional), ("equalizing", .equalizing), ("", .hashSeed)]
        mode = try fields["mode"]?.choice(modes) ?? .hashSeed
        seed = UInt32(try fields["hash_seed"]?.int(0...Int(UInt32.max), example: 22) ?? 0)
        failsClosed = try fields["fail_closed"]?.flag() ?? true
        precision = try fields["sampling_precision"]?.int(1...14, example: 4) ?? 4
        keepsAll = percentage >= 100
        ratio = percentage == 0 ? 0 : max(Double(percentage) / 100, Threshold.leastProbability)
        if mode == .hashSeed, !keepsAll {
            threshold = Threshold(value: (16384 - UInt64(percentage * 163.84)) << 42)
            if let node = fields["sampling_percentage"], percentage > 0, threshold == .never {
                let fix = "write at least 0.0062, 0 to keep none, or mode: equalizing"
                throw node.error("\(node.quoted) is so little that hash_seed keeps nothing", fix)
            }
        } else {
            threshold = Threshold(probability: ratio, precision: precision)
        }
    }

    // MARK: Spans

    private enum Policy: Int, CaseIterable {
        case hash, w3c, randomness, priority, missing

        var label: String {
            switch self {
            case .hash: "trace_id_hash"
            case .w3c: "trace_id_w3c"
            case .randomness: "sampling_randomness"
            case .priority: "sampling_priority"
            case .missing: "missing_randomness"
            }
        }
    }

    func process(_ batch: inout SpanBatch, _ context: RequestContext, _ result: inout ProcessingResult) throws(ProcessingFailure) {
        if keepsAll { return }
        var isKept = ContiguousArray<Bool>(repeating: false, count: batch.spans.count)
        var counts = [Int](repeating: 0, count: 2 * Policy.allCases.count)
        var hashed: (id: TraceID, randomness: UInt64)?
        for index in batch.spans.indices {
            let span = batch.spans[index]
            if mode == .hashSeed, hashed?.id != span.traceID { hashed = (span.traceID, TraceHash.randomness(span.traceID, seed: seed)) }
            let (policy, state) = batch.withBytes(span.traceState) { decide(span, $0, hashed?.randomness ?? 0, batch, &isKept[index]) }
            counts[2 * policy.rawValue + (isKept[index] ? 1 : 0)] += 1
            if let state {
                batch.spans[index].traceState = batch.append(state)
                result.isChanged = true
                try batch.checkGrowth()
            }
        }
        for policy in Policy.allCases {
            for flag in 0...1 where counts[2 * policy.rawValue + flag] > 0 {
                counters.sampled[policy.label, flag == 1 ? "true" : "false"].add(counts[2 * policy.rawValue + flag])
            }
        }
        let dropped = batch.removeSpans(isKept)
        guard dropped > 0 else { return }
        result.isChanged = true
        result.drops.append(Drop(processor: name, reason: .sampledOut, count: dropped))
    }

    /// - Returns: by what it was decided, and the tracestate to write, if any.
    private func decide(
        _ span: SpanRecord, _ text: UnsafeRawBufferPointer, _ hashed: UInt64, _ batch: borrowing SpanBatch, _ isKept: inout Bool
    ) -> (Policy, [UInt8]?) {
        var state = TraceState(text)
        var policy = Policy.hash
        var randomness: UInt64? = hashed
        var isFaulty = state == nil
        if mode == .hashSeed {
            if state?.randomness != nil || state?.threshold != nil { isFaulty = true } else { state?.randomness = hashed }
        } else {
            policy = state?.randomness == nil ? .w3c : .randomness
            randomness = state.map { $0.randomness ?? span.traceID.low & (1 << 56 - 1) }
            if state != nil, state?.randomness == nil, span.traceID.isZero { randomness = nil }
            if randomness == nil { (policy, isFaulty) = (.missing, true) }
            // A threshold above the randomness says that the span was dropped before, yet here it is.
            if let randomness, let arrived = state?.threshold, arrived > randomness {
                state?.threshold = nil
                isFaulty = true
            }
        }
        var threshold = isFaulty ? (failsClosed ? Threshold.never : .always) : decided(state)
        if let priority = priority(span, batch), priority >= 0 {
            policy = .priority
            threshold = priority == 0 ? .never : .always
        }
        isKept = threshold.value <= randomness ?? 1 << 56 - 1
        guard isKept, var state else { return (policy, nil) }
        state.threshold = max(state.threshold ?? 0, threshold.value)
        guard let written = state.written(), !written.elementsEqual(text) else { return (policy, nil) }
        return (policy, written)
    }

    private func decided(_ state: TraceState?) -> Threshold {
        guard mode == .proportional, let arrived = state?.threshold else { return threshold }
        return Threshold(probability: Threshold(value: arrived).probability * ratio, precision: precision)
    }

    /// The span attribute `sampling.priority` as a number.
    private func priority(_ span: SpanRecord, _ batch: borrowing SpanBatch) -> Double? {
        for index in span.attributes.indices where batch.attributes[index].key.count == Self.priorityKey.count {
            let record = batch.attributes[index]
            guard batch.holds(Self.priorityKey, at: record.key) else { continue }
            switch record.type {
            case .int: return Double(Int64(bitPattern: record.bits))
            case .double: return Double(bitPattern: record.bits)
            case .string: return Double(batch.string(record.range))
            default: return nil
            }
        }
        return nil
    }

    private static let priorityKey = [UInt8]("sampling.priority".utf8)
}
