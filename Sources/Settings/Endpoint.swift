/// Where a listener binds. `off` is the absence of an endpoint.
public struct Endpoint: Equatable, Sendable, CustomStringConvertible {
    /// A name or an address without brackets; empty means every interface, IPv4 and IPv6.
    public var host: String
    /// 0 lets the system pick a free port.
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Reads `127.0.0.1:4317`, `localhost:4317`, `[::1]:4317` and `:4317`.
    init(_ text: String) throws(Fault) {
        if text.contains("://") {
            throw Fault("is a URL", "write host:port alone, for example 127.0.0.1:4317")
        }
        guard let colon = text.lastIndex(of: ":") else {
            throw Int(text) != nil
                ? Fault("is a port without a host", "write 127.0.0.1:\(text), or :\(text) for every interface")
                : Fault("has no port", "write host:port, for example \(text.isEmpty ? "127.0.0.1" : text):4317, or off")
        }
        var host = String(text[..<colon])
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits), port <= 65535 else {
            throw Fault("has the port \"\(digits)\"", "a port is a number from 0 to 65535, 0 for any free one")
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            throw Fault("is an IPv6 address without brackets", "write [\(host)]:\(digits)")
        }
        if host == "*" { throw Fault("has * for a host", "write :\(port) for every interface") }
        guard host.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "[") && $0 != UInt8(ascii: "]") })
        else {
            throw Fault("has the host \"\(host)\"", "write a name or an address, for example 127.0.0.1:\(port)")
        }
        self.init(host: host, port: port)
    }

    /// Whether both cannot be bound at once, as far as the texts tell.
    func collides(with other: Endpoint) -> Bool {
        let everywhere: Set = ["", "0.0.0.0", "::"]
        return port != 0 && port == other.port
            && (host == other.host || everywhere.contains(host) || everywhere.contains(other.host))
    }
}
