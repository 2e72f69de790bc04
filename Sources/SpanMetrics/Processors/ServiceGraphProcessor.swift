internal import SelfStats
internal import Trace

/// Edges between services, put together of pairs of spans. Semantics: Tempo's `modules/generator/processor/servicegraphs`.
final class ServiceGraphProcessor {
    let table: RowTable
    var rows: KeyTable
    var waiting: EdgeTable
    private var filtered: FilteredSides
    let configuration: ServiceGraphConfiguration
    let filter: SpanFilter
    let bounds: ContiguousArray<Double>
    let dimensionKeys: [Int]
    private let peerKeys: [Int]
    private let databaseKeys: [Int]
    private let peerService: Int, serverAddress: Int, networkAddress: Int, networkPort: Int
    private let multiplierKey: Int?
    let metrics: (total: Int?, failed: Int?, server: Int?, client: Int?, messaging: Int?, info: Int?)
    let context: GeneratorContext

    init(
        _ configuration: ServiceGraphConfiguration, _ set: MetricSet, _ keys: inout AttributeKeys, _ context: GeneratorContext
    ) throws(GeneratorConfigurationError) {
        self.configuration = configuration
        self.context = context
        filter = try SpanFilter(configuration.filters, &keys, of: "service_graphs")
        bounds = ContiguousArray(configuration.histogramBuckets)
        dimensionKeys = keys.numbers(configuration.dimensions)
        peerKeys = keys.numbers(configuration.peerAttributes)
        databaseKeys = keys.numbers(configuration.databaseNameAttributes)
        peerService = keys.number("peer.service")
        serverAddress = keys.number("server.address")
        networkAddress = keys.number("network.peer.address")
        networkPort = keys.number("network.peer.port")
        multiplierKey = configuration.multiplierKey.map { keys.number($0) }
        var shapes: [MetricShape] = []
        func shape(_ isOn: Bool, _ name: String, _ help: String, _ kind: MetricShape.Kind) -> Int? {
            guard isOn else { return nil }
            shapes.append(MetricShape("traces_service_graph_\(name)", help, kind))
            return shapes.count - 1
        }
        let requests = set.contains(.graphRequests), latency = set.contains(.graphLatency)
        let histogram = MetricShape.Kind.histogram(configuration.histogramBuckets)
        metrics = (
            shape(requests, "request_total", "Requests from one service to another.", .counter),
            shape(requests, "request_failed_total", "Requests that failed on either side.", .counter),
            shape(latency, "request_server_seconds", "Time that requests took at the server.", histogram),
            shape(latency, "request_client_seconds", "Time that requests took at the client.", histogram),
            shape(
                latency && configuration.enableMessagingLatency, "request_messaging_system_seconds", "Time that messages were under way.",
                histogram),
            shape(set.contains(.graphConnectionInfo), "connection_info", "Which services are connected.", .gauge)
        )
        table = RowTable(shapes)
        rows = KeyTable(limitBytes: max(1 << 18, context.configuration.memoryBytes / 8))
        waiting = EdgeTable(dimensionCount: configuration.dimensions.count * (configuration.enableClientServerPrefix ? 2 : 1))
        filtered = FilteredSides(limit: configuration.maxItems)
    }

    var allocatedBytes: Int { table.allocatedBytes + rows.allocatedBytes + waiting.allocatedBytes }

    func forgetRows() { rows.removeAll() }

    /// Which side of an edge spans of a kind are; nil for those that are none.
    @inline(__always) static func side(ofKind kind: Int32) -> EdgeSide? {
        switch kind {
        case SpanKind.client.rawValue, SpanKind.producer.rawValue: .client
        case SpanKind.server.rawValue, SpanKind.consumer.rawValue: .server
        default: nil
        }
    }

    /// Takes one side of an edge.
    func count(_ view: SpanView, _ side: EdgeSide, _ resource: Resource) {
        guard let service = resource.service, !service.isEmpty else { return }
        let span = view.span
        let key = EdgeKey(trace: span.traceID, span: side == .client ? span.spanID : span.parentID)
        let seconds = UInt64(context.seconds)
        if !filter.isEmpty, !filter.keeps(view, resource.serviceGraphPolicies) {
            context.counters.filteredSpans.serviceGraphs.add()
            return leaveOut(key, side)
        }
        let known = waiting.find(key)
        if known == nil, filtered.contains(key, side == .client ? .server : .client) { return context.counters.droppedEdges.add() }
        let place = known ?? waiting.make(key)
        fill(place, view, side, resource, service)
        if known == nil { context.counters.edges.add() }
        if waiting.edges[place].isComplete {
            if known != nil { waiting.remove(place) }
            complete(place)
            waiting.free(place)
        } else if known == nil {
            if waiting.count < configuration.maxItems {
                waiting.insert(place, expiry: seconds + UInt64(configuration.waitSeconds))
            } else {
                waiting.free(place)
                context.counters.droppedSpans.add()
            }
        }
    }

