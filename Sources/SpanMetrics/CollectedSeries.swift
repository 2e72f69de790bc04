internal import SelfStats

/// The value of every series at one moment, for whoever keeps or sends them.
public struct CollectedSeries: Sendable {
    /// A series that is collected for the first time.
    public struct Born: Sendable {
        public var number: Int
        /// In the order of their names, `__name__` among them.
        public var labels: [MetricLabel]
        /// Whether the series began at 0 a moment ago: a sample of 0 at `zeroMillis` comes before the value.
        public var hasZero: Bool
    }

    public struct Exemplar: Sendable {
        /// The series' number: a bucket's.
        public var number: Int
        /// Hexadecimal, without leading zeros.
        public var traceID: String
        public var value: Double
        public var millis: Int64
    }

    public var millis: Int64
    /// The end of the minute before.
    public var zeroMillis: Int64
    public var born: [Born] = []
    /// Numbers of the series and their values, in the same order. A number means one series for as long as the generator lives.
    public var numbers: [Int] = []
    public var values: [Double] = []
    /// Those observed since the last collection.
    public var exemplars: [Exemplar] = []
    /// Numbers of series that are no more.
    public var gone: [Range<Int>] = []
}

extension GeneratorState {
    func collect(nowNanos: UInt64) -> CollectedSeries {
        tick(nowNanos: nowNanos)
        refreshCardinality()
        let millis = context.millis
        var collection = CollectedSeries(millis: millis, zeroMillis: millis / 60_000 * 60_000 - 1000)
        collection.numbers.reserveCapacity(context.limits.activeSeries)
        collection.values.reserveCapacity(context.limits.activeSeries)
        for table in tables {
            for row in 0..<table.rowCount where table.present[row] != 0 { collect(row, table, &collection) }
        }
        collection.gone = takeGone()
        lastCollectionMillis = millis
        context.counters.collections.add()
        return collection
    }

    private func collect(_ row: Int, _ table: RowTable, _ collection: inout CollectedSeries) {
        for metric in table.metrics.indices where table.has(row, metric) {
            let shape = table.metrics[metric]
            let first = table.number(row, metric)
            if table.collected[row] & 1 << UInt32(metric) == 0 {
                table.collected[row] |= 1 << UInt32(metric)
                bear(row, metric, table, &collection)
            }
            guard case .histogram(let bounds) = shape.kind else {
                collection.numbers.append(first)
                collection.values.append(table.value(row, metric))
                continue
            }
            var count = 0.0
            for bucket in 0...bounds.count {
                count += table.value(row, metric, 1 + bucket)
                collection.numbers.append(first + bucket)
                collection.values.append(count)
                let exemplar = table.exemplar(row, metric, bucket)
                if exemplar.millis > lastCollectionMillis {
                    collection.exemplars.append(.init(
                        number: first + bucket, traceID: exemplar.traceID, value: exemplar.value, millis: exemplar.millis))
                }
            }
            collection.numbers += [first + bounds.count + 1, first + bounds.count + 2]
            collection.values += [table.value(row, metric), count]
        }
    }

    /// A histogram's series in the order of their numbers: buckets, `_sum`, `_count`.
    private func bear(_ row: Int, _ metric: Int, _ table: RowTable, _ collection: inout CollectedSeries) {
        let shape = table.metrics[metric]
        let first = table.number(row, metric)
        let labels = configuration.registry.labels(of: table.labels[row])
        func bear(_ number: Int, _ name: String, hasZero: Bool, _ more: [MetricLabel] = []) {
            let all = (labels + more + [MetricLabel("__name__", name)]).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            collection.born.append(.init(number: number, labels: all, hasZero: hasZero))
        }
        guard case .histogram(let bounds) = shape.kind else {
            return bear(first, shape.name, hasZero: shape.kind == .counter)
        }
        for (bucket, bound) in (bounds + [.infinity]).enumerated() {
            bear(first + bucket, shape.name + "_bucket", hasZero: true, [MetricLabel("le", PlainNumber.text(bound))])
        }
        // Tempo begins a sum at its first value: the mean of a service that was called once would be 0 then.
        bear(first + bounds.count + 1, shape.name + "_sum", hasZero: true)
        bear(first + bounds.count + 2, shape.name + "_count", hasZero: true)
    }
}

extension ExemplarSlot {
    /// Without leading zeros, as Tempo writes it.
    var traceID: String {
        traceHigh != 0 ? String(traceHigh, radix: 16) + padded(traceLow) : String(traceLow, radix: 16)
    }

    private func padded(_ half: UInt64) -> String {
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
