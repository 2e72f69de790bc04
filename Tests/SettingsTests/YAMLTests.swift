@testable import Settings
import Testing

private func tree(_ text: String) throws(YAMLError) -> YAMLNode { try YAMLNode(parsing: Array(text.utf8)) }

/// A tree without its marks, in a short notation.
private func shape(_ node: YAMLNode) -> String {
    switch node.content {
    case .scalar(let text, let isPlain): isPlain ? text : "'\(text)'"
    case .list(let items): "[" + items.map(shape).joined(separator: " ") + "]"
    case .map(let entries): "{" + entries.map { "\($0.key)=\(shape($0.value))" }.joined(separator: " ") + "}"
    }
}

@Suite struct YAMLTests {
    @Test("shapes", arguments: [
        ("a: 1\nb: [x, \"y\"]", "{a=1 b=[x 'y']}"),
        ("pipeline:\n- filter: {name: x}\n- batch:\n", "{pipeline=[{filter={name=x}} {batch=}]}"),
        ("a: |\n  two\n  lines\n", "{a='two\nlines\n'}"),
        ("a: &x [1, 2]\nb: *x", "{a=[1 2] b=[1 2]}"),
        ("a: &x 7\nb: {c: *x}", "{a=7 b={c=7}}"),
        ("", "{}"), ("just text", "just text"), ("a: !!str 5", "{a=5}"), ("\u{feff}a: é", "{a=é}"),
    ])
    func shapes(_ text: String, _ expected: String) throws { #expect(shape(try tree(text)) == expected) }

    @Test("marks point at keys and values")
    func marks() throws {
        guard case .map(let entries) = try tree("a: 1\nlong:\n  - x\n").content else { return #expect(Bool(false)) }
        #expect(entries[1].keyMark == YAMLMark(line: 2, column: 1))
        #expect(entries[1].value.mark == YAMLMark(line: 3, column: 3))
        #expect(entries[0].value.mark == YAMLMark(line: 1, column: 4))
    }

    @Test("null is null only when plain", arguments: [("a:", true), ("a: ~", true), ("a: null", true), ("a: \"null\"", false), ("a: ''", false)])
    func null(_ text: String, _ isNull: Bool) throws { #expect(try tree(text)["a"]?.isNull == isNull) }

    @Test("what is refused, and where", arguments: [
        ("a: 1\n---\nb: 2", "a second document begins here; only one is read", 2, 1),
        ("a: *x", "the alias *x has no anchor before it", 1, 4),
        ("a: &x [*x]", "the alias *x has no anchor before it", 1, 8),
        ("? [a]\n: b", "a key must be a plain text", 1, 3),
        ("a: &k x\n*k : y", "a key must be a plain text", 2, 1),
        ("{a: 1, a: 2}", "the key a is written twice", 1, 8),
        ("a: !secret x", "the tag !secret has no meaning here", 1, 4),
        ("a: \u{1}", "control characters are not allowed", 1, 4),
    ])
    func refused(_ text: String, _ message: String, _ line: Int, _ column: Int) {
        #expect(throws: YAMLError(message, YAMLMark(line: line, column: column))) { try tree(text) }
    }

    @Test("bytes that are no UTF-8 are refused where they stand")
    func encoding() {
        #expect(throws: YAMLError("invalid leading UTF-8 octet", YAMLMark(line: 2, column: 4))) {
            try YAMLNode(parsing: Array("a: 1\nb: ".utf8) + [0xff])
        }
    }

    @Test("depth, size and aliases of aliases are bounded")
    func limits() {
        func message(_ text: String) -> String? {
            do { _ = try tree(text) } catch { return error.message }
            return nil
        }
        #expect(message(String(repeating: "[", count: 32) + String(repeating: "]", count: 32)) == nil)
        #expect(message(String(repeating: "[", count: 20_000)) == "nested more than 32 deep")
        #expect(message(String(repeating: " ", count: 1 << 20) + "a") == "the text is larger than 1MiB")
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for i in 1...9 { bomb += "a\(i): &a\(i) [" + Array(repeating: "*a\(i - 1)", count: 10).joined(separator: ", ") + "]\n" }
        #expect(message(bomb) == "more than 50000 values")
        #expect(message(String(repeating: "- x\n", count: 60_000)) == "more than 50000 values")
    }
}
