import Testing
import TraceQL

@Suite struct MetricsTests {
    @Test("functions and second stages", arguments: [
        ("{}|rate()", "{ true } | rate()"), ("{} | count_over_time() by (span.foo, status)", "{ true } | count_over_time() by (span.foo, status)"), ("{} | min_over_time(duration)", "{ true } | min_over_time(duration)"),
        ("{} | max_over_time(span.a) by(name)", "{ true } | max_over_time(span.a) by (name)"), ("{} | avg_over_time(.a)", "{ true } | avg_over_time(.a)"), ("{} | sum_over_time(trace:duration)", "{ true } | sum_over_time(traceDuration)"),
        ("{} | histogram_over_time(duration) by (.a, .b, .c, .d)", "{ true } | histogram_over_time(duration) by (.a, .b, .c, .d)"), ("{} | quantile_over_time(duration, 0, .5, 1)", "{ true } | quantile_over_time(duration, 0.0, 0.5, 1.0)"),
        ("{} | rate() by (.a, .b, .c, .d, .e)", "{ true } | rate() by (.a, .b, .c, .d, .e)"), ("{} | name", "parse error at line 1, col 6: syntax error: unexpected name, expected {, (, an aggregate, by or select"),
        ("{} | compare({status=error})", "{ true } | compare({ status = error }, 10)"), ("{} | compare({}, 5)", "{ true } | compare({ true }, 5)"), ("{.a} | compare({duration >= 1s && duration <= 2s}, 10, 1, 2)", "{ .a } | compare({ (duration >= 1s) && (duration <= 2s) }, 10, 1, 2)"),
        ("{} | rate() by (span.foo) | topk(2)", "{ true } | rate() by (span.foo) | topk(2)"), ("{} | rate() by (name) | topk(10) > 0.5", "{ true } | rate() by (name) | topk(10) > 0.5"), ("({} | rate() by (name)) >= 3 <= 4", "{ true } | rate() by (name) >= 3.0 <= 4.0"),
        ("{} | rate() > 5 | bottomk(1) != 3 = 3.0 <= 250ms", "{ true } | rate() > 5.0 | bottomk(1) != 3.0 = 3.0 <= 0.25"), ("{} | rate() > 2 * -3 + 1", "{ true } | rate() > -5.0"), ("({} | rate()) | topk(5)", "{ true } | rate() | topk(5)"),
        ("({} && {}) | rate()", "({ true }) && ({ true }) | rate()"), ("{} > {} | by(.a) | select(.b) | count() > 2 | rate()", "({ true }) > ({ true }) | by(.a) | select(.b) | count() > 2 | rate()"), ("count() > 1 | rate()", "count() > 1 | rate()"),
    ])
    func functions(_ text: String, _ expected: String) { #expect(outcome(text) == expected) }

    @Test("arithmetic", arguments: [
        ("({ status = error } | rate()) / ({} | rate())", "({ status = error } | rate()) / ({ true } | rate())"), ("({}|rate()) + ({}|rate()) * ({}|rate())", "({ true } | rate()) + (({ true } | rate()) * ({ true } | rate()))"),
        ("({}|rate()) - ({}|rate()) - 1", "(({ true } | rate()) - ({ true } | rate())) - 1.0"), ("({}|rate()) * (3 / 2)", "({ true } | rate()) * 1.0"), ("({}|rate()) * (3.0 / 2)", "({ true } | rate()) * 1.5"), ("({}|rate()) * 3 / 2", "(({ true } | rate()) * 3.0) / 2.0"),
        ("2 * ({}|rate())", "2.0 * ({ true } | rate())"), ("-2 * ({}|rate())", "-2.0 * ({ true } | rate())"), ("({}|rate()) / 0", "({ true } | rate()) / 0.0"), ("({}|rate()) + 1.0/0", "({ true } | rate()) + (1.0 / 0)"),
        ("(({}|rate()) + ({}|rate() | topk(3))) * 100 > 5", "(({ true } | rate()) + ({ true } | rate() | topk(3))) * 100.0 > 5.0"), ("({}|rate() by (name)) / ({}|rate()) | topk(1)", "({ true } | rate() by (name)) / ({ true } | rate()) | topk(1)"),
        ("({}|rate()) + ({}|rate()) >= 2 + 3 | topk(1)", "({ true } | rate()) + ({ true } | rate()) >= 5.0 | topk(1)"), ("(((({}|rate()))))", "{ true } | rate()"),
        ("({}|rate()) + 1 with (exemplars=false)", "({ true } | rate()) + 1.0 with (exemplars = false)"),
    ])
    func arithmetic(_ text: String, _ expected: String) {
        #expect(outcome(text) == expected)
    }

    @Test("not in the language", arguments: [
        ("{} | rate", "col 10: syntax error: unexpected end of query, expected ("), ("{} | rate(.a)", "col 11: syntax error: unexpected .a, expected )"), ("{} | min_over_time()", "col 20: syntax error: unexpected ), expected a field such as name or span.http.route"),
        ("{} | min_over_time(.a + 1)", "col 23: syntax error: unexpected +, expected )"), ("{} | rate() by ()", "col 17: syntax error: unexpected ), expected a field such as name or span.http.route"), ("{} | rate() by (.a = 1)", "col 20: syntax error: unexpected =, expected , or )"),
        ("{} | quantile_over_time(duration)", "col 33: syntax error: unexpected ), expected ,"), ("{} | quantile_over_time(duration, -0.5)", "col 35: syntax error: unexpected -, expected a quantile such as 0.9"), ("{} | quantile_over_time(duration, 1s)", "col 35: syntax error: unexpected 1s, expected a quantile such as 0.9"),
        ("{} | compare()", "col 14: syntax error: unexpected ), expected {"), ("{} | compare({}, 10, 5)", "col 23: syntax error: unexpected ), expected ,"), ("{} | compare({}, 1.5)", "col 18: syntax error: unexpected 1.5, expected how many values to return"),
        ("{} | compare({}, 10, 1, 2, 3)", "col 26: syntax error: unexpected ,, expected , or )"), ("{} | compare({}) by (.a)", "col 18: syntax error: unexpected by, expected |, an operator, with or end of query"), ("{} | rate() | count() > 1", "col 15: syntax error: unexpected count, expected topk or bottomk"),
        ("{} | rate() | {}", "col 15: syntax error: unexpected {, expected topk or bottomk"), ("{} | rate() | topk()", "col 20: syntax error: unexpected ), expected how many series to keep"), ("{} | rate() | topk(-1)", "col 20: syntax error: unexpected -, expected how many series to keep"), ("{} | rate() > `a`", "col 15: syntax error: unexpected `a`, expected a number or a duration"),
        ("{} | rate() > {}", "col 15: syntax error: unexpected {, expected a number or a duration"), ("{} | rate() + 1", "col 13: syntax error: unexpected +, expected |, an operator, with or end of query"), ("({}|rate()) % 2", "col 13: syntax error: unexpected %, expected +, -, *, / or a comparison with a number"),
        ("({}|rate()) ^ 2", "col 13: syntax error: unexpected ^, expected +, -, *, / or a comparison with a number"), ("({}|rate()) && ({}|rate())", "col 13: syntax error: unexpected &&, expected +, -, *, / or a comparison with a number"), ("({}|rate()) + {}", "col 15: syntax error: unexpected {, expected a number or a metrics query in parentheses"),
        ("({}|rate()) + count()", "col 15: syntax error: unexpected count, expected a number or a metrics query in parentheses"), ("({}|rate()) + `a`", "col 15: syntax error: unexpected `a`, expected a number or a metrics query in parentheses"), ("({}|rate()) by (.a)", "col 13: syntax error: unexpected by, expected |, an operator, with or end of query"),
        ("({}|rate()) > ({}|rate())", "col 13: syntax error: unexpected >, expected +, -, *, / or a comparison with a number"),
    ])
    func refused(_ text: String, _ expected: String) { #expect(outcome(text) == "parse error at line 1, \(expected)") }

    @Test func trees() throws {
        let all = Pipeline([.spansets(.filter(.literal(.bool(true))))])
        let rate = MetricsExpression.query(all, .rate, by: [.intrinsic(.name)])
        #expect(try Query(parsing: "{} | rate() by (name) | topk(2) > 5ms").body == .metrics(.staged(rate, [.top(2), .keep(.greater, 0.005)])))
        #expect(try Query(parsing: "1 + ({} | rate() by (name))").body == .metrics(.arithmetic(.add, .scalar(1), rate)))
        let window = CompareWindow(startNanos: 1, endNanos: 2)
        #expect(try Query(parsing: "{} | compare({}, 7, 1, 2)").body == .metrics(.query(all, .compare(.literal(.bool(true)), top: 7, window: window), by: [])))
        #expect(MetricsFunction.quantileOverTime(.intrinsic(.duration), []).name == "quantile_over_time")
    }
}
