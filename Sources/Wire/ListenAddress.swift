/// Where a listener waits for connections: `127.0.0.1:4317`, `[::1]:4317`, `localhost:4317`; `:4317` stands for all interfaces.
public struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
    /// A name or an address without brackets; nil means all interfaces, IPv6 and IPv4.
    public var host: String?
    /// 0 lets the system choose.
    public var port: Int

    public init(host: String? = nil, port: Int) {
        self.host = host
        self.port = port
    }

    public var description: String {
        guard let host else { return ":\(port)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
