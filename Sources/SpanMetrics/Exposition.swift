internal import SelfStats

/// The tables as families for `/metrics`.
extension GeneratorState {
    func exposition(zeroStart: Bool) -> [FamilySnapshot] {
        var families: [FamilySnapshot] = []
        for table in tables {
            let rows = (0..<table.rowCount).filter { table.present[$0] != 0 }.map { row in
                (row, Labels(labels(row, table).map { ($0.name, $0.value) }))
            }
            for (metric, shape) in table.metrics.enumerated() {
                let kind: FamilySnapshot.Kind = switch shape.kind {
                case .counter: .counter
                case .gauge: .gauge
                case .histogram: .histogram
                }
                let series = rows.filter { table.has($0.0, metric) }.map { row, labels in
                    let isNew = zeroStart && shape.kind != .gauge && table.scraped[row] & 1 << UInt32(metric) == 0
                    if isNew { table.scraped[row] |= 1 << UInt32(metric) }
                    return FamilySnapshot.Series(labels: labels, value(row, metric, table, isZero: isNew))
                }
                families.append(FamilySnapshot(name: shape.name, help: shape.help, kind: kind, series: series))
            }
        }
        return families
    }

    private func value(_ row: Int, _ metric: Int, _ table: RowTable, isZero: Bool) -> FamilySnapshot.Series.Value {
        guard case .histogram(let bounds) = table.metrics[metric].kind else { return .number(isZero ? 0 : table.value(row, metric)) }
        var count = 0.0
        let cumulative = (0...bounds.count).map { bucket in
            count += isZero ? 0 : table.value(row, metric, 1 + bucket)
            return count
        }
        let exemplars = isZero ? [] : (0...bounds.count).map { bucket -> BucketSnapshot.Exemplar? in
            let exemplar = table.exemplar(row, metric, bucket)
            if exemplar.millis == 0 { return nil }
            return .init(
                labels: Labels([(configuration.registry.traceIDLabel, exemplar.traceID)]), value: exemplar.value, millis: exemplar.millis)
        }
        return .histogram(BucketSnapshot(
            bounds: bounds.map { PlainNumber.text($0) }, cumulative: cumulative, sum: isZero ? 0 : table.value(row, metric), exemplars: exemplars))
    }
}
