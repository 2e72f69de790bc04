internal import Wire

/// Which web pages may send spans from their visitors' browsers. Source: https://fetch.spec.whatwg.org/#http-cors-protocol; the
/// origins are matched as the Collector matches them.
public struct CORSPolicy: Sendable, Equatable {
    /// `https://shop.example.com`, `https://*.example.com`, or `*` for all. Empty: browsers on other sites cannot send.
    public var allowedOrigins: [String]
    /// Header names that a page may set besides `accept`, `content-type` and `x-requested-with`; `*` for any.
    public var allowedHeaders: [String]
    /// For how long a browser may remember the answer to its preflight.
    public var maxAgeSeconds: Int

    public init(allowedOrigins: [String] = [], allowedHeaders: [String] = ["*"], maxAgeSeconds: Int = 7200) {
        self.allowedOrigins = allowedOrigins
        self.allowedHeaders = allowedHeaders
        self.maxAgeSeconds = maxAgeSeconds
    }

    var isActive: Bool { !allowedOrigins.isEmpty }

    func allows(origin: String) -> Bool {
        let origin = origin.lowercased()
        return allowedOrigins.contains { pattern in
            let pattern = pattern.lowercased()
            guard let star = pattern.firstIndex(of: "*") else { return pattern == origin }
            let (head, tail) = (pattern[..<star], pattern[pattern.index(after: star)...])
            return origin.utf8.count >= head.utf8.count + tail.utf8.count && origin.hasPrefix(head) && origin.hasSuffix(tail)
        }
    }

    /// The answer to the question a browser asks before it sends: always 204; what is not allowed is told by what is missing.
    func preflight(_ head: RequestHead) -> Response {
        var headers: [(name: String, value: String)] = [
            ("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
        ]
        if let origin = head["origin"], let method = head["access-control-request-method"],
           allows(origin: origin), ["GET", "POST", "HEAD"].contains(method), allows(requestHeaders: head["access-control-request-headers"]) {
            headers.append(("access-control-allow-origin", origin))
            headers.append(("access-control-allow-methods", method))
            if let names = head["access-control-request-headers"], !names.isEmpty {
                headers.append(("access-control-allow-headers", names))
            }
            headers.append(("access-control-allow-credentials", "true"))
            if maxAgeSeconds > 0 { headers.append(("access-control-max-age", String(maxAgeSeconds))) }
            if head["access-control-request-private-network"] == "true" {
                headers.append(("access-control-allow-private-network", "true"))
            }
        }
        return Response(status: 204, headers: headers)
    }

    private func allows(requestHeaders: String?) -> Bool {
        guard let requestHeaders, !allowedHeaders.contains("*") else { return true }
        let always = ["accept", "content-type", "x-requested-with"]
        return requestHeaders.split(separator: ",").allSatisfy { name in
            let name = name.filter { $0 != " " }.lowercased()
            return always.contains(name) || allowedHeaders.contains { $0.lowercased() == name }
        }
    }

    /// What every other answer carries. A page that is not allowed is served all the same: only its browser will not show it.
    func headers(for head: RequestHead) -> [(name: String, value: String)] {
        guard isActive, let origin = head["origin"] else { return [] }
        guard allows(origin: origin) else { return [("vary", "Origin")] }
        return [("vary", "Origin"), ("access-control-allow-origin", origin), ("access-control-allow-credentials", "true")]
    }
}
