/// What Wire itself wants to know from a head, found out once: on HTTP/2 connections heads repeat, and so the facts are kept.
struct HeadFacts: Sendable {
    var encoding: ContentEncoding? = .identity
    /// The name of an encoding that is not known; then `encoding` is nil.
    var unknownEncoding = ""
    var acceptsGzip = false
    var expectsContinue = false
    /// The name of a `-bin` header that is not base64.
    var undecodableMetadata: String?

    /// Whether the path has a service and a method, as a gRPC call needs.
    var namesMethod = false

    init(_ head: RequestHead) {
        namesMethod = head.path.utf8.dropFirst().contains(UInt8(ascii: "/"))
        for (name, value) in head.headers {
            switch name {
            case "content-encoding" where !head.isGRPC, "grpc-encoding" where head.isGRPC: readEncoding(value)
            case "accept-encoding": acceptsGzip = acceptsGzip || HeaderValue.accepts("gzip", in: value)
            case "expect": expectsContinue = HeaderValue.equal(value, "100-continue")
            default:
                if head.isGRPC, name.hasSuffix("-bin"), !Base64.isValid(value) { undecodableMetadata = name }
            }
        }
    }

    private mutating func readEncoding(_ value: String) {
        let name = HeaderValue.trim(value).lowercased()
        if name.isEmpty || name == "identity" { return }
        if encoding == .identity, let known = ContentEncoding(rawValue: name == "x-gzip" ? "gzip" : name) {
            encoding = known
        } else {
            encoding = nil                       // unknown, or one encoding over another
            unknownEncoding += (unknownEncoding.isEmpty ? "" : ", ") + value.prefix(64)
        }
    }
}

extension RequestHead {
    /// `application/grpc`, alone or followed by `+` or `;`.
    static func isGRPCContentType(_ value: String) -> Bool {
        let prefix = "application/grpc"
        guard value.utf8.count >= prefix.utf8.count, HeaderValue.equal(String(value.prefix(prefix.count)), prefix) else { return false }
        let next = value.utf8.dropFirst(prefix.utf8.count).first
        return next == nil || next == UInt8(ascii: "+") || next == UInt8(ascii: ";")
    }

    /// Splits a request target into path and query; an absolute one loses its scheme and authority.
    static func split(target: String) -> (path: String, query: String?) {
        var rest = target[...]
        if !rest.hasPrefix("/"), let scheme = rest.range(of: "://") {
            rest = rest[scheme.upperBound...]
            rest = rest.firstIndex { $0 == "/" || $0 == "?" }.map { rest[$0...] } ?? "/"
        }
        guard let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (String(rest), nil) }
        return (String(rest[..<mark]), String(rest[rest.utf8.index(after: mark)...]))
    }
}

extension Substring {
    /// The first place of `needle`; the standard library has this only for patterns.
    fileprivate func range(of needle: String) -> Range<Index>? { firstRange(of: needle) }
}
