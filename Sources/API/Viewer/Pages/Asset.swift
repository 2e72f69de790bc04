internal import CWebAssets
internal import Synchronization
internal import Zlib

/// A file of web/, embedded in the binary.
final class Asset: Sendable {
    let path: String
    let contentType: String
    /// Weak, because the same tag stands for the file as it is and for its gzip.
    let tag: String
    let bytes: [UInt8]
    /// Made at the first request that takes it; empty when gzip would not make the file smaller.
    private let compressed = Mutex<[UInt8]?>(nil)

    init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        contentType = Self.contentType(of: path)
        tag = "W/\"\(String(Self.fingerprint(bytes), radix: 16))\""
    }

    /// The file as gzip; nil when that is not worth it.
    var gzip: [UInt8]? {
        guard Self.isText(contentType), bytes.count > 512 else { return nil }
        let gzip = compressed.withLock { compressed in
            if let compressed { return compressed }
            let made = Deflater(.gzip, level: 9).deflated(bytes)
            compressed = made
            return made
        }
        return gzip.count < bytes.count ? gzip : nil
    }

    static func contentType(of path: String) -> String {
        switch path.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        case "json", "map": "application/json"
        case "webmanifest": "application/manifest+json"
        case "txt": "text/plain; charset=utf-8"
        case "png": "image/png"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "wasm": "application/wasm"
        default: "application/octet-stream"
        }
    }

    private static func isText(_ contentType: String) -> Bool {
        contentType.hasPrefix("text/") || contentType.contains("json") || contentType.contains("svg") || contentType.contains("wasm")
    }

    /// FNV-1a, 64 bits: tells two builds of a file apart, guards against nobody.
    private static func fingerprint(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

/// The embedded viewer, by path relative to web/.
enum EmbeddedViewer {
    static let files: [String: [UInt8]] = {
        var count = 0
        var files: [String: [UInt8]] = [:]
        guard let list = web_assets(&count) else { return files }
        for file in UnsafeBufferPointer(start: list, count: count) {
            files[String(cString: file.path)] = [UInt8](UnsafeBufferPointer(start: file.bytes, count: file.count))
        }
        return files
    }()
}
