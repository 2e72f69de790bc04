internal import Trace

/// What the processors share: limits, estimates, the memory that keys are made in, the clock of the batch at hand.
final class GeneratorContext {
    let counters: GeneratorCounters
    let configuration: RegistryConfiguration
    var limits: SeriesLimits
    var cardinality: LabelCardinality
    var scratch = Scratch()
    /// When the batch came, in milliseconds and in seconds since 1970.
    var millis: Int64 = 0
    var seconds: UInt32 = 0

    init(_ configuration: RegistryConfiguration, _ counters: GeneratorCounters) {
        self.configuration = configuration
        self.counters = counters
        limits = SeriesLimits(configuration, counters)
        cardinality = LabelCardinality(limit: configuration.maxCardinalityPerLabel, counters: counters)
    }

    /// The row of these labels in `table` after all rules for labels; nil when they are no text.
    func row(of labels: [(name: [UInt8], value: [UInt8])], in table: RowTable, limitsValues: Bool = true) -> Int? {
        var labels = labels
        for index in labels.indices {
            if labels[index].name.count > configuration.maxLabelNameBytes {
                labels[index].name.removeLast(labels[index].name.count - configuration.maxLabelNameBytes)
            }
            if labels[index].value.count > configuration.maxLabelValueBytes {
                labels[index].value.removeLast(labels[index].value.count - configuration.maxLabelValueBytes)
            }
        }
        if limitsValues { cardinality.apply(to: &labels) }
        let set = LabelSet(labels)
        return set.isValidText ? table.row(of: set, &limits) : nil
    }

    /// Adds a value to the key at hand, as it came: what it looks like as text does not matter to find it again.
    @inline(__always) func appendToKey(_ value: AttributeView?) {
        guard let value else { return scratch.append(255) }
        scratch.append(UInt64(value.type.rawValue))
        switch value.type {
        case .string: scratch.append(part: value.bytes, limit: configuration.maxLabelValueBytes)
        case .other: scratch.append(part: value.bytes, limit: .max)
        default: scratch.append(value.bits)
        }
    }
}
