/// What a query of the Prometheus endpoints may take.
public struct PrometheusLimits: Equatable, Sendable {
    /// How many samples it may hold at a time; each takes 8 to 16 bytes. Beyond: 422.
    public var samples = 10_000_000
    /// How long it may take, waiting included, unless it asks for less. Beyond: 503.
    public var timeoutSeconds = 120.0

    public init() {}

    /// Steps of a range query, the first not counted. Beyond: 400. As in Prometheus, whose number clients know.
    static let steps = 11_000.0
}
