internal import SelfStats
internal import Trace

/// What a complete edge counts in.
extension ServiceGraphProcessor {
    func complete(_ place: Int) {
        guard let row = row(of: place) else { return context.counters.invalidText.serviceGraphs.add() }
        let edge = (
            weight: waiting.edges[place].multiplier, failed: waiting.edges[place].hasFailed, trace: waiting.edges[place].key.trace,
            server: waiting.edges[place].serverSeconds, client: waiting.edges[place].clientSeconds)
        let seconds = context.seconds
        if let metric = metrics.total { table.add(edge.weight, row, metric, seconds: seconds, &context.limits) }
        if edge.failed, let metric = metrics.failed { table.add(edge.weight, row, metric, seconds: seconds, &context.limits) }
        if let metric = metrics.server { observe(edge.server, edge.weight, row, metric, edge.trace) }
        if let metric = metrics.client { observe(edge.client, edge.weight, row, metric, edge.trace) }
        if let metric = metrics.messaging, waiting.edges[place].connection == .messaging {
            let (sent, received) = (waiting.edges[place].clientEndNanos, waiting.edges[place].serverStartNanos)
            if received > sent { observe(Double(received - sent) / 1e9, edge.weight, row, metric, edge.trace) }   // else clocks disagree
        }
        if let metric = metrics.info { table.set(1, row, metric, seconds: seconds, &context.limits) }
    }

    private func observe(_ value: Double, _ weight: Double, _ row: Int, _ metric: Int, _ trace: TraceID) {
        table.observe(
            value, weight: weight, row, metric, bounds: bounds, trace: trace, millis: context.millis, seconds: context.seconds,
            &context.limits)
    }

    /// nil when the labels are no text.
    private func row(of place: Int) -> Int? {
        context.scratch.clear()
        let side: UInt64 = switch waiting.edges[place].virtualSide {
        case nil: 0
        case .client: 1
        case .server: 2
        }
        context.scratch.append(UInt64(waiting.edges[place].connection.rawValue) | side << 8)
        appendToKey(waiting.edges[place].client, place)
        appendToKey(waiting.edges[place].server, place)
        for index in 0..<waiting.dimensionCount {
            let piece = waiting.dimensions[place * waiting.dimensionCount + index]
            context.scratch.append(piece == nil ? 0 : 1)
            if let piece { appendToKey(piece, place) }
        }
        let hash = seededHash(context.scratch.base, context.scratch.count)
        if let known = rows.row(of: context.scratch.bytes, hash: hash) { return known < 0 ? nil : known }
        let row = context.row(of: labels(place), in: table)
        rows.insert(context.scratch.bytes, hash: hash, row: row ?? -1)
        return row
    }

    private func appendToKey(_ piece: Edge.Piece, _ place: Int) {
        context.scratch.append(part: waiting.edges[place].view(piece), limit: .max)
    }

    private func labels(_ place: Int) -> [(name: [UInt8], value: [UInt8])] {
        let edge = waiting.edges[place]
        var labels: [(name: [UInt8], value: [UInt8])] = []
        func add(_ name: String, _ value: [UInt8]) { labels.append((Array(name.utf8), value)) }
        add("client", edge.bytes(edge.client))
        add("server", edge.bytes(edge.server))
        add("connection_type", Array(edge.connection.label.utf8))
        for column in 0..<waiting.dimensionCount {
            let name = configuration.dimensions[column % configuration.dimensions.count]
            let prefix = configuration.enableClientServerPrefix ? column < configuration.dimensions.count ? "client_" : "server_" : ""
            let value = waiting.dimensions[place * waiting.dimensionCount + column].map { edge.bytes($0) } ?? []
            add(prefix + LabelNames.dimension(name, reserved: prefix.isEmpty ? LabelNames.intrinsic : []), value)
        }
        if configuration.enableVirtualNodeLabel, let side = edge.virtualSide {
            add("virtual_node", Array((side == .client ? "client" : "server").utf8))
        }
        return labels
    }
}
