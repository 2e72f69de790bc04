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

    /// Reads what a person wrote into a setting. `off`, `none` and an empty text give nil: do not listen.
    public static func parse(_ text: String) throws(ListenAddressError) -> ListenAddress? {
        let text = HeaderValue.trim(text)
        if text.isEmpty || text == "off" || text == "none" { return nil }
        guard !text.contains("/") else { throw ListenAddressError(text: text, reason: "it is a URL or a path, not host:port") }
        guard let colon = text.lastIndex(of: ":") else {
            throw ListenAddressError(text: text, reason: "it has no port, as in \(text):4317 or :4317")
        }
        let digits = text[text.index(after: colon)...]
        guard let port = UInt16(digits), digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw ListenAddressError(text: text, reason: "its port \"\(digits)\" is not a number from 0 to 65535")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host.contains(":") else { throw ListenAddressError(text: text, reason: "only IPv6 addresses stand in brackets") }
        } else if host.contains(":") {
            throw ListenAddressError(text: text, reason: "an IPv6 address needs brackets, as in [::1]:4317")
        } else if host.contains(where: { $0 == " " || $0 == "[" || $0 == "]" }) {
            throw ListenAddressError(text: text, reason: "\"\(host)\" is not a host name")
        }
        return ListenAddress(host: host.isEmpty || host == "*" ? nil : host, port: Int(port))
    }

    public var description: String {
        guard let host else { return ":\(port)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool { host == "localhost" || host == "::1" || host?.hasPrefix("127.") == true }
}

/// Why a text is no address to listen on.
public struct ListenAddressError: Error, Equatable, Sendable, CustomStringConvertible {
    public var text: String
    public var reason: String

    public var description: String { "\"\(text)\" is not an address to listen on: \(reason)" }
}
