/// Every setting of Loupe with its value. The values written here are the defaults: the help, the README and the
/// example file take theirs from this struct through the table in `Setting+Table.swift`, which also explains each one.
public struct Configuration: Equatable, Sendable {
    /// The file that was read, nil for none.
    public var config: String?
    /// Where everything is kept. Empty until `Command.parse` has looked at the environment.
    public var data = ""

    /// The listeners; nil is `off`.
    public var otlpGRPC: Endpoint? = Endpoint(host: "127.0.0.1", port: 4317)
    public var otlpHTTP: Endpoint? = Endpoint(host: "127.0.0.1", port: 4318)
    public var api: Endpoint? = Endpoint(host: "127.0.0.1", port: 3200)
    public var metrics: Endpoint? = Endpoint(host: "127.0.0.1", port: 8889)
    public var health: Endpoint? = Endpoint(host: "127.0.0.1", port: 13133)

    public var retention: Duration = .seconds(7 * 86400)
    public var maxDiskBytes = 10 << 30
    public var fsync = true

    public var memoryBytes = 512 << 20
    /// Never above half of `memoryBytes`: `Command.parse` lowers the default, and refuses a larger wish.
    public var maxMessageBytes = 64 << 20

    /// Processors of the metrics generator, by Tempo's names.
    public var generatedMetrics = ["span-metrics", "service-graphs"]

    /// Both paths or neither.
    public var tlsCertificate: String?
    public var tlsKey: String?
    /// Origins as a browser sends them. Each may hold one `*`; `*` alone is any origin.
    public var corsOrigins = ["http://localhost", "http://localhost:*", "http://127.0.0.1:*"]

    public var logLevel = LogLevel.info
    public var logFormat = LogFormat.text

    /// Where each value came from, by the setting's name. A name that is missing has its default.
    public internal(set) var sources: [String: Source] = [:]
    /// What does not stop the start but deserves a line in the log.
    public internal(set) var warnings: [String] = []

    public init() {}

    public func source(of name: String) -> Source { sources[name] ?? .standard }
}

/// What decided a setting's value.
public enum Source: Equatable, Sendable, CustomStringConvertible {
    case standard
    case file(path: String, line: Int, column: Int)
    case environment(variable: String)
    case flag(String)

    public var description: String {
        switch self {
        case .standard: "default"
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .environment(let variable): variable
        case .flag(let flag): flag
        }
    }
}

/// How grave an event must be to be logged. The names are swift-log's.
public enum LogLevel: String, CaseIterable, Sendable { case trace, debug, info, notice, warning, error, critical }

public enum LogFormat: String, CaseIterable, Sendable { case text, json }
