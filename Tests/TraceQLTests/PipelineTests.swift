import Testing
import TraceQL

@Suite struct PipelineTests {
    @Test("spansets", arguments: [
        ("{}", "{ true }"), ("({})", "{ true }"), ("(({ .a }))", "{ .a }"), ("{ .a } && { .b }", "({ .a }) && ({ .b })"), ("{.a} || {.b} && {.c}", "(({ .a }) || ({ .b })) && ({ .c })"),
        ("{.a} && {.b} > {.c}", "({ .a }) && (({ .b }) > ({ .c }))"), ("{.a} > {.b} > {.c}", "(({ .a }) > ({ .b })) > ({ .c })"), ("{.a} > ({.b} >> {.c})", "({ .a }) > (({ .b }) >> ({ .c }))"),
        ("{}>>{}", "({ true }) >> ({ true })"), ("{}<{}", "({ true }) < ({ true })"), ("{}<<{}", "({ true }) << ({ true })"), ("{}~{}", "({ true }) ~ ({ true })"),
        ("{}!>{}", "({ true }) !> ({ true })"), ("{}!>>{}", "({ true }) !>> ({ true })"), ("{}!<{}", "({ true }) !< ({ true })"), ("{}!<<{}", "({ true }) !<< ({ true })"), ("{}!~{}", "({ true }) !~ ({ true })"),
        ("{}&>{}", "({ true }) &> ({ true })"), ("{}&>>{}", "({ true }) &>> ({ true })"), ("{}&<{}", "({ true }) &< ({ true })"), ("{}&<<{}", "({ true }) &<< ({ true })"), ("{}&~{}", "({ true }) &~ ({ true })"),
    ])
    func spansets(_ text: String, _ expected: String) { #expect(outcome(text) == expected) }

    @Test func formsOfOperators() throws {
        func op(_ text: String) throws -> SpansetOperator? {
            guard case .spansets(let pipeline) = try Query(parsing: "{} \(text) {}").body, case .spansets(.combined(let op, _, _)) = pipeline.stages[0] else { return nil }
            return op
        }
        #expect(try op("!~") == SpansetOperator(.sibling, .negated))
        #expect(try op("<") == SpansetOperator(.parent))
        #expect(try op("&<<") == SpansetOperator(.ancestor, .union))
        #expect(try op("||") == SpansetOperator(.or))
    }

    @Test("stages", arguments: [
        ("{} | {.a}", "{ true } | { .a }"), ("{} | {.a} > {.b}", "{ true } | ({ .a }) > ({ .b })"), ("{} | by(resource.service.name)", "{ true } | by(resource.service.name)"), ("by(.a)", "by(.a)"), ("select(.a)", "select(.a)"),
        ("{} | by(.a > 1) | by(name) | coalesce()", "{ true } | by(.a > 1) | by(name) | coalesce()"), ("{} | select(status, span:name, .\"a b\")", "{ true } | select(status, name, .\"a b\")"),
        ("{} | count() > 2", "{ true } | count() > 2"), ("count() = 4", "count() = 4"), ("{ status = error } | count ( ) >= 2", "{ status = error } | count() >= 2"), ("{} | avg(duration) >= 10ms", "{ true } | avg(duration) >= 10ms"),
        ("{} | max(span.int + 1) < 5", "{ true } | max(span.int + 1) < 5"), ("{} | min(.a) != 1.5 | sum(-.b) <= 3", "{ true } | min(.a) != 1.5 | sum(-.b) <= 3"),
        ("{} | by(resource.service.name) | max(duration) > 1s", "{ true } | by(resource.service.name) | max(duration) > 1s"), ("{} | by(resource.service.name) | count() > 1 | coalesce()", "{ true } | by(resource.service.name) | count() > 1 | coalesce()"),
        ("({} && {}) | count() > 1", "({ true }) && ({ true }) | count() > 1"), ("(count()) > 2", "count() > 2"),
    ])
    func stages(_ text: String, _ expected: String) { #expect(outcome(text) == expected) }

    @Test("constants are folded", arguments: [
        ("2 * 2 - 1", "3"), ("7 / 2", "3"), ("7 / 2.0", "3.5"), ("-7 / 2", "-3"), ("-2 * 3", "-6"), ("2 * -3", "-6"), ("(1 + 2) * 3", "9"), ("1 + 2 * 3", "7"), ("- - 5", "5"), ("-1.5", "-1.5"), ("1s + 500ms", "1.5s"), ("1s * 2", "2s"), ("2 * 1s", "2s"),
        ("1s / 4", "250ms"), ("1s * 1.5", "1.5s"), ("-1h30m", "-1h30m0s"), ("1s - 1m", "-59s"), ("1.0 / 0", "(1.0 / 0)"), ("-1.0 / 0", "(-1.0 / 0)"), ("minInt", "minInt"), ("-9223372036854775807 - 1", "minInt"), ("3s / 2s", "1ns"),
    ])
    func constants(_ text: String, _ expected: String) { #expect(outcome("{} | count() > \(text)") == "{ true } | count() > \(expected)") }

    @Test("what cannot be folded", arguments: [
        ("1 / 0", "col 18: division by zero"), ("1s / 0", "col 19: division by zero"), ("0.0 / 0", "col 20: the result is not a number"), ("maxInt + 1", "col 23: the result does not fit into 64 bits"), ("-minInt", "col 16: the result does not fit into 64 bits"),
        ("minInt / -1", "col 23: the result does not fit into 64 bits"), ("1h * 1e30", "col 19: the duration does not fit into 64 bits"), ("1 % 2", "col 18: syntax error: unexpected %, expected an aggregate to compare with"),
        ("2 ^ 2", "col 18: syntax error: unexpected ^, expected an aggregate to compare with"), ("`a` + 1", "col 20: illegal operation for the given types: `a` + 1"), ("-ok", "col 16: illegal operation for the given types: 0 - ok"),
        ("-9223372036854775807ns - 1ns", "col 39: the duration does not fit into 64 bits"), ("", "col 16: syntax error: unexpected end of query, expected {, (, a number or an aggregate"),
    ])
    func wrongConstants(_ text: String, _ expected: String) { #expect(outcome("{} | count() > \(text)") == "parse error at line 1, \(expected)") }

    @Test("pipelines in parentheses", arguments: [
        ("({} | count() > 1)", "({ true } | count() > 1)"), ("(({} | count() > 1))", "({ true } | count() > 1)"), ("({.a} | count() > 3) && ({.b} | count() > 1)", "({ .a } | count() > 3) && ({ .b } | count() > 1)"),
        ("({}|count()>1) && ({})", "({ true } | count() > 1) && ({ true })"), ("({}) && ({}|count()>1)", "({ true }) && ({ true } | count() > 1)"), ("({} | by(.a)) > ({.b})", "({ true } | by(.a)) > ({ .b })"), ("(count() > 2)", "(count() > 2)"),
        ("({.a}) || ({.b}) && ({} | count() > 1)", "(({ .a }) || ({ .b })) && ({ true } | count() > 1)"), ("(({} | count() > 1) && ({})) || ({} | select(.a))", "(({ true } | count() > 1) && ({ true })) || ({ true } | select(.a))"),
        ("(by(.a)) ~ (count() > 1)", "(by(.a)) ~ (count() > 1)"), ("({} | (({.a}) && {.b}) | count() > 1)", "({ true } | ({ .a }) && ({ .b }) | count() > 1)"),
    ])
    func parentheses(_ text: String, _ expected: String) { #expect(outcome(text) == expected) }

    @Test func pipelinesInParenthesesAreNodes() throws {
        let pipeline = Pipeline([.spansets(.filter(.literal(.bool(true)))), .compare(.count, .greater, .int(1))])
        let expected = SpansetExpression.combined(SpansetOperator(.and), .pipeline(pipeline), .filter(.literal(.bool(true))))
        #expect(try Query(parsing: "({} | count() > 1) && ({})") == Query(body: .spansets(Pipeline([.spansets(expected)]))))
    }

    @Test("looks natural and is not in the grammar", arguments: [
        ("({} | count() > 1) && {}", "col 23: a spanset beside a pipeline in parentheses needs parentheses, too: ({ ... }) && ({ ... } | ...)"), ("{} && ({} | count() > 1)", "col 1: a spanset beside a pipeline in parentheses needs parentheses, too: ({ ... }) && ({ ... } | ...)"),
        ("({} | count() > 1) | rate()", "col 20: syntax error: unexpected |, pipelines in parentheses are not followed by stages"), ("({} | count() > 1) | count() > 1", "col 20: syntax error: unexpected |, pipelines in parentheses are not followed by stages"),
        ("{} | count()", "col 13: syntax error: unexpected end of query, expected a comparison"), ("{} | count() | by(.a)", "col 14: syntax error: unexpected |, expected a comparison"), ("count()", "col 8: syntax error: unexpected end of query, expected a comparison"),
        ("({} | count())", "col 15: syntax error: unexpected end of query, expected a comparison"), ("5 > 3", "col 3: syntax error: unexpected >, expected an aggregate to compare with"), ("5", "col 2: syntax error: unexpected end of query, expected a comparison"), ("{} | 5", "col 7: syntax error: unexpected end of query, expected a comparison"),
        ("coalesce()", "col 1: syntax error: unexpected coalesce, which cannot be the first stage"), ("(coalesce())", "col 2: syntax error: unexpected coalesce, which cannot be the first stage"),
        ("topk(5)", "col 1: syntax error: unexpected topk, expected {, (, an aggregate, by or select"), ("rate()", "col 1: syntax error: unexpected rate, expected {, (, an aggregate, by or select"), ("{} | topk(5)", "col 6: syntax error: unexpected topk, expected {, (, an aggregate, by or select"),
        ("{} | by()", "col 9: syntax error: unexpected ), expected a field, a constant, (, - or !"), ("{} | select()", "col 13: syntax error: unexpected ), expected a field such as name or span.http.route"), ("{} | select(.a + 1)", "col 16: syntax error: unexpected +, expected , or )"), ("{} | select(1)", "col 13: syntax error: unexpected 1, expected a field such as name or span.http.route"),
        ("{} | max() > 1", "col 10: syntax error: unexpected ), expected a field, a constant, (, - or !"), ("{} | count(.a) > 1", "col 12: syntax error: unexpected .a, expected )"), ("{} | count() =~ `a`", "col 14: syntax error: unexpected =~, expected a comparison"),
        ("{} | count() > 2 > 1", "col 18: syntax error: unexpected >, expected | or end of query"), ("{} && count() > 2", "col 7: syntax error: unexpected count, expected a spanset"), ("count() > 2 && {}", "col 13: syntax error: unexpected &&, expected | or end of query"),
        ("{} = {}", "col 4: syntax error: unexpected =, expected | or an operator between spansets"), ("{} + {}", "col 4: syntax error: unexpected +, expected | or an operator between spansets"), ("{} {}", "col 4: syntax error: unexpected {, expected |, an operator, with or end of query"), ("{} |", "col 5: syntax error: unexpected end of query, expected {, (, an aggregate, by or select"),
        ("{} | foo", "col 6: unknown identifier: foo"), ("{} | ({} | count() > 1)", "col 6: syntax error: unexpected (, a pipeline in parentheses cannot be a stage"), ("({}", "col 4: syntax error: unexpected end of query, expected |, an operator or )"), ("-{}", "col 2: syntax error: unexpected {, expected a number"), ("-count() > 1", "col 2: syntax error: unexpected count, expected a number"),
        ("{} | count() > {}", "col 16: syntax error: unexpected {, expected a number or an aggregate"), ("{} | by(.a) && {}", "col 13: syntax error: unexpected &&, expected |, an operator, with or end of query"),
    ])
    func refused(_ text: String, _ expected: String) { #expect(outcome(text) == "parse error at line 1, \(expected)") }

    @Test("hints", arguments: [
        ("{} with (most_recent=true)", "{ true } with (most_recent = true)"), ("{} with(sample=true, span_sample=0.1, job_size=5, debug=\"x\", a=ok, b=1s)", "{ true } with (sample = true, span_sample = 0.1, job_size = 5, debug = `x`, a = ok, b = 1s)"),
        ("{} with (a=1) with (b=2)", "{ true } with (b = 2)"), ("{} with(name=true)", "{ true } with (name = true)"), ("{} | rate()  with(sample=true)", "{ true } | rate() with (sample = true)"),
        ("{} with ()", "parse error at line 1, col 10: syntax error: unexpected ), expected the name of a hint"), ("{} with (a)", "parse error at line 1, col 11: syntax error: unexpected ), expected ="), ("{} with (a=nil)", "parse error at line 1, col 12: syntax error: unexpected nil, expected a constant"),
        ("{} with (a=-1)", "parse error at line 1, col 12: syntax error: unexpected -, expected a constant"), ("{} with (a=1) | count() > 1", "parse error at line 1, col 15: syntax error: unexpected |, expected with or end of query"), ("with (a=1)", "parse error at line 1, col 1: syntax error: unexpected with, expected {, (, an aggregate, by or select"),
    ])
    func hints(_ text: String, _ expected: String) { #expect(outcome(text) == expected) }

    @Test func theLastHintsCount() throws {
        #expect(try Query(parsing: "{} with (a=1) with (most_recent=true, exemplars=5)").hints == [Hint(name: "most_recent", value: .bool(true)), Hint(name: "exemplars", value: .int(5))])
    }
}
