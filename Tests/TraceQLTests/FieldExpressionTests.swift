import Testing
import TraceQL

@Suite struct FieldExpressionTests {
    @Test("precedence and association, as the parentheses of the canonical form show", arguments: [
        (".a || .b && .c", "(.a || .b) && .c"), (".a && .b || .c", "(.a && .b) || .c"), (".a && .b = 1 || .c", "(.a && (.b = 1)) || .c"),
        (".a = .b = .c", "(.a = .b) = .c"), (".a < 1 = true", "(.a < 1) = true"), (".a =~ `x` = true", "(.a =~ `x`) = true"),
        (".a + .b - .c = 1", "((.a + .b) - .c) = 1"), (".a - .b * .c = 1", "(.a - (.b * .c)) = 1"), (".a * .b / .c % .d = 1", "(((.a * .b) / .c) % .d) = 1"),
        (".a ^ .b ^ .c = 1", "(.a ^ (.b ^ .c)) = 1"), (".a * .b ^ .c = 1", "(.a * (.b ^ .c)) = 1"), ("(.a + .b) * .c = 1", "((.a + .b) * .c) = 1"),
        ("-.a * .b = 1", "(-(.a * .b)) = 1"), ("-.a + .b = 1", "((-.a) + .b) = 1"), ("-.a ^ .b = 1", "(-(.a ^ .b)) = 1"), (".a * -.b + .c = 1", "((.a * (-.b)) + .c) = 1"),
        (".a * -.b * .c = 1", "(.a * (-(.b * .c))) = 1"), ("-.a = -5", "(-.a) = (-5)"), ("--.a = 1", "(--.a) = 1"), ("- -5 = .a", "(--5) = .a"), (".a--5 = 1", ".a--5 = 1"), (".a - -5 = 1", "(.a - (-5)) = 1"),
        ("!.b && name = `x`", "(!.b) && (name = `x`)"), ("!.b = true", "(!.b) = true"), ("!!.b", "!!.b"), ("!(.a || .b)", "!(.a || .b)"), ("!.a + .b = 1", "((!.a) + .b) = 1"), ("!.a * .b = 1", "(!(.a * .b)) = 1"),
        ("!-.a + .b = 1", "((!-.a) + .b) = 1"), ("-!.a * .b = 1", "(-!(.a * .b)) = 1"), ("((.a))", ".a"), ("2 ^ 3 = 8", "(2 ^ 3) = 8"), ("span.int + 2 * 2 = 9", "(span.int + (2 * 2)) = 9"),
        ("2m * 2 = 4m", "(2m0s * 2) = 4m0s"), ("duration * 2 > 1s", "(duration * 2) > 1s"), ("1 = 1.", "1 = 1.0"), ("5 < span.int", "5 < span.int"),
    ])
    func precedence(_ text: String, _ expected: String) { #expect(filter(text) == expected) }

    @Test("nil", arguments: [
        (".a = nil", ".a = nil"), ("nil = .a", ".a = nil"), (".a != nil", ".a != nil"), ("nil != .a", ".a != nil"), ("nil = nil", "nil = nil"), ("nil != nil", "nil != nil"),
        (".a + 1 = nil", "(.a + 1) = nil"), (".a = nil && .b != nil", "(.a = nil) && (.b != nil)"), (".a = nil = true", "(.a = nil) = true"), ("name != nil", "name != nil"),
        ("nil", "parse error at line 1, col 3: syntax error: unexpected nil, which only = and != compare with"),
        (".a > nil", "parse error at line 1, col 8: syntax error: unexpected nil, which only = and != compare with"),
        ("(nil) = .a", "parse error at line 1, col 4: syntax error: unexpected nil, which only = and != compare with"),
        (".a = nil + 1", "parse error at line 1, col 8: syntax error: unexpected nil, which only = and != compare with"),
        ("1 + nil = .a", "parse error at line 1, col 7: syntax error: unexpected nil, which only = and != compare with"),
        ("-nil = .a", "parse error at line 1, col 4: syntax error: unexpected nil, expected a field or a constant"),
        (".a =~ nil", "parse error at line 1, col 9: syntax error: unexpected nil, which only = and != compare with"),
    ])
    func absence(_ text: String, _ expected: String) { #expect(filter(text) == expected) }

    @Test func treesAreTheOnesOfTheRoom() throws {
        #expect(try Query(parsing: "{ nil = nil }").singleFilter == .compare(.equal, .literal(.none), .literal(.none)))
        #expect(try Query(parsing: "{ nil != span.a }").singleFilter == .isNotNil(.field(.attribute(.span, "a"))))
        #expect(try Query(parsing: "{ .a !~ `b` }").singleFilter == .matches(.field(.attribute(.any, "a")), pattern: "b", negated: true))
        #expect(try Query(parsing: "{ -1 < span:childCount }").singleFilter == .compare(.less, .negative(.literal(.int(1))), .field(.intrinsic(.childCount))))
        #expect(try Query(parsing: "{}").singleFilter == .literal(.bool(true)))
    }

    @Test("not in the language", arguments: [
        ("{", "col 2: syntax error: unexpected end of query, expected a field, a constant, (, - or !"), ("{ .foo .bar }", "col 8: syntax error: unexpected .bar, expected an operator or }"),
        ("{ .a = }", "col 8: syntax error: unexpected }, expected a field, a constant, (, - or !"), ("{ .a && }", "col 9: syntax error: unexpected }, expected a field, a constant, (, - or !"),
        ("{ (.a }", "col 7: syntax error: unexpected }, expected an operator or )"), ("{ .a ) }", "col 6: syntax error: unexpected ), expected an operator or }"),
        ("{ .a == 1 }", "col 7: syntax error: unexpected =, expected a field, a constant, (, - or !"), ("{ .a >> .b }", "col 6: syntax error: unexpected >>, expected an operator or }"),
        ("{ count() > 1 }", "col 3: syntax error: unexpected count, expected a field, a constant, (, - or !"), ("{ 5 5 }", "col 5: syntax error: unexpected 5, expected an operator or }"),
        ("{ .a | .b }", "col 6: syntax error: unexpected |, expected an operator or }"), ("{}}", "col 3: syntax error: unexpected }, expected |, an operator, with or end of query"),
        ("", "col 1: syntax error: unexpected end of query, expected {, (, an aggregate, by or select"), ("{ name with }", "col 8: syntax error: unexpected with, expected an operator or }"),
        ("{ .a = \"" + String(repeating: "x", count: 60) + "\" \"" + String(repeating: "y", count: 60) + "\" }", "col 71: syntax error: unexpected \"" + String(repeating: "y", count: 36) + "..., expected an operator or }"),
    ])
    func refused(_ text: String, _ expected: String) { #expect(outcome(text) == "parse error at line 1, \(expected)") }
}
