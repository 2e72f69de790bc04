/// What rooms other than the store tell the viewer's status line: put together by `main`, read whenever a page asks.
public struct ServerState: Sendable {
    public struct Listener: Sendable {
        public var name: String
        public var address: String
        public var isTLS: Bool
        public var connections: Int
        public var lastReceivedNanos: UInt64?

        public init(name: String, address: String, isTLS: Bool, connections: Int, lastReceivedNanos: UInt64?) {
            self.name = name
            self.address = address
            self.isTLS = isTLS
            self.connections = connections
            self.lastReceivedNanos = lastReceivedNanos
        }
    }

    /// received = stored + refused + invalid + duplicate, in spans.
    public struct Ledger: Sendable {
        public var received = 0
        public var stored = 0
        public var refused: [(reason: String, spans: Int)] = []
        public var invalid: [(reason: String, spans: Int)] = []
        public var duplicate = 0

        public init() {}

        /// Spans received of which nothing above tells what became; 0 unless we lost count.
        public var unaccounted: Int {
            received - stored - duplicate - refused.reduce(0) { $0 + $1.spans } - invalid.reduce(0) { $0 + $1.spans }
        }
    }

    public var startedNanos: UInt64
    /// Whether Loupe runs in a container, where loopback addresses cannot be reached from outside.
    public var isInContainer = false
    public var memoryBytes = 0
    public var memoryLimitBytes = 0
    public var spansPerSecond = 0.0
    public var listeners: [Listener] = []
    public var ledger = Ledger()

    public init(startedNanos: UInt64) { self.startedNanos = startedNanos }
}
