import Testing
import TraceQL

@Suite struct CheckTests {
    static let differing = "binary operations must operate on the same type: "
    static let unary = "illegal operation for the given type: "
    static let binary = "illegal operation for the given types: "
    static let notABool = "span filter field expressions must resolve to a boolean: "

    @Test("sense", arguments: [
        ("name = 5", differing + "name = 5"), ("status = 2", differing + "status = 2"), ("1 = true", differing + "1 = true"), ("duration = \"1s\"", differing + "duration = `1s`"),
        ("status = \"error\"", differing + "status = `error`"), ("kind = status", differing + "kind = status"), ("name = name + 1", differing + "name + 1"), ("span:childCount = `a`", differing + "span:childCount = `a`"),
        ("status =~ `e`", differing + "status =~ `e`"), ("(.a > 1) = 5", differing + "(.a > 1) = 5"), ("(.a + 1) = `b`", differing + "(.a + 1) = `b`"), ("(1 + .a) = `b`", differing + "(1 + .a) = `b`"),
        ("true > false", binary + "true > false"), ("status > ok", binary + "status > ok"), ("kind < server", binary + "kind < server"), ("\"a\" + \"b\" = \"ab\"", binary + "`a` + `b`"), ("duration && true", differing + "duration && true"),
        (".a && 5", binary + ".a && 5"), ("name || name", binary + "name || name"), (".a + true = 1", binary + ".a + true"), (".a >= true", binary + ".a >= true"), ("1 && 2", binary + "1 && 2"),
        ("-name = 1", unary + "-name"), ("-true = 1", unary + "-true"), ("!name", unary + "!name"), ("!5", unary + "!5"), ("!-.a && !1ms", unary + "!1ms"),
        (".a =~ .b", "the right side of =~ must be a string: .a =~ .b"), ("name =~ name", "the right side of =~ must be a string: name =~ name"), (".a !~ 5", "the right side of !~ must be a string: .a !~ 5"),
        (".a =~ \"[\"", "invalid regular expression `[`: missing ]: ["), (".a !~ `(?=x)`", "invalid regular expression `(?=x)`: invalid perl operator: (?="), (".a =~ `a{1001}`", "invalid regular expression `a{1001}`: invalid repetition size: {1001}"),
        ("1", notABool + "{ 1 }"), ("name", notABool + "{ name }"), ("ok", notABool + "{ ok }"), ("\"a\"", notABool + "{ `a` }"), (".a + 1", notABool + "{ .a + 1 }"), ("-5", notABool + "{ -5 }"),
        ("name = nil", "name is never nil: name = nil"), ("nil = span:id", "span:id is never nil: span:id = nil"), ("resource.service.name = nil", "resource.service.name is never nil: resource.service.name = nil"),
        ("instrumentation:name = nil", "instrumentation:name is never nil: instrumentation:name = nil"),
        ("parent.a = 1", "parent not yet supported"), ("parent.span.a = 1", "parent not yet supported"), ("parent.resource.a = 1", "parent not yet supported"), ("parent = nil", "parent not yet supported"),
    ])
    func refused(_ text: String, _ expected: String) { #expect(filter(text) == expected) }

    @Test("also sense", arguments: [
        ".a", "!.a", "-.a", "true", "false", ".a = .b", ".a = status", "1 < 2", "1 = 1.5", "1ns = 1", "duration > 5", "duration = 1500000000", "span.int < span.float", "`a` < `b`", "name > `a`",
        "status != error", "kind = internal", "true = true", ".a && (.b > 1)", "name != nil", "resource.service.name != nil", ".service.name = nil", "span.service.name = nil",
        "span:id > `a`", "span:childCount = 1.5", "5 / 0 = 1", "instrumentation:version = 5", "nestedSetParent < 0", "(.a = 1) = (.b = 2)", ".a =~ ``", "event:timeSinceStart > 1ms", "!.a = 5",
        ".a =~ `(?i)x|\\d+\\pN`", "(.a = nil) = true", "1 != nil",
    ])
    func accepted(_ text: String) throws { #expect(throws: Never.self) { try Query(parsing: "{ \(text) }") } }

    @Test("sense of stages and metrics", arguments: [
        ("{} | by(1)", "grouping field expressions must reference the span: by(1)"), ("{} | by(name = 5)", differing + "name = 5"), ("by(name) | by(1 + 1)", "grouping field expressions must reference the span: by(1 + 1)"),
        ("{} | max(2) > 1", "aggregate field expressions must reference the span: max(2)"), ("{} | max(name) > 1", "aggregate field expressions must resolve to a number type: max(name)"),
        ("{} | avg(status) > 1", "aggregate field expressions must resolve to a number type: avg(status)"), ("{} | sum(.a = 1) > 1", "aggregate field expressions must resolve to a number type: sum(.a = 1)"),
        ("{} | count() = \"a\"", differing + "count() = `a`"), ("{} | avg(.a) = ok", differing + "avg(.a) = ok"),
        ("({ 1 } | count() > 1) && ({})", notABool + "{ 1 }"), ("{} > { 1 }", notABool + "{ 1 }"), ("{} | { name }", notABool + "{ name }"),
        ("{ 1 } | rate()", notABool + "{ 1 }"), ("({} | rate()) + ({ 1 } | rate())", notABool + "{ 1 }"),
        ("{} | quantile_over_time(duration, 1.5)", "quantile must be between 0 and 1: 1.5"), ("{} | quantile_over_time(duration, 0, 2)", "quantile must be between 0 and 1: 2.0"),
        ("{} | rate() | topk(0)", "topk() keeps at least 1 series, not 0"), ("{} | rate() | bottomk(0)", "bottomk() keeps at least 1 series, not 0"),
        ("{} | compare({}, 0)", "compare() returns 1 to 1000 values, not 0"), ("{} | compare({}, 1001)", "compare() returns 1 to 1000 values, not 1001"),
        ("{} | compare({}, 10, 5, 5)", "compare() needs an end after the start: 5, 5"), ("{} | compare({ 1 })", notABool + "{ 1 }"), ("{} | compare({}) | topk(1)", "compare() takes no second stage"),
        ("({} | compare({})) > 1", "compare() takes no second stage"), ("({} | compare({})) + 1", "compare() takes no arithmetic"), ("({} | rate()) + ({} | compare({}))", "compare() takes no arithmetic"),
        ("({} | rate()) + 5s", "duration cannot be used as a scalar operand"), ("2s * ({} | rate())", "duration cannot be used as a scalar operand"),
        ("{} | rate() by (.a, .b, .c, .d, .e, .f)", "rate() by more than 5 fields not yet supported, found 6"),
        ("{} | quantile_over_time(duration, 0.5) by (.a, .b, .c, .d, .e)", "quantile_over_time() by more than 4 fields not yet supported, found 5"),
        ("{} | histogram_over_time(duration) by (.a, .b, .c, .d, .e)", "histogram_over_time() by more than 4 fields not yet supported, found 5"),
        ("{} | avg_over_time(duration) by (.a, .b, .c, .d, .e)", "avg_over_time() by more than 4 fields not yet supported, found 5"),
        ("{} | count() > avg(.a)", "comparing two aggregates not yet supported"), ("{} | 2 < count()", "a constant on the left side of an aggregate not yet supported"),
        ("{} | avg(.a) + 1 > 2", "arithmetic with aggregates not yet supported"), ("{} | count() > count() * 2", "arithmetic with aggregates not yet supported"), ("{} | -1 + count() ^ 2 = 3", "arithmetic with aggregates not yet supported"),
        ("({} | count()) > ({} | sum(.a))", "comparing the aggregate of a pipeline in parentheses not yet supported"), ("({} | count()) > 2", "comparing the aggregate of a pipeline in parentheses not yet supported"),
        ("(({} | count())) + ({} | sum(.a)) > 2 * 3", "comparing the aggregate of a pipeline in parentheses not yet supported"), ("{} | select(parent.a)", "parent not yet supported"), ("{} | by(parent)", "parent not yet supported"),
    ])
    func refusedStages(_ text: String, _ expected: String) { #expect(outcome(text) == expected) }

    @Test func kindsAndPlacesOfErrors() throws {
        #expect(throws: QueryError(.invalid, "span filter field expressions must resolve to a boolean: { 1 }")) { try Query(parsing: "{ 1 }") }
        #expect(throws: QueryError(.unsupported, "parent not yet supported", line: 1, column: 3)) { try Query(parsing: "{ parent.a = 1 }") }
        #expect(throws: QueryError(.syntax, "unknown identifier: foo", line: 1, column: 3)) { try Query(parsing: "{ foo = 1 }") }
        #expect(throws: QueryError(.invalid, "the query is longer than 131072 bytes")) { try Query(parsing: String(repeating: " ", count: 131_073)) }
        #expect(throws: Never.self) { try Query(parsing: "{}" + String(repeating: " ", count: 131_070)) }
    }
}
