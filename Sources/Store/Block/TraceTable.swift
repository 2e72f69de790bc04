package import Trace

/// What lists show of each trace of a block, computed from its columns when first asked for.
package struct TraceTable: Sendable {
    package struct ServiceCount: Sendable {
        package var service: UInt16
        package var spans: UInt32
        package var errors: UInt32
    }

    package struct Entry: Sendable {
        package var id = TraceID(high: 0, low: 0)
        package var startNanos: UInt64 = 0
        package var endNanos: UInt64 = 0
        package var spans: UInt32 = 0
        package var errors: UInt32 = 0
        /// Name codes and services (indices into `services`) of the root and of the earliest span; `none` without a root.
        package var rootName: UInt32 = TraceTable.none
        package var rootService: UInt16 = 0
        /// When the root starts.
        package var rootStart: UInt64 = 0
        package var firstName: UInt32 = 0
        package var firstService: UInt16 = 0
        /// Where its counts begin in `counts`.
        var firstCount: UInt32 = 0
        var countLength: UInt16 = 0
    }

    package static let none = UInt32.max

    package private(set) var entries: [Entry] = []
    private(set) var counts: [ServiceCount] = []
    /// Distinct service names of the block; "" for resources without one.
    package private(set) var services: [String] = []
    /// Indices of `entries`, newest start first, then greatest id.
    package private(set) var newestFirst: [UInt32] = []
    private(set) var inspectedBytes = 0

    var memoryBytes: Int { entries.count * (MemoryLayout<Entry>.stride + 4) + counts.count * MemoryLayout<ServiceCount>.stride }

    init(_ access: BlockAccess) throws(BlockDamage) {
        let before = access.inspectedBytes
        let directory = access.directory
        var numbers: [String: UInt16] = [:]
        var services: [String] = []
        let serviceOfResource: [UInt16] = directory.resources.map { resource in
            let name = EnvelopeTable.serviceName(resource)
            if let known = numbers[name] { return known }
            let number = UInt16(truncatingIfNeeded: min(services.count, Int(UInt16.max)))
            numbers[name] = number
            services.append(name)
            return number
        }
        let serviceOf = directory.envelopes.map { serviceOfResource[Int($0.resource)] }
        self.services = services
        entries.reserveCapacity(directory.traces)
        var current = Builder()
        for group in directory.groups.indices {
            try add(group, of: access, serviceOf: serviceOf, current: &current)
        }
        current.finish(&entries, &counts)
        let entries = self.entries
        newestFirst = entries.indices.map { UInt32($0) }.sorted { a, b in
            let a = entries[Int(a)], b = entries[Int(b)]
            return a.startNanos != b.startNanos ? a.startNanos > b.startNanos : a.id > b.id
        }
        inspectedBytes = access.inspectedBytes - before
    }

    /// The trace whose rows are being read.
    private struct Builder {
        var entry: Entry?
        var cursor: UInt64 = 0
        var counts: [ServiceCount] = []

        mutating func finish(_ entries: inout [Entry], _ all: inout [ServiceCount]) {
            guard var entry else { return }
            entry.firstCount = UInt32(all.count)
            entry.countLength = UInt16(truncatingIfNeeded: counts.count)
            all.append(contentsOf: counts)
            counts.removeAll(keepingCapacity: true)
            entries.append(entry)
        }
    }

    private mutating func add(_ group: Int, of access: BlockAccess, serviceOf: [UInt16], current: inout Builder) throws(BlockDamage) {
        let directory = access.directory
        let rows = directory.rows(of: group).count, traces = directory.traces(of: group).count
        let ids = try access.ids(.traceID, group: group, count: traces, width: 16)
        let rowCounts = try access.numbers(.traceRows, group: group, count: traces)
        let traceStarts = try access.numbers(.traceStart, group: group, count: traces)
        let starts = try access.numbers(.start, group: group, count: rows)
        let durations = try access.numbers(.duration, group: group, count: rows)
        let parents = try access.numbers(.parent, group: group, count: rows)
        let names = try access.codes(FixedColumn.name.rawValue, group: group, count: rows)
        let kinds = try access.numbers(.kindStatus, group: group, count: rows)
        let envelopes = try access.numbers(.envelope, group: group, count: rows)

        // Of roots that start together the first by service and name counts, so that it does not matter which came first.
        var texts = TextLookup(FixedColumn.name.rawValue)
        func isBefore(_ name: UInt32, _ service: UInt16, _ entry: Entry) throws(BlockDamage) -> Bool {
            if service != entry.rootService { return self.services[Int(service)].utf8.lexicographicallyPrecedes(self.services[Int(entry.rootService)].utf8) }
            if name == entry.rootName { return false }
            return try texts.string(Int(name), in: access).utf8.lexicographicallyPrecedes(try texts.string(Int(entry.rootName), in: access).utf8)
        }

        var trace = 0
        var nextTrace = directory.groups[group].carried
        // A carried trace goes on: its first start in a group counts from the trace's start again.
        if let entry = current.entry { current.cursor = entry.startNanos }
        for row in 0..<rows {
            if row == nextTrace {
                guard trace < traces, rowCounts[trace] > 0 else { throw .malformed(part: "traceRows") }
                current.finish(&entries, &counts)
                var entry = Entry()
                entry.id = ids.withUnsafeBytes { TraceID(wire: $0.baseAddress! + trace * 16) }
                entry.startNanos = traceStarts[trace] &+ directory.base
                entry.firstName = UInt32(truncatingIfNeeded: names[row])
                current.cursor = entry.startNanos
                current.entry = entry
                nextTrace += Int(truncatingIfNeeded: rowCounts[trace])
                trace += 1
            }
            guard var entry = current.entry, envelopes[row] < UInt64(serviceOf.count) else { throw .malformed(part: "envelope") }
            current.cursor &+= starts[row]
            let service = serviceOf[Int(envelopes[row])]
            let isError = kinds[row] >> 3 & 3 == UInt64(SpanStatus.error.rawValue)
            if entry.spans == 0 { entry.firstService = service }
            entry.spans += 1
            entry.errors += isError ? 1 : 0
            entry.endNanos = max(entry.endNanos, current.cursor &+ durations[row])
            if parents[row] == 0 {
                let name = UInt32(truncatingIfNeeded: names[row])
                var isRoot = entry.rootName == Self.none
                if !isRoot, current.cursor == entry.rootStart { isRoot = try isBefore(name, service, entry) }
                if isRoot {
                    entry.rootName = name
                    entry.rootService = service
                    entry.rootStart = current.cursor
                }
            }
            current.entry = entry
            if let known = current.counts.firstIndex(where: { $0.service == service }) {
                current.counts[known].spans += 1
                current.counts[known].errors += isError ? 1 : 0
            } else {
                current.counts.append(ServiceCount(service: service, spans: 1, errors: isError ? 1 : 0))
            }
        }
    }

    /// The entry of `id`, by bisection: entries stand in the order of their ids.
    package func entry(_ id: TraceID) -> Entry? {
        var low = 0, high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].id == id ? entries[low] : nil
    }

    package func counts(of entry: Entry) -> ArraySlice<ServiceCount> { counts[Int(entry.firstCount)..<Int(entry.firstCount) + Int(entry.countLength)] }
}