    /// Nobody shall wait for a span that was filtered. A server without parent has nobody.
    private func leaveOut(_ key: EdgeKey, _ side: EdgeSide) {
        if key.isRoot { return }
        if let counterpart = waiting.find(key) {
            waiting.remove(counterpart)
            waiting.free(counterpart)
        }
        if !filtered.add(key, side, expiry: UInt64(context.seconds) + UInt64(configuration.waitSeconds)) { context.counters.markerOverflows.add() }
    }

    private func fill(_ place: Int, _ view: SpanView, _ side: EdgeSide, _ resource: Resource, _ service: [UInt8]) {
        let limit = context.configuration.maxLabelValueBytes
        let name = service.withUnsafeBytes { waiting.edges[place].keep($0, limit: limit) }
        let seconds = view.durationSeconds
        if view.span.status == SpanStatus.error.rawValue { waiting.edges[place].hasFailed = true }
        waiting.edges[place].multiplier = multiplierKey == nil && !configuration.enableTraceStateMultiplier
            ? 1 : view.multiplier(traceState: configuration.enableTraceStateMultiplier, key: multiplierKey, resource)
        for (index, key) in dimensionKeys.enumerated() {
            if let text = view.withValue(key, resource, \.text) { keepDimension(place, index, side, text) }
        }
        for key in peerKeys {
            guard let peer = view.attribute(key) else { continue }
            waiting.edges[place].peer = keep(peer, place)
            break
        }
        switch side {
        case .client:
            waiting.edges[place].client = name
            waiting.edges[place].clientSeconds = seconds
            waiting.edges[place].clientEndNanos = view.span.endNanos
            waiting.edges[place].connection = view.span.kind == SpanKind.producer.rawValue ? .messaging : .plain
            lookForDatabase(place, view, resource)
        case .server:
            waiting.edges[place].server = name
            waiting.edges[place].serverSeconds = seconds
            waiting.edges[place].serverStartNanos = view.span.startNanos
            waiting.edges[place].connection = view.span.kind == SpanKind.consumer.rawValue ? .messaging : .plain
        }
    }

    private func keep(_ value: AttributeView, _ place: Int) -> Edge.Piece {
        let limit = context.configuration.maxLabelValueBytes
        if value.type == .string { return waiting.edges[place].keep(value.bytes, limit: limit) }
        return value.text.withUnsafeBytes { waiting.edges[place].keep($0, limit: limit) }
    }

    private func keepDimension(_ place: Int, _ index: Int, _ side: EdgeSide, _ text: [UInt8]) {
        let column = side == .server && configuration.enableClientServerPrefix ? dimensionKeys.count + index : index
        waiting.dimensions[place * waiting.dimensionCount + column] =
            text.withUnsafeBytes { waiting.edges[place].keep($0, limit: context.configuration.maxLabelValueBytes) }
    }

    /// A database reports no spans: what the client says of it is all there will be.
    private func lookForDatabase(_ place: Int, _ view: SpanView, _ resource: Resource) {
        func piece(_ key: Int) -> Edge.Piece? { view.withValue(key, resource) { keep($0, place) } }
        var matched: Int?
        for key in databaseKeys where resource.found[key] != nil || view.found[key] != 0 {
            matched = key
            break
        }
        guard let matched else { return }
        waiting.edges[place].connection = .database
        waiting.edges[place].serverSeconds = waiting.edges[place].clientSeconds
        if let name = piece(peerService) ?? piece(serverAddress) {
            waiting.edges[place].server = name
        } else if let address = view.withValue(networkAddress, resource, \.text) {
            let port = view.withValue(networkPort, resource, \.text)
            let name = port.map { address + [UInt8(ascii: ":")] + $0 } ?? address
            waiting.edges[place].server = name.withUnsafeBytes { waiting.edges[place].keep($0, limit: context.configuration.maxLabelValueBytes) }
        } else {
            waiting.edges[place].server = piece(matched) ?? Edge.Piece()
        }
    }

    /// Ends the waiting of all that waited long enough.
    func expire(atSeconds now: UInt64) {
        filtered.expire(atSeconds: now)
        while let place = waiting.expired(atSeconds: now) {
            waiting.remove(place)
            if nameMissingSide(place) {
                waiting.edges[place].connection = .virtual
                complete(place)
            } else {
                context.counters.expiredEdges.add()
            }
            waiting.free(place)
        }
    }

    /// Names the side that reported nothing after what the other one said of it. False when nobody knows.
    private func nameMissingSide(_ place: Int) -> Bool {
        let peer = waiting.edges[place].peer
        if waiting.edges[place].client.isEmpty {
            guard waiting.edges[place].key.isRoot else { return false }
            waiting.edges[place].client = peer.isEmpty ? Self.user.withUnsafeBytes { waiting.edges[place].keep($0, limit: .max) } : peer
            waiting.edges[place].virtualSide = .client
            return true
        }
        guard waiting.edges[place].server.isEmpty, !peer.isEmpty else { return false }
        waiting.edges[place].server = peer
        waiting.edges[place].virtualSide = .server
        return true
    }

    private static let user = Array("user".utf8)
}
