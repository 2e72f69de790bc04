import Testing
import Patterns

@Suite struct PatternTests {
    private func matches(_ pattern: String, _ text: String) throws -> Bool {
        let pattern = try Pattern(pattern)
        return Array(text.utf8).withUnsafeBytes { pattern.matches($0) }
    }

    @Test("matching", arguments: [
        ("abc|bcd", "abc", true), ("abc|bcd", "abcd", false), ("abc|bcd", "bcd", true), ("ab", "abc", false), ("^ab$", "ab", true), ("a.c", "a\nc", true), (".*", "", true), ("", "", true), ("", "a", false),
        ("abc", "ABC", false), ("(?i)abc", "ABC", true), ("a.c", "aéc", true), ("\\d+", "123", true), ("[[:alpha:]]+", "abc", true), ("\\pL+", "éß", true), ("a{2,3}", "aaaa", false), ("(?-s:a.c)", "a\nc", false), ("(?m)a$\nb", "a\nb", true),
        ("api-.*|web", "api-", true), ("(a|b)*c", "abababc", true), ("(x+x+)+y", String(repeating: "x", count: 5000), false),
    ])
    func table(_ pattern: String, _ text: String, _ expected: Bool) throws { #expect(try matches(pattern, text) == expected) }

    @Test("what is no pattern", arguments: [
        ("[", "missing ]: ["), ("(", "missing ): ("), ("a**", "bad repetition operator: **"), ("\\", "trailing \\"), ("(?P<n", "invalid named capture group: (?P<n"), ("\\1", "invalid escape sequence: \\1"), ("(?:a{1000}){1000}", "invalid repetition size: {1000}"),
        ("(\\pL{30}){30}|(\\pL{31}){30}|(\\pL{29}){31}", "pattern too large - compile failed"),
    ])
    func refused(_ pattern: String, _ expected: String) { #expect(throws: Pattern.Failure(message: expected)) { try Pattern(pattern) } }

    @Test("what groups take", arguments: [
        ("(a+)(b)?", "aa", [0..<2, 0..<2, nil]), ("(?P<x>.*)-(?P<y>.*)", "ab-c", [0..<4, 0..<2, 3..<4]), ("()", "", [0..<0, 0..<0]), ("a", "a", [0..<1]),
    ] as [(String, String, [Range<Int>?])])
    func captures(_ pattern: String, _ text: String, _ expected: [Range<Int>?]) throws {
        let pattern = try Pattern(pattern)
        #expect(Array(text.utf8).withUnsafeBytes { pattern.captures($0) } == expected)
        #expect(pattern.groups == expected.count - 1)
        #expect(pattern.group("y") == (pattern.groups == 2 && text.contains("-") ? 2 : nil))
        #expect(Array((text + "#").utf8).withUnsafeBytes { pattern.captures($0) } == nil || text.contains("-"))
    }

    @Test("where matching texts lie", arguments: [
        ("abc", ["abc"], ["abb", "abcd", "abd"]), ("api-.*", ["api-", "api-x", "api-\u{10ffff}\u{10ffff}"], ["api", "apj", "web"]), ("abc|abd", ["abc", "abd"], ["abb", "abe"]), ("(?i)abc", ["ABC", "abc", "Abc"], ["AB", "abd"]), (".*a", ["a", "zza"], []),
        ("a{3}b?", ["aaa", "aaab"], ["aa", "aaac"]), (String(repeating: "x", count: 100), [String(repeating: "x", count: 100)], ["w", "y"]),
    ])
    func bounds(_ pattern: String, _ inside: [String], _ outside: [String]) throws {
        let bounds = try #require(try Pattern(pattern).bounds)
        func contains(_ text: String) -> Bool {
            !text.utf8.lexicographicallyPrecedes(bounds.lower) && !bounds.upper.lexicographicallyPrecedes(text.utf8)
        }
        for text in inside { #expect(try contains(text) && matches(pattern, text), "\(text)") }
        for text in outside { #expect(!contains(text), "\(text)") }
    }

    @Test("finding", arguments: [
        ("b+", "abbcb", [1..<3, 4..<5]), ("a*", "baac", [0..<0, 1..<3, 4..<4]), ("", "é", [0..<0, 2..<2]), ("x", "abc", []), ("a.c", "a\nc", []), ("^a|c$", "aac", [0..<1, 2..<3]), ("", "", [0..<0]),
    ])
    func all(_ pattern: String, _ text: String, _ expected: [Range<Int>]) throws {
        let pattern = try Pattern(pattern, dotMatchesNewline: false)
        let (found, occurs) = Array(text.utf8).withUnsafeBytes { (pattern.allMatches(in: $0), pattern.occurs(in: $0)) }
        #expect(found == expected)
        #expect(occurs == !expected.isEmpty)
    }

    @Test func groups() throws {
        let pattern = try Pattern("/(?P<area>[a-z]+)(/(?P<id>\\d+))?")
        #expect(pattern.groupNames == ["area", nil, "id"])
        let match = Array("GET /cart".utf8).withUnsafeBytes { pattern.firstMatch(in: $0) }
        #expect(match == Pattern.Match(range: 4..<9, groups: [5..<9, nil, nil]))
        #expect(Array("/a/7".utf8).withUnsafeBytes { pattern.firstMatch(in: $0, from: 1) } == nil)
    }
}
