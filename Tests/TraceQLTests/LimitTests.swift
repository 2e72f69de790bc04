import Testing
import TraceQL

@Suite struct LimitTests {
    @Test("no query overflows the stack", arguments: ["(", "{(", "{!", "{-", "{.a ^ ", "{.a + (", "{ .a && (.b || (", "({} && ", "({} | ", "-", "{} | count() > (", "{} | count() > -", "{} | by((", "(({} | rate()) + "])
    func nesting(_ piece: String) {
        let repeated = String(piece.drop { $0 == "{" })
        let text = (piece.hasPrefix("{}") ? piece + String(repeating: "(", count: 100_000) : piece + String(repeating: repeated, count: 100_000 / repeated.utf8.count))
        let message = outcome(text)
        #expect(message.hasPrefix("parse error") && message.hasSuffix("the query is nested too deeply or has too many operands in a row"), "\(message)")
    }

    @Test("as many operands as there may be, and more", arguments: [
        ("{ .a", " || .a", "}", 990, 1000), ("{ 1", " ^ .a", " = 1 }", 490, 1000), ("{ .a", " + .a", " = 1 }", 990, 1000), ("{}", " && {}", "", 95, 101), ("({} | rate())", " + 1", "", 95, 101), ("{ " + String(repeating: "(", count: 990), "", String(repeating: ")", count: 990) + " }", 0, 1),
        ("{ ", "!", ".a }", 990, 1000), ("{ ", "-(", ".a" + String(repeating: ")", count: 400) + " = 1 }", 400, 401),
    ])
    func operands(_ start: String, _ piece: String, _ end: String, _ most: Int, _ tooMany: Int) {
        #expect(!outcome(start + String(repeating: piece, count: most) + (start.hasSuffix("((") ? ".a" : "") + end).hasPrefix("parse error"))
        if !piece.isEmpty { #expect(outcome(start + String(repeating: piece, count: tooMany) + end).hasPrefix("parse error")) }
    }

    @Test func patterns() {
        func query(_ count: Int) -> String { Array(repeating: "{ .a =~ `b` }", count: count).joined(separator: " | ") }
        #expect(outcome(query(100)) == query(100))
        #expect(outcome(query(101)) == "the query has more than 100 regular expressions")
    }

    @Test("long queries take no longer than their length allows", arguments: [
        ("{}", " | count() > 1"), ("{} | rate()", " > 1"), ("{} | rate()", " | topk(2)"), ("{} | select(.a", ", .a"), ("{}", " with (a=1)"), ("", " /**/"), ("{ .a = `", "xxxxxxx"), ("{} with (a=1", ",a=1"),
        ("{ .", "xxxxxxx"), ("", "\n"), ("{ .a = ", "1h"), ("{ .a = ", "11"), ("{} | quantile_over_time(.a, 0", ", 0"),
    ])
    func time(_ start: String, _ piece: String) {
        let text = start + String(repeating: piece, count: 120_000 / piece.utf8.count)
        let clock = ContinuousClock()
        #expect(clock.measure { _ = try? Query(parsing: text) } < .seconds(30))
    }
}
