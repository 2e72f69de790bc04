import Testing
import TraceQL

@Suite struct LexerTests {
    @Test("numbers and durations", arguments: [
        ("0", "0"), ("42", "42"), ("010", "10"), ("9223372036854775807", "9223372036854775807"),
        ("minInt", "minInt"), ("maxInt", "9223372036854775807"),
        ("1.5", "1.5"), (".5", "0.5"), ("5.", "5.0"), ("1e3", "1000.0"), ("1E3", "1000.0"), ("1e-6", "1e-06"), ("1.5e+7", "1.5e+07"), ("1.e2", "100.0"), ("08.5", "8.5"),
        ("123456.789", "123456.789"), ("1234567.5", "1.2345675e+06"), ("0.0001", "0.0001"), ("0.00012", "0.00012"), ("0.00001", "1e-05"), ("1e100", "1e+100"), ("0.0", "0.0"),
        ("1ns", "1ns"), ("1us", "1µs"), ("2.5µs", "2.5µs"), ("2.5\u{3bc}s", "2.5µs"), ("500ms", "500ms"), ("1.5s", "1.5s"), ("10001ms", "10.001s"), ("90m", "1h30m0s"),
        ("1d12h", "36h0m0s"), ("1h30m", "1h30m0s"), ("1y", "8760h0m0s"), ("2w", "336h0m0s"), ("1d1ms", "24h0m0.001s"), ("1h0.5m", "1h0m30s"), (".24h", "14m24s"), ("5.s", "5s"),
        ("1m1h", "1h1m0s"), ("5m5m", "10m0s"), ("0.5h", "30m0s"), ("0s", "0s"), ("0.1ns", "0s"), ("1.0000000000000000000000001s", "1s"),
        ("9223372036854775807ns", "2562047h47m16.854775807s"),
    ])
    func numbers(_ text: String, _ expected: String) { #expect(filter(".a = \(text)") == ".a = \(expected)") }

    @Test("what is no number", arguments: [
        ("9223372036854775808", "integer too large: 9223372036854775808"), ("08", "not a number: 08"), ("0x1F", "not a number or a duration: 0x1F"),
        ("1_000", "not a number or a duration: 1_000"), ("1e400", "number too large: 1e400"), ("1.5d", "not a number or a duration: 1.5d"),
        ("5x", "not a number or a duration: 5x"), ("1h1d", "not a number or a duration: 1h1d"), ("1e", "not a number or a duration: 1e"),
        ("1.2.3", "not a number or a duration: 1.2.3"), ("1e3s", "not a number or a duration: 1e3s"), ("300y", "duration too large: 300y"),
        ("99999999999999999999ns", "duration too large: 99999999999999999999ns"), ("9223372036854775807ns1ns", "duration too large: 9223372036854775807ns1ns"),
    ])
    func wrongNumbers(_ text: String, _ expected: String) { #expect(filter(".a = \(text)") == "parse error at line 1, col 8: \(expected)") }

    @Test("strings", arguments: [
        (#""""#, "``"), (#""a b""#, "`a b`"), (#""\n\t\\\"\r\a\b\f\v""#, "`\n\t\\\"\r\u{7}\u{8}\u{c}\u{b}`"), (#""\x41\101\u00e9\U0001F600""#, "`AAé😀`"),
        (#""\xc3\xa9""#, "`é`"), ("`raw \\d \"q\"\nline`", "`raw \\d \"q\"\nline`"), (#""back`tick\\""#, #""back`tick\\""#), (#""`\n\"""#, #""`\n\"""#),
        (#""// no /* comment""#, "`// no /* comment`"), (#""日本""#, "`日本`"),
    ])
    func strings(_ text: String, _ expected: String) { #expect(filter(".a = \(text)") == ".a = \(expected)") }

    @Test("what is no string", arguments: [
        (#""\d""#, "col 9: unknown escape \\d, expected \\\\ or a string between backticks"), (#""a"#, "col 8: string without end, expected \""),
        ("\"a\nb\"", "col 8: string without end, expected \""), ("`a", "col 8: string without end, expected `"), ("'a'", "col 8: unexpected ', strings are quoted with \" or `"),
        (#""\x4""#, "col 9: escape with too few digits, expected 2"), (#""\x+4""#, "col 9: escape with too few digits, expected 2"), (#""\400""#, "col 9: escape above \\377"),
        (#""\ud800""#, "col 9: escape that is no Unicode character"), (#""\xff""#, "col 8: string that is not UTF-8"), (#""\'""#, "col 9: unknown escape \\', expected \\\\ or a string between backticks"),
        (#""\"#, "col 8: string without end, expected \""),
    ])
    func wrongStrings(_ text: String, _ expected: String) { #expect(outcome("{ .a = \(text)") == "parse error at line 1, \(expected)") }

    @Test("names of attributes", arguments: [
        (".foo", ".foo"), ("span.foo", "span.foo"), ("resource.service.name", "resource.service.name"), ("event.a", "event.a"), ("link.a", "link.a"),
        ("instrumentation.a", "instrumentation.a"), (".a-1", ".a-1"), ("span.a*2", "span.a*2"), (".http.url", ".http.url"), (".a+b/c%d:e#f@g[h];i'j", ".a+b/c%d:e#f@g[h];i'j"),
        (".日本-é", ".日本-é"), (".a//b", ".a//b"), (".a/*b", ".a/*b"), ("..a", "..a"), (".name", ".name"), (".parent.x", ".parent.x"), ("span.span.x", "span.span.x"),
        (#"span."x y""#, #"span."x y""#), (#"."a"."b""#, ".a.b"), (#"resource."k8s.pod"."name""#, "resource.k8s.pod.name"), (#".a"b c"d"#, #"."ab cd""#),
        (#"."a\"b""#, #"."a\"b""#), (#"."a\\b""#, #".a\b"#), (#"."a\\ b""#, #"."a\\ b""#), (#".a\b"#, #".a\b"#), (#".""#  + "\"", #".""#  + "\""), (#"span."5""#, "span.5"), (#"."5""#, #"."5""#),
        (#"."{}()=~!<>&|^,""#, #"."{}()=~!<>&|^,""#), ("span.\"a\u{a0}b\"", "span.\"a\u{a0}b\""),
        ("resource.a", "resource.a"), ("span: name", "name"), ("span:name", "name"), ("name", "name"), ("span:status", "status"), ("span:statusMessage", "statusMessage"),
        ("span:kind", "kind"), ("span:duration", "duration"), ("span:id", "span:id"), ("span:parentID", "span:parentID"), ("span:childCount", "span:childCount"),
        ("trace:duration", "traceDuration"), ("trace:rootName", "rootName"), ("trace:rootService", "rootServiceName"), ("rootServiceName", "rootServiceName"),
        ("trace:id", "trace:id"), ("nestedSetLeft", "nestedSetLeft"), ("nestedSetRight", "nestedSetRight"), ("nestedSetParent", "nestedSetParent"),
        ("event:name", "event:name"), ("event:timeSinceStart", "event:timeSinceStart"), ("link:traceID", "link:traceID"), ("link:spanID", "link:spanID"),
        ("instrumentation:name", "instrumentation:name"), ("instrumentation:version", "instrumentation:version"),
    ])
    func names(_ text: String, _ expected: String) throws {
        #expect(filter("\(text) != nil") == "\(expected) != nil")
        #expect(try Field(parsing: text).description == expected)
        #expect(try Field(parsing: expected) == Field(parsing: text))
    }

    @Test("what ends a name", arguments: [
        ("{.a=1}", "{ .a = 1 }"), ("{.a>1&&.b<2||!.c}", "{ ((.a > 1) && (.b < 2)) || (!.c) }"), ("{(.a)^.b=1}", "{ (.a ^ .b) = 1 }"), ("{.a!=1}", "{ .a != 1 }"), ("{.a~1}", "parse error at line 1, col 4: syntax error: unexpected ~, expected an operator or }"),
        ("{.a =~`x`}", "{ .a =~ `x` }"), ("{ .a\n= 1 }", "{ .a = 1 }"), ("{ .a\u{a0}= 1 }", "{ .a = 1 }"), ("{ .a - 1 = 2 }", "{ (.a - 1) = 2 }"),
    ])
    func ends(_ text: String, _ expected: String) { #expect(outcome(text) == expected) }

    @Test("what is no name", arguments: [
        ("{ . foo }", "col 3: expected the name of an attribute directly after ."), ("{ span. }", "col 3: expected the name of an attribute directly after span."),
        ("{ span .a }", "col 3: unknown identifier: span"), ("{ foo.bar = 1 }", "col 3: unknown identifier: foo"), (#"{ ."a = 1 }"#, "col 4: name of an attribute without end, expected \""),
        (#"{ ."a\n" = 1 }"#, "col 6: unknown escape in the name of an attribute, expected \\\" or \\\\"),
        ("{ span:foo = 1 }", "col 8: unknown identifier: span:foo, expected one of childCount, duration, id, kind, name, parentID, status, statusMessage"),
        ("{ link: = 1 }", "col 3: expected one of spanID, traceID after link:"), ("{ resource:name = 1 }", "col 3: unknown identifier: resource"),
        ("{ span :name = `a` }", "col 3: unknown identifier: span"), ("{ trace:rootServiceName = `a` }", "col 9: unknown identifier: trace:rootServiceName, expected one of duration, id, rootName, rootService"),
    ])
    func wrongNames(_ text: String, _ expected: String) { #expect(outcome(text) == "parse error at line 1, \(expected)") }

    @Test("words that are names only behind their scope, or not at all", arguments: [
        "id", "version", "traceID", "spanID", "parentID", "timeSinceStart", "rootService", "childCount", "Status", "TRUE", "NIL", "Name", "foo", "é",
    ])
    func unknownWords(_ word: String) { #expect(outcome("{ \(word) = 1 }") == "parse error at line 1, col 3: unknown identifier: \(word)") }

    @Test("blanks and comments", arguments: [
        ("{ duration > 1d12h && name = \"x\" } // c", "{ (duration > 36h0m0s) && (name = `x`) }"), ("/* a */{/**/}//", "{ true }"), ("{} // a\n| count() > 1", "{ true } | count() > 1"),
        ("{ 1/2=.a }", "{ (1 / 2) = .a }"), ("\t{\r\n}\u{3000}", "{ true }"), ("{} /* a", "parse error at line 1, col 4: comment without end, expected */"),
        ("{} /*/", "parse error at line 1, col 4: comment without end, expected */"),
    ])
    func blanks(_ text: String, _ expected: String) { #expect(outcome(text) == expected) }

    @Test("positions count lines and characters", arguments: [
        ("{\n  foo }", "line 2, col 3: unknown identifier: foo"), ("{ .é = \"日本\" foo }", "line 1, col 13: unknown identifier: foo"),
        ("\n\n§", "line 3, col 1: unexpected §"), ("{} | by(name) |\n  foo", "line 2, col 3: unknown identifier: foo"), ("{ $a }", "line 1, col 3: unexpected $"),
        ("{} & {}", "line 1, col 4: unexpected &"),
    ])
    func positions(_ text: String, _ expected: String) { #expect(outcome(text) == "parse error at \(expected)") }
}
