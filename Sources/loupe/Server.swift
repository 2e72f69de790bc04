import API
import Logging
import Query
import Receiver
import SelfStats
import Settings
import SpanMetrics
import Store
import Synchronization
import Wire

/// A running Loupe: opens the store, starts the rooms in order, stops them in reverse.
final class Server: Sendable {
    private let configuration: Configuration
    private let log: Logger
    private let store: Store
    private let wire: WireServer
    private let readiness: Readiness
    private let health: Health
    private let api: APIService
    private let counting: SpanCounting?

    init(_ configuration: Configuration) throws {
        self.configuration = configuration
        let handler = LogLine(configuration)
        log = Logger(label: "loupe") { _ in handler }
        for warning in configuration.warnings { log.warning("\(warning)") }

        let started = nowNanos(), startedMonotonic = monotonicSeconds()
        let (store, recovery) = try Store.open(StoreConfiguration(configuration), log: log) { try $0.decoded() }
        self.store = store
        report(recovery, log)

        let problems = ProblemLog()
        let receiver = ReceiverCounters()
        counting = try SpanCounting(configuration, store)
        let generator = counting?.generator
        let sink = StoreSink(store, counting: counting)
        readiness = Readiness(now: nowNanos)
        health = Health(isServing: true, services: ["tempopb.StreamingQuerier"])
        let running = Mutex<WireServer?>(nil)
        let place = Place(running)
        let registry = Registry(metricsTable(
            store: store, receiver: receiver, generator: generator, wire: { place.server }, startedSeconds: Double(started) / 1e9,
            uptime: { monotonicSeconds() - startedMonotonic }), sources: [{ generator?.exposition($0) ?? [] }])
        let metrics: @Sendable (String?) -> (contentType: String, body: [UInt8]) = { accept in
            let format = ExpositionFormat(accept: accept)
            return (format.contentType, registry.exposition(format))
        }
        let meter = RateMeter(count: 0)
        let inContainer = isInContainer(processEnvironment())
        let state: @Sendable () -> ServerState = {
            var state = ServerState(startedNanos: started)
            state.isInContainer = inContainer
            state.memoryBytes = ProcessFacts.residentBytes
            state.memoryLimitBytes = configuration.memoryBytes
            state.spansPerSecond = meter.rate(count: receiver.receivedSpans.value)
            state.ledger = ServerState.Ledger(receiver)
            state.listeners = place.listeners(configuration, sink)
            return state
        }

        var context = APIContext(
            store: store, engine: QueryEngine(store), build: BuildInfo(version: Version.number, revision: ""), readiness: readiness, problems: problems,
            metrics: metrics, server: state, settings: { settingsText(configuration, $0) }, now: nowNanos)
        context.series = StoredSeries(store: store.series, generator: generator)
        var settings = OTLPService.Settings()
        settings.httpLimits = BodyLimits(wireBytes: configuration.maxMessageBytes, inflatedBytes: configuration.maxMessageBytes)
        settings.grpcLimits = settings.httpLimits
        settings.cors = CORSPolicy(allowedOrigins: configuration.corsOrigins)
        let otlp = OTLPService(settings: settings, sink: sink, problems: SenderProblems(log: problems), health: health, counters: receiver)
        api = APIService(context, other: otlp)
        let services: [String: any Service] = [
            "otlp-grpc": otlp, "otlp-http": otlp, "api": api, "metrics": MetricsService(metrics: metrics),
            "health": HealthService(readiness: readiness),
        ]
        let tls = configuration.tlsCertificate.flatMap { certificate in
            configuration.tlsKey.map { Listener.TLS(certificatePath: certificate, keyPath: $0, allowsPlaintext: true) }
        }
        let listeners = configuration.listeners.compactMap { name, endpoint -> Listener? in
            guard let service = services[name] else { return nil }
            return Listener(
                name: name, address: ListenAddress(host: endpoint.host.isEmpty ? nil : endpoint.host, port: endpoint.port),
                tls: tls, service: service)
        }
        do {
            wire = try WireServer.start(
                listeners, budget: ByteBudget(limitBytes: configuration.memoryBytes / 4), problems: ConnectionProblems(problems, now: nowNanos))
        } catch {
            counting?.stop()
            store.close()
            throw StartError(error, configuration)
        }
        place.server = wire
        readiness.becomeReady()
        let bound = Dictionary(uniqueKeysWithValues: wire.addresses.map {
            ($0.listener, Endpoint(host: $0.address.host ?? "", port: $0.address.port))
        })
        writeLine(banner(configuration, bound, store.status), to: .standardOutput)
    }

