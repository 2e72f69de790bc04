internal import Wire

/// The viewer's files under `/ui/`, and its one page for every page path.
struct ViewerPages: Sendable {
    /// Every answer here carries these. Verified with the viewer: `innerHTML` and workers by URL throw under it (viewer.md §9).
    static let headers: [(name: String, value: String)] = [
        ("content-security-policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'self'; "
            + "form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-cache"),
    ]
    /// What index.html holds where the path it is served under belongs.
    static let baseElement = #"<base href="/ui/">"#

    private let assets: [String: Asset]

    /// - Parameter prefix: the path in front of `/ui/`, such as `/loupe`; empty for none.
    init(files: [String: [UInt8]], prefix: String) {
        assets = files.reduce(into: [:]) { assets, file in
            var bytes = file.value
            if file.key == "index.html", !prefix.isEmpty {
                let page = String(decoding: bytes, as: UTF8.self)
                let base = #"<base href="\#(Self.escaped(prefix))/ui/">"#
                bytes = Array(Self.replacing(Self.baseElement, by: base, in: page).utf8)
            }
            assets[file.key] = Asset(path: file.key, bytes: bytes)
        }
    }

    /// Answers for the segments after `/ui/`. A last segment with a dot names a file, anything else is a page.
    func answer(_ segments: [String], _ head: RequestHead) -> Response {
        let isFile = segments.last?.contains(".") ?? false
        guard let asset = assets[isFile ? segments.joined(separator: "/") : "index.html"] else { return .notFoundPage }
        var headers = Self.headers + [("etag", asset.tag)]
        if head.matchesTag(asset.tag) { return Response(status: 304, headers: headers) }
        headers.append(("content-type", asset.contentType))
        guard let gzip = asset.gzip else { return Response(status: 200, headers: headers, body: asset.bytes) }
        headers.append(("vary", "Accept-Encoding"))
        guard head.acceptsGzip else { return Response(status: 200, headers: headers, body: asset.bytes) }
        return Response(status: 200, headers: headers + [("content-encoding", "gzip")], body: gzip)
    }

    private static func replacing(_ old: String, by new: String, in text: String) -> String {
        let bytes = Array(text.utf8), pattern = Array(old.utf8)
        guard bytes.count >= pattern.count,
            let start = (0...bytes.count - pattern.count).first(where: { bytes[$0..<$0 + pattern.count].elementsEqual(pattern) })
        else { return text }
        return String(decoding: bytes[..<start] + Array(new.utf8) + bytes[(start + pattern.count)...], as: UTF8.self)
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "\"": result += "&quot;"
            case "<": result += "&lt;"
            default: result.append(character)
            }
        }
    }
}
