import PromQL
import Testing

@Suite struct ParserTests {
    /// What is wrong with `text`, or how it prints.
    private func outcome(_ text: String) -> String {
        do throws(ParseError) { return try Expression(parsing: text).description } catch { return error.description }
    }

    @Test("texts, and how they print", arguments: [
        ("a+b*c^d", "a + b * c ^ d"), ("-x^2", "-x ^ 2"), ("- -1", "1"), ("sum(x)by(le)", "sum by (le) (x)"), ("SUM BY(a,)(x)", "sum by (a) (x)"),
        ("topk by (a) (3,x)", "topk by (a) (3, x)"), ("a/ignoring()group_left b", "a / ignoring () group_left () b"), ("5m", "5m"), ("x[60]", "x[1m]"),
        ("x offset -1h", "x offset -1h"), ("x @ -1.5", "x @ -1.500"), ("x offset 0s", "x"), ("x[1y]", "x[1y]"), ("x[8d]", "x[8d]"), ("{\"a.b\",\"c.d\"='e'}", "{\"a.b\",\"c.d\"=\"e\"}"),
        ("and+or", "and + or"), ("{\"nan\"}+{\"ON\",a=\"b\"}", "{\"nan\"} + {\"ON\",a=\"b\"}"), ("sum", "sum"), ("start{end=\"1\"}", "start{end=\"1\"}"), ("x@start()", "x @ start()"), ("x[5m:]", "x[5m:]"), ("(a)[5m:1s]offset 5", "(a)[5m:1s] offset 5s"),
        ("017", "15"), ("0x_1f", "31"), ("1_0.5", "10.5"), (".5e1", "5"), ("1e300", "1" + String(repeating: "0", count: 300)), ("Inf", "Inf"), ("-inf", "-Inf"), ("nan", "NaN"), ("x{a=\"\\u00e9\\x41\\101\"}", "x{a=\"éAA\"}"),
        ("'\\'\"'", "\"'\\\"\""), ("`\\`", "\"\\\\\""), ("a # c\n+b", "a + b"), ("{a=\"b\",}", "{a=\"b\"}"), (":a:", ":a:"), ("a unless on(b)c", "a unless on (b) c"), ("time()-1", "time() - 1"),
    ])
    func prints(_ text: String, _ expected: String) throws {
        #expect(outcome(text) == expected)
        #expect(outcome(expected) == expected, "reads as what it prints")
    }

