internal import Store
internal import Wire

/// `/status` and its sections: plain text for whoever looks after the server.
struct StatusPages: Sendable {
    enum Section: String, CaseIterable { case version, services, endpoints, config, ingest, runtimeConfig = "runtime_config" }

    let build: BuildInfo
    let readiness: Readiness
    let store: any TraceReader
    let server: @Sendable () -> ServerState
    /// The settings in effect, one `name: value` a line.
    let settings: @Sendable () -> String
    let endpoints: [String]

    /// Answers for the segments after `/status/`.
    func answer(_ segments: [String]) -> Response {
        if segments.isEmpty {
            let pages = Section.allCases.reduce("") { $0 + "GET /status/\($1.rawValue)\n\(text(of: $1))\n" }
            return .text(200, pages)
        }
        if segments == ["usage-stats"] { return .text(200, "usage-stats is not enabled") }
        guard segments.count == 1, let section = Section(rawValue: segments[0]) else { return .notFoundPage }
        return .text(200, text(of: section))
    }

    private func text(of section: Section) -> String {
        switch section {
        case .version: "loupe, version \(build.version) (branch: \(build.branch), revision: \(build.revision))\n  build date: \(build.date)\n  answers as: Tempo \(BuildInfo.tempoVersion)\n"
        case .services: services()
        case .endpoints: endpoints.map { "\($0)\n" }.joined()
        case .config: settings()
        case .ingest: ledger()
        case .runtimeConfig: "# Loupe has no settings that change while it runs.\n"
        }
    }

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