    /// Takes no more requests, answers those in flight, and closes the store: what was acknowledged is on disk either way.
    func stop() {
        log.notice("stopping")
        readiness.becomeUnready("stopping")
        health.isServing = false
        wire.stop(graceSeconds: 10)
        api.stop(graceSeconds: 5)
        counting?.stop()
        store.close()
        log.notice("stopped")
    }
}

/// The running listeners, for those who were made before them.
private final class Place: Sendable {
    private let running: Mutex<WireServer?>

    init(_ running: consuming sending Mutex<WireServer?>) { self.running = running }

    var server: WireServer? {
        get { running.withLock { $0 } }
        set { running.withLock { $0 = newValue } }
    }

    func listeners(_ configuration: Configuration, _ sink: StoreSink) -> [ServerState.Listener] {
        guard let server else { return [] }
        let addresses = Dictionary(server.addresses.map { ($0.listener, "\($0.address)") }, uniquingKeysWith: { first, _ in first })
        return server.connections.map { count in
            ServerState.Listener(
                name: count.listener, address: addresses[count.listener] ?? "", isTLS: configuration.tlsCertificate != nil, connections: count.open,
                lastReceivedNanos: sink.lastReceivedNanos(count.listener))
        }
    }
}

/// A start that failed at a listener, told by the setting to change.
struct StartError: Error, CustomStringConvertible {
    var description: String

    init(_ error: WireStartError, _ configuration: Configuration) {
        let source = configuration.source(of: error.listener)
        let fix = switch error.cause {
        case .addressInUse: "stop that process, or choose another port, or 0 for any free one, or off"
        case .noPermission: "choose a port above 1023"
        case .notAnAddressHere: "choose an address of this machine, for example 127.0.0.1:\(error.address.port), or :\(error.address.port) for all of them"
        case .certificate: "look at the settings tls-cert and tls-key"
        case .other: "choose another address"
        }
        description = "\(error) (setting \(error.listener), from \(source)); \(fix)"
    }
}

extension StoreConfiguration {
    fileprivate init(_ configuration: Configuration) {
        self.init(directory: configuration.data)
        retentionSeconds = Int(configuration.retention.components.seconds)
        maxDiskBytes = configuration.maxDiskBytes
        memoryBytes = configuration.memoryBytes
        fsync = configuration.fsync
    }
}

extension ServerState.Ledger {
    fileprivate init(_ receiver: ReceiverCounters) {
        self.init()
        received = receiver.receivedSpans.value
        stored = receiver.acceptedSpans.sum
        refused = [(reason: "storage", spans: receiver.refusedSpans.sum), (reason: "internal error", spans: receiver.failedSpans.value)].filter { $0.spans > 0 }
        invalid = receiver.rejectedSpans.values.map { (reason: $0.labels[0], spans: $0.count) }
    }
}

/// Settings, one a line; those in effect with where they came from.
private func settingsText(_ configuration: Configuration, _ view: SettingsView) -> String {
    let lines: [String] = Setting.table.compactMap { setting in
        let source = configuration.source(of: setting.name)
        return switch view {
        case .defaults: "\(setting.name): \(setting.defaultText)"
        case .changed where source == .standard: nil
        case .changed, .inEffect: "\(setting.name): \(setting.text(in: configuration))  # \(source)"
        }
    }
    return lines.map { "\($0)\n" }.joined()
}

private func report(_ recovery: RecoveryReport, _ log: Logger) {
    for damage in recovery.damage { log.error("\(damage)") }
    if recovery.requests > 0 || recovery.tornBytes > 0 {
        let torn = recovery.tornBytes > 0 ? "; \(recovery.tornBytes) bytes of an unfinished write were never acknowledged" : ""
        log.notice("replayed \(recovery.spans) spans of \(recovery.requests) requests from the journal in \(recovery.seconds) s\(torn)")
    }
}
