internal import Store
internal import Wire

/// Which settings `/status/config` shows, by the name of its `mode`.
public enum SettingsView: String, Sendable {
    case inEffect = ""
    /// Those that are not at their default.
    case changed = "diff"
    case defaults
}

/// `/status` and its sections: plain text for whoever looks after the server.
struct StatusPages: Sendable {
    enum Section: String, CaseIterable { case version, services, endpoints, config, ingest, runtimeConfig = "runtime_config" }

    let build: BuildInfo
    let readiness: Readiness
    let store: any TraceReader
    let server: @Sendable () -> ServerState
    /// Settings, one `name: value` a line.
    let settings: @Sendable (SettingsView) -> String
    let endpoints: [String]

    /// Answers for the segments after `/status/`.
    func answer(_ segments: [String], _ parameters: QueryParameters) -> Response {
        if segments.isEmpty {
            let pages = Section.allCases.reduce("") { $0 + "GET /status/\($1.rawValue)\n\(text(of: $1))\n" }
            return .text(200, pages)
        }
        if segments == ["usage-stats"] { return .text(200, "usage-stats is not enabled") }
        if segments.first == "overrides", segments.count <= 2 { return .text(200, Self.limits) }
        if segments == ["config"] { return .text(200, settings(SettingsView(rawValue: parameters["mode"] ?? "") ?? .inEffect)) }
        guard segments.count == 1, let section = Section(rawValue: segments[0]) else { return .notFoundPage }
        return .text(200, text(of: section))
    }

    private func text(of section: Section) -> String {
        switch section {
        case .version:
            "loupe, version \(build.version) (branch: \(build.branch), revision: \(build.revision))\n  build date: \(build.date)\n"
                + "  answers as: Tempo \(BuildInfo.tempoVersion)\n"
        case .services: services()
        case .endpoints: endpoints.map { "\($0)\n" }.joined()
        case .config: settings(.inEffect)
        case .ingest: ledger()
        case .runtimeConfig: "# Loupe has no settings that change while it runs.\n"
        }
    }

    /// The same for every tenant: there is one.
    private static let limits = """
        search range: \(GoDuration.text(TempoLimits.searchRangeSeconds * 1_000_000_000))
        search traces: \(TempoLimits.tracesMaximum)
        spans per span set: \(TempoLimits.spansPerSpansetMaximum)
        metrics range: \(GoDuration.text(TempoLimits.metricsRangeNanos))
        metrics samples per series: \(TempoLimits.metricsSteps)
        metrics exemplars: \(TempoLimits.exemplars)
        query bytes: \(TempoLimits.queryBytes)

        """

    private func services() -> String {
        let status = store.status
        var lines = ["api: \(readiness.state.isReady ? "Running" : readiness.state.reason)"]
        lines.append("store: \(status.failure.map { "Failed: \($0)" } ?? "Running")")
        for listener in server().listeners { lines.append("\(listener.name): Running on \(listener.address), \(listener.connections) connections") }
        return lines.map { "\($0)\n" }.joined()
    }

    private func ledger() -> String {
        let ledger = server().ledger
        var lines = ["received:  \(ledger.received)", "stored:    \(ledger.stored)", "duplicate: \(ledger.duplicate)"]
        for (reason, spans) in ledger.refused { lines.append("refused (\(reason)): \(spans)") }
        for (reason, spans) in ledger.invalid { lines.append("invalid (\(reason)): \(spans)") }
        lines.append(ledger.unaccounted == 0 ? "It adds up." : "It does not add up: \(ledger.unaccounted) spans are in flight or lost to the count.")
        return lines.map { "\($0)\n" }.joined()
    }
}
