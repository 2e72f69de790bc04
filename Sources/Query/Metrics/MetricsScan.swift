internal import Store
internal import Synchronization
internal import Trace
internal import TraceQL

/// One metrics function over the spans of one pipeline.
struct MetricsScan: Sendable {
    let plan: Plan
    let function: MetricsFunction
    let grouping: [Field]
    let intervals: Intervals
    let exemplars: Int
    let extrapolates: Bool
    /// Of the series and the answer.
    let memoryBytes: Int

    /// What a thread has gathered.
    struct Gathered: Sendable {
        var tally: Tally
        var exemplars: ExemplarPool
        var statistics = QueryStatistics()
    }

    var kind: Tally.Kind {
        switch function {
        case .rate, .countOverTime, .histogramOverTime, .quantileOverTime, .compare: .count
        case .minOverTime: .smallest
        case .maxOverTime: .largest
        case .avgOverTime: .average
        case .sumOverTime: .sum
        }
    }

    /// The field that the function computes with; nil when it counts spans.
    var argument: Field? {
        switch function {
        case .rate, .countOverTime, .compare: nil
        case .minOverTime(let field), .maxOverTime(let field), .avgOverTime(let field), .sumOverTime(let field), .histogramOverTime(let field),
             .quantileOverTime(let field, _): field
        }
    }

    var isBucketed: Bool {
        switch function {
        case .histogramOverTime, .quantileOverTime: true
        default: false
        }
    }

    var empty: Gathered {
        Gathered(tally: Tally(kind, intervals: intervals.count), exemplars: ExemplarPool(wanted: intervals.isInstant ? 0 : exemplars, intervals))
    }

    func gather(_ block: Block, into gathered: inout Gathered) throws {
        let keys = grouping.isEmpty ? nil : GroupKeys(grouping, block)
        var seriesOfCode: [Int32] = []
        for index in block.directory.groups.indices {
            try block.reading.checkCancelled()
            let group = block.group(index)
            let selection = try plan.selection(group)
            if selection.isNone { continue }
            let starts = try group.starts()
            let codes = try keys?.codes(group)
            let values = try argument.map { try SpanValues($0, group, floats: !isBucketed) }
            let weights = extrapolates ? try SamplingWeights.of(group) : nil
            var rows = selection
            if let values { rows = rows & values.present }
            if rows.isNone { continue }
            if let codes, let top = codes.max(), Int(top) >= seriesOfCode.count {
                seriesOfCode.append(contentsOf: repeatElement(-1, count: Int(top) + 1 - seriesOfCode.count))
            }
            var cursor = Intervals.Cursor(intervals)
            var ungrouped: Int32 = -1
            var buckets: [Int32] = isBucketed ? [Int32](repeating: -1, count: 64) : []
            var bucketsOfCode: [UInt32: [Int32]] = [:]
            let mask: [UInt8]? = if case .some(let bytes) = rows { bytes } else { nil }
            for row in 0..<group.count {
                if let mask, mask[row] == 0 { continue }
                let interval = cursor.sample(starts[row])
                if interval < 0 { continue }
                let weight = weights?[row] ?? 1
                if isBucketed {
                    guard let bucket = SpanValues.bucket(values!.numbers[row]) else { continue }
                    if let codes {
                        var known = bucketsOfCode[codes[row]] ?? [Int32](repeating: -1, count: 64)
                        if known[bucket] < 0 {
                            known[bucket] = Int32(gathered.tally.series(.init(values: keys!.values(codes[row]), bucket: bucket)))
                            bucketsOfCode[codes[row]] = known
                        }
                        gathered.tally.count(Int(known[bucket]), interval, weight)
                    } else {
                        if buckets[bucket] < 0 { buckets[bucket] = Int32(gathered.tally.series(.init(values: [], bucket: bucket))) }
                        gathered.tally.count(Int(buckets[bucket]), interval, weight)
                    }
                    continue
                }
                let series: Int32
                if let codes {
                    let code = Int(codes[row])
                    if seriesOfCode[code] < 0 { seriesOfCode[code] = Int32(gathered.tally.series(.init(values: keys!.values(codes[row])))) }
                    series = seriesOfCode[code]
                } else {
                    if ungrouped < 0 { ungrouped = Int32(gathered.tally.series(.init(values: []))) }
                    series = ungrouped
                }
                if let values {
                    gathered.tally.add(Int(series), interval, values.numbers[row], weight: weight)
                } else {
                    gathered.tally.count(Int(series), interval, weight)
                }
            }
            try check(gathered.tally)
            gathered.statistics.spans += group.count
            if gathered.exemplars.wanted > 0 { try offer(group, rows, starts, codes.map { ($0, keys!) }, values, &gathered.exemplars) }
        }
        gathered.statistics.blocks += 1
        gathered.statistics.traces += block.directory.traces
        gathered.statistics.bytes += block.access.inspectedBytes
    }

