import Foundation
import Testing
import Wire
@testable import API

@Suite struct ViewerPagesTests {
    private let pages = ViewerPages(
        files: [
            "index.html": Array("<!doctype html>\n<base href=\"/ui/\">\n<p>äöü</p>".utf8),
            "loupe.css": Array(String(repeating: "a { color: red }\n", count: 100).utf8), "draw/bars.js": Array("export {};".utf8), "icon.svg": Array("<svg/>".utf8),
        ], prefix: "/my \"loupe\"")

    private func get(_ path: String, _ headers: [(name: String, value: String)] = []) -> Response {
        pages.answer(path.split(separator: "/").map(String.init), RequestHead(method: "GET", path: "/ui/" + path, headers: headers))
    }

    @Test("what has no dot in its last segment is a page; all else is a file", arguments: [
        ("", 200, "text/html; charset=utf-8"), ("search", 200, "text/html; charset=utf-8"), ("trace/4bf92f", 200, "text/html; charset=utf-8"),
        ("index.html", 200, "text/html; charset=utf-8"), ("loupe.css", 200, "text/css; charset=utf-8"), ("draw/bars.js", 200, "text/javascript; charset=utf-8"),
        ("icon.svg", 200, "image/svg+xml"), ("draw/none.js", 404, "text/plain; charset=utf-8"), ("../assets.c", 404, "text/plain; charset=utf-8"),
        ("a.b/page", 200, "text/html; charset=utf-8"),
    ])
    func types(_ path: String, _ status: Int, _ type: String) {
        let response = get(path)
        #expect(response.status == status && response["content-type"] == type)
    }

    @Test("the page is told its prefix, escaped")
    func base() {
        let page = get("trace/1").text
        #expect(page == "<!doctype html>\n<base href=\"/my &quot;loupe&quot;/ui/\">\n<p>äöü</p>")
        let plain = ViewerPages(files: ["index.html": Array("x<base href=\"/ui/\">y".utf8)], prefix: "")
        #expect(plain.answer([], RequestHead(method: "GET", path: "/ui/")).text == "x<base href=\"/ui/\">y")
    }

    @Test("every answer carries the policy and is checked again before it is used")
    func headers() {
        for response in [get(""), get("loupe.css"), get("loupe.css", [("if-none-match", get("loupe.css")["etag"]!)])] {
            #expect(response["content-security-policy"] == "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'")
            #expect(response["x-content-type-options"] == "nosniff" && response["referrer-policy"] == "no-referrer" && response["cache-control"] == "no-cache")
        }
    }

    @Test("a file the client holds is not sent again", arguments: [
        ("%", 304), ("\"other\", %", 304), ("*", 304), ("\"other\"", 200),
    ])
    func notModified(_ held: String, _ status: Int) {
        let tag = get("loupe.css")["etag"]!
        let response = get("loupe.css", [("if-none-match", held.split(separator: "%", omittingEmptySubsequences: false).joined(separator: tag))])
        #expect(response.status == status)
        #expect((status == 304) == response.body.isEmpty)
        #expect(tag != get("draw/bars.js")["etag"])
    }

    @Test("gzip where it is taken and worth it")
    func gzip() throws {
        let plain = get("loupe.css"), packed = get("loupe.css", [("accept-encoding", "gzip, br")])
        #expect(packed["content-encoding"] == "gzip" && packed["vary"] == "Accept-Encoding" && plain["vary"] == "Accept-Encoding" && plain["content-encoding"] == nil)
        #expect(packed.body.count < 100)
        #expect(try gunzip(packed.body) == plain.body)
        #expect(get("draw/bars.js", [("accept-encoding", "gzip")])["content-encoding"] == nil)
    }

    @Test("/ui/ answers from the binary; other methods are refused")
    func door() {
        let door = Door()
        #expect(door.get("/ui/").status == 200 && door.get("/ui/trace/abc").status == 200 && door.get("/ui").status == 200)
        #expect(door.get("/ui/", method: "POST").status == 405 && door.get("/ui/", method: "POST")["allow"] == "GET, HEAD")
        #expect(door.get("/ui/", method: "HEAD").status == 200)
    }

    /// `assets.c` names each file of web/ once. With LOUPE_WRITE_ASSETS=1 this writes the list instead of checking it.
    @Test("the binary holds the files of web/, all of them, as they are")
    func complete() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let web = root.appendingPathComponent("web")
        var files: [String: [UInt8]] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: web.path)! where isServed(path) {
            var isDirectory: ObjCBool = false
            let url = web.appendingPathComponent(path)
            if FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory), !isDirectory.boolValue { files[path] = [UInt8](try Data(contentsOf: url)) }
        }
        let list = root.appendingPathComponent("Sources/CWebAssets/assets.c")
        let expected = assetsSource(files.keys.sorted())
        if ProcessInfo.processInfo.environment["LOUPE_WRITE_ASSETS"] == "1" {
            try expected.write(to: list, atomically: true, encoding: .utf8)
            return
        }
        #expect(try String(contentsOf: list, encoding: .utf8) == expected, "run: LOUPE_WRITE_ASSETS=1 swift test --filter ViewerPagesTests, then build again")
        #expect(EmbeddedViewer.files.keys.sorted() == files.keys.sorted())
        let changed = files.filter { EmbeddedViewer.files[$0.key] != $0.value }.keys.sorted()
        #expect(changed.isEmpty, "changed since they were embedded: build again")
        #expect(String(decoding: files["index.html"] ?? [], as: UTF8.self).contains(ViewerPages.baseElement), "index.html must hold \(ViewerPages.baseElement)")
    }

    /// Notes for those who write the viewer stay out.
    private func isServed(_ path: String) -> Bool {
        !path.hasSuffix(".md") && !path.split(separator: "/").contains { $0.hasPrefix(".") }
    }

    private func assetsSource(_ paths: [String]) -> String {
        func symbol(_ path: String) -> String { String(path.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }) }
        var text = """
            // The viewer inside the binary: each file of web/ has its lines here. A test compares this list with the folder, and writes it:
            // LOUPE_WRITE_ASSETS=1 swift test --filter ViewerPagesTests
            #include "web_assets.h"


            """
        for path in paths { text += "static const unsigned char \(symbol(path))[] = {\n#embed \"../../web/\(path)\"\n};\n" }
        text += "\nstatic const web_asset assets[] = {\n"
        for path in paths { text += "    {\"\(path)\", \(symbol(path)), sizeof \(symbol(path))},\n" }
        text += """
            };

            const web_asset *web_assets(size_t *count) {
                *count = sizeof assets / sizeof assets[0];
                return assets;
            }

            """
        return text
    }
}