    @Test("refusals", arguments: [
        ("rate(", "1:6: parse error: unclosed left parenthesis"), ("", "1:1: parse error: no expression found in input"), ("a\n+\n  )", "3:3: parse error: unexpected right parenthesis ')'"),
        ("x[5m:1m:1m]", "1:8: parse error: unexpected \":\""), ("x{é=\"1\"}", "1:3: parse error: unexpected character inside braces: 'é'"), ("\"\\xff\"", "1:1: parse error: invalid UTF-8 in a quoted string"), ("x{a=\"\\ud800\"}", "1:6: parse error: escape sequence is an invalid Unicode code point"),
        ("1e400", "1:1: parse error: error parsing number: \"1e400\": value out of range"), ("0x10000000000000000", "1:1: parse error: error parsing number: \"0x10000000000000000\": value out of range"), ("x[99999999999999999999d]", "1:3: parse error: duration out of range"), ("x[300y]", "1:3: parse error: duration out of range"),
        ("x[1e300]", "1:3: parse error: duration out of range"), ("x[0]", "1:3: parse error: duration must be greater than 0"), ("x @ inf", "1:5: parse error: timestamp out of bounds for @ modifier"), ("x @ 1e300", "1:5: parse error: timestamp out of bounds for @ modifier"), ("x offset 5m[5m]", "1:12: parse error: no offset modifiers allowed before range"),
        ("1[5m:1m]", "1:1: parse error: subquery is only allowed on instant vector, got scalar"), ("limitk(1, x)", "1:1: parse error: unknown function with name \"limitk\""), ("sin(x)", "1:1: parse error: unknown function with name \"sin\""), ("x anchored", "1:3: parse error: unexpected identifier \"anchored\""), ("x[5m + 1m]", "1:6: parse error: unexpected <op:+>"),
        ("rate(x[5m],)", "1:12: parse error: unexpected right parenthesis ')'"), ("a@b", "1:3: parse error: unexpected identifier \"b\" in @, expected timestamp"), ("x{a=~\"(\"}", "1:3: parse error: error parsing regexp: missing ): ("), ("1__0", "1:1: parse error: bad number or duration syntax: \"1__0\""),
    ])
    func refuses(_ text: String, _ expected: String) { #expect(outcome(text) == expected) }

    @Test("hostile texts are refused, or read, in no time", arguments: [
        (String(repeating: "(", count: 100_000), "levels"), (String(repeating: "-", count: 100_000) + "1", "levels"), (String(repeating: "sum(", count: 30_000), "levels"),
        ("a" + String(repeating: "+a", count: 60_000), "levels"), ("a" + String(repeating: "^a", count: 60_000), "levels"), ("x" + String(repeating: "[1m:]", count: 20_000), "only allowed on instant vector"), (String(repeating: "x", count: 131_073), "longer than 131072 bytes"),
        ("x{" + String(repeating: "a=~\".*\",", count: 1_000) + "}", "more than 100 regular expressions"), ("x{a=~\"" + String(repeating: "(a?){1000}", count: 100) + "\"}", "error parsing regexp"), ("\0", "unexpected character"), ("\u{feff}x", "unexpected character"), ("x\u{202e}", "unexpected character"), ("\"" + String(repeating: "\\", count: 9), "not terminated"), (String(repeating: "1", count: 131_000), "value out of range"),
        ("{" + String(repeating: "{", count: 1_000), "left brace"), (String(repeating: "]", count: 1_000), "unexpected"), ("x" + String(repeating: " offset 1s", count: 1_000), "multiple times"), ("rate(" + String(repeating: "x,", count: 60_000), "unexpected end of input"),
    ])
    func hostile(_ text: String, _ words: String) { #expect(outcome(text).contains(words), "\(outcome(text).prefix(200))") }

    @Test("as deep as is allowed, it reads and prints")
    func deep() throws {
        let text = String(repeating: "(", count: 255) + "x" + String(repeating: ")", count: 255)
        #expect(outcome(text) == text)
        #expect(outcome("a" + String(repeating: " + a", count: 255)) == "a" + String(repeating: " + a", count: 255))
        #expect(outcome("(" + text + ")").contains("levels"))
    }

    @Test("long expressions print over many lines, and no slower for being deep")
    func formats() throws {
        let name = String(repeating: "a", count: 60)
        #expect(try Expression(parsing: "-(\(name) offset 1m+sum by(x)(\(name)))").formatted == "-(\n    \(name) offset 1m\n  +\n    sum by (x) (\(name))\n)")
        let deep = String(repeating: "(", count: 250) + "x{a=\"" + String(repeating: "b", count: 100_000) + "\"}" + String(repeating: ")", count: 250)
        let start = ContinuousClock.now
        let formatted = try Expression(parsing: deep).formatted
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(formatted.filter { $0 != " " && $0 != "\n" } == deep)
        let many = "label_join(x, " + Array(repeating: "\"\"", count: 30_000).joined(separator: ",") + ")"
        let nested = String(repeating: "abs(", count: 250) + many + String(repeating: ")", count: 250)
        #expect(try Expression(parsing: nested).formatted.utf8.count > 15_000_000)
    }

    @Test("numbers as they are sent", arguments: [
        (0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"), (1e21, "1000000000000000000000", "1e+21"), (1e20, "100000000000000000000", "100000000000000000000"), (1e-7, "0.0000001", "1e-07"),
        (-0.0, "-0", "-0"), (123_456_789.125, "123456789.125", "123456789.125"), (Double.nan, "NaN", "NaN"), (-Double.infinity, "-Inf", "-Inf"), (1.5e-10, "0.00000000015", "1.5e-10"), (1e100, "1" + String(repeating: "0", count: 100), "1e+100"), (Double.leastNonzeroMagnitude, "0." + String(repeating: "0", count: 323) + "5", "5e-324"), (0.000001, "0.000001", "0.000001"), (100, "100", "100"),
    ])
    func numbers(_ value: Double, _ plain: String, _ sample: String) {
        #expect(NumberText.plain(value) == plain && NumberText.sample(value) == sample)
    }

    @Test("times and spans of time", arguments: [
        (0, "0", "0s"), (-1_500, "-1.500", "-1s500ms"), (1_700_000_990_100, "1700000990.100", nil), (5_400_000, "5400", "1h30m"), (604_800_000, "604800", "1w"), (.min, "-9223372036854775.808", nil),
    ] as [(Int64, String, String?)])
    func times(_ millis: Int64, _ seconds: String, _ duration: String?) {
        #expect(NumberText.seconds(millis: millis) == seconds)
        if let duration { #expect(DurationText.text(millis) == duration) }
    }
}
