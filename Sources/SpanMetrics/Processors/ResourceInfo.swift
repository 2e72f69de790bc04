internal import Trace

/// The metrics that say something of a resource, and are always 1: `traces_target_info` and `traces_host_info`.
final class ResourceInfo {
    let targets: RowTable?
    let hosts: RowTable?
    private let excluded: Set<[UInt8]>
    private let hasInstance: Bool
    private let hostKeys: [(key: Int, name: String)]
    private let context: GeneratorContext

    init(_ configuration: GeneratorConfiguration, _ keys: inout AttributeKeys, _ context: GeneratorContext) {
        self.context = context
        let spans = configuration.spanMetrics
        let wantsTargets = configuration.metrics.hasSpanMetrics && spans.enableTargetInfo
        targets = wantsTargets ? RowTable([MetricShape("traces_target_info", "What spans' resources say of themselves.", .gauge)]) : nil
        hosts = configuration.metrics.contains(.hostInfo)
            ? RowTable([MetricShape(configuration.hostInfo.metricName, "Hosts that spans came from.", .gauge)]) : nil
        excluded = Set((["service.name", "service.namespace", "service.instance.id"] + spans.targetInfoExcluded).map { Array($0.utf8) })
        hasInstance = spans.enableInstanceLabel
        hostKeys = configuration.hostInfo.identifiers.map { (keys.number($0), $0) }
    }

    /// The rows of a resource that was not seen before.
    func look(at resource: Resource) {
        if let targets { resource.targetRow = targetLabels(resource).flatMap { context.row(of: $0, in: targets, limitsValues: false) } }
        if let hosts { resource.hostRow = hostLabels(resource).flatMap { context.row(of: $0, in: hosts, limitsValues: false) } }
    }

    /// The resource sent spans.
    @inline(__always) func note(_ resource: Resource) {
        if let targets, let row = resource.targetRow { targets.set(1, row, 0, seconds: context.seconds, &context.limits) }
        if let hosts, let row = resource.hostRow { hosts.set(1, row, 0, seconds: context.seconds, &context.limits) }
    }

    private func targetLabels(_ resource: Resource) -> [(name: [UInt8], value: [UInt8])]? {
        var labels: [(name: [UInt8], value: [UInt8])] = []
        resource.message.withUnsafeBytes { message in
            AttributeReader.forEach(in: message) { key, type, bits in
                let name = Array(message[key.start..<key.end])
                guard let first = name.first, !(48...57).contains(first), !excluded.contains(name) else { return true }
                let label = LabelNames.dimension(String(decoding: name, as: UTF8.self), reserved: LabelNames.targetInfo)
                labels.append((Array(label.utf8), AttributeRecord(key: key, type: type, bits: bits).view(message).text))
                return true
            }
        }
        guard labels.contains(where: { !$0.value.isEmpty }) else { return nil }
        let instance = hasInstance ? resource.instance : []
        guard !resource.job.isEmpty || !instance.isEmpty else { return nil }
        return labels + [(Array("job".utf8), resource.job), (Array("instance".utf8), instance)]
    }

    private func hostLabels(_ resource: Resource) -> [(name: [UInt8], value: [UInt8])]? {
        for (key, name) in hostKeys {
            let host = resource.withValue(key) { $0.type == .string ? $0.text : [] } ?? []
            if !host.isEmpty { return [(Array("grafana_host_id".utf8), host), (Array("host_source".utf8), Array(name.utf8))] }
        }
        return nil
    }
}
