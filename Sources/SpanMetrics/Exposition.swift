internal import SelfStats

/// A table at one moment, to be shown without holding up those who count.
struct TableSnapshot: Sendable {
    let metrics: [MetricShape]
    let labels: [LabelSet]
    let values: ContiguousArray<Double>
    let exemplars: ContiguousArray<ExemplarSlot>
    let present: ContiguousArray<UInt32>
    /// Bits as in `present`: metrics that are shown as 0 this time.
    let zeros: ContiguousArray<UInt32>
}

extension RowTable {
    /// - Parameter zeroStart: whether counters and histograms that were in no such snapshot before are shown as 0.
    func snapshot(zeroStart: Bool) -> TableSnapshot {
        let countable = metrics.enumerated().reduce(UInt32(0)) { $1.element.kind == .gauge ? $0 : $0 | 1 << UInt32($1.offset) }
        let zeros = ContiguousArray(present.indices.map { zeroStart ? present[$0] & ~scraped[$0] & countable : 0 })
        if zeroStart { for row in present.indices { scraped[row] |= present[row] } }
        return TableSnapshot(metrics: metrics, labels: labels, values: values, exemplars: exemplars, present: present, zeros: zeros)
    }
}

extension TableSnapshot {
    func families(_ configuration: RegistryConfiguration) -> [FamilySnapshot] {
        let rows = present.indices.filter { present[$0] != 0 }.map { row in
            (row, Labels(configuration.labels(of: labels[row]).map { ($0.name, $0.value) }))
        }
        return metrics.enumerated().map { metric, shape in
            let kind: FamilySnapshot.Kind = switch shape.kind {
            case .counter: .counter
            case .gauge: .gauge
            case .histogram: .histogram
            }
            let series = rows.filter { present[$0.0] & 1 << UInt32(metric) != 0 }.map { row, labels in
                FamilySnapshot.Series(labels: labels, value(row, metric, shape, traceIDLabel: configuration.traceIDLabel))
            }
            return FamilySnapshot(name: shape.name, help: shape.help, kind: kind, series: series)
        }
    }

    private func value(_ row: Int, _ metric: Int, _ shape: MetricShape, traceIDLabel: String) -> FamilySnapshot.Series.Value {
        let isZero = zeros[row] & 1 << UInt32(metric) != 0
        let first = values.count / labels.count * row + shape.firstValue
        guard case .histogram(let bounds) = shape.kind else { return .number(isZero ? 0 : values[first]) }
        var count = 0.0
        let cumulative = (0...bounds.count).map { bucket in
            count += isZero ? 0 : values[first + 1 + bucket]
            return count
        }
        let firstExemplar = exemplars.count / labels.count * row + shape.firstExemplar
        let shown = isZero ? [] : exemplars[firstExemplar...firstExemplar + bounds.count].map { exemplar -> BucketSnapshot.Exemplar? in
            if exemplar.millis == 0 { return nil }
            return .init(labels: Labels([(traceIDLabel, exemplar.traceID)]), value: exemplar.value, millis: exemplar.millis)
        }
        return .histogram(BucketSnapshot(
            bounds: bounds.map { PlainNumber.text($0) }, cumulative: cumulative, sum: isZero ? 0 : values[first], exemplars: shown))
    }
}

extension RegistryConfiguration {
    /// The labels of a series, those of the configuration among them.
    func labels(of set: LabelSet) -> [MetricLabel] {
        let own = set.labels
        if externalLabels.isEmpty { return own }
        return own + externalLabels.filter { external in !external.value.isEmpty && !own.contains { $0.name == external.name } }
    }
}