    /// Of a thread, and of all of them together.
    func check(_ tally: Tally) throws(QueryFailure) {
        if tally.bytes > memoryBytes {
            throw .tooLarge("""
                the query makes more than \(tally.keys.count) series, which takes more than \(memoryBytes >> 20) MiB: \
                group by fewer or other fields, filter, or ask for fewer intervals
                """)
        }
    }

    // MARK: Exemplars

    private func offer(
        _ group: Group, _ rows: Mask, _ starts: [UInt64], _ codes: ([UInt32], GroupKeys)?, _ values: SpanValues?, _ pool: inout ExemplarPool
    ) throws {
        let block = group.block
        var ids: [TraceID]?
        for piece in try group.traces() {
            let id: TraceID
            if piece.trace < block.directory.groups[group.index].firstTrace {
                id = try block.traceID(piece.trace)
            } else {
                if ids == nil { ids = try group.traceIDs() }
                id = ids![piece.trace - block.directory.groups[group.index].firstTrace]
            }
            let rank = ExemplarPool.rank(id)
            var slice = -1, end: UInt64 = 0, first: UInt64 = 0
            for row in piece.rows where rows[row] {
                let start = starts[row]
                // The first of each slice, and those that start together with it, of which the pool takes the smallest id.
                guard start > intervals.afterNanos, start <= intervals.throughNanos, slice < 0 || start >= end || start == first else { continue }
                if isBucketed, let values, SpanValues.bucket(values.numbers[row]) == nil { continue }
                slice = pool.slice(start)
                end = pool.end(of: slice)
                first = start
                guard pool.wants(rank, slice) else { continue }
                let labels = try plan.fields.labels(group, row) + grouping.labels(group, row)
                var seen: Set<String> = ["trace:id"]
                pool.offer(
                    .init(rank: rank, trace: id, startNanos: start, span: try group.spanIDs()[row],
                          kind: UInt8(try group.numbers(.kindStatus)[row] & 7), series: key(row, codes, values), value: values?.numbers[row] ?? 0,
                          labels: [NamedValue("trace:id", .string(id.hex))] + labels.filter { seen.insert($0.name).inserted }), slice)
            }
        }
    }

    private func key(_ row: Int, _ codes: ([UInt32], GroupKeys)?, _ values: SpanValues?) -> Tally.Key {
        var key = Tally.Key(values: codes.map { $0.1.values($0.0[row]) } ?? [])
        if isBucketed, let bucket = values.flatMap({ SpanValues.bucket($0.numbers[row]) }) { key.bucket = bucket }
        return key
    }
}

extension [Field] {
    /// The values that a span has of them, under their full names.
    func labels(_ group: Group, _ row: Int) throws -> [NamedValue] {
        try compactMap { field in
            let value = try group.block.field(field).spanValue(group, row)
            return value == .none ? nil : NamedValue(field.description, value.asLabel)
        }
    }
}

extension Value {
    /// As series show it: statuses, kinds and durations as text.
    var asLabel: Value {
        switch self {
        case .status, .kind, .duration: .string(literal!.description)
        default: self
        }
    }
}

/// How many spans each span stands for, by the sampling threshold in its trace state.
/// Source: https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
enum SamplingWeights {
    static func of(_ group: Group) throws -> [Double]? {
        guard let column = group.block.column(.span, .traceState) else { return nil }
        let ranks = try group.ranks(.span, column)
        let codes = try group.values(.span, column)
        let place = group.block.directory.placeIndex(.span, column)
        var known: [UInt64: Double] = [:]
        return try ranks.map { rank in
            guard rank >= 0 else { return 1 }
            let code = codes[Int(rank)]
            if let weight = known[code] { return weight }
            let weight = weight(ofTraceState: try group.block.text(place).string(code, in: group.block.access))
            known[code] = weight
            return weight
        }
    }

    static func weight(ofTraceState state: String) -> Double {
        for member in state.split(separator: ",") {
            let pair = member.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].drop(while: { $0 == " " }) == "ot" else { continue }
            for field in pair[1].split(separator: ";") where field.hasPrefix("th:") {
                let digits = field.dropFirst(3)
                guard (1...14).contains(digits.utf8.count), let threshold = UInt64(digits, radix: 16) else { return 1 }
                let rejected = Double(threshold << UInt64(4 * (14 - digits.utf8.count))) / Double(UInt64(1) << 56)
                return rejected < 1 ? 1 / (1 - rejected) : 1
            }
        }
        return 1
    }
}
