import Testing
import TraceQL

@Suite struct QueryTests {
    @Test("fields in the order of their first mention", arguments: [
        ("{ .a = 1 && name != `x` && .a < 2 } | by(.g) | avg(duration) > 1 | select(span.s, .a)", [".a", "name", ".g", "duration", "span.s"], [".a", "name"], [".g", "duration"], ["span.s", ".a"]),
        ("({ -.a = 1 } | count() > 1) > ({ !(.b =~ `x`) } | select(.c))", [".a", ".b", ".c"], [".a", ".b"], [], [".c"]),
        ("{ .a != nil } | quantile_over_time(duration, .5) by (.l) | topk(1)", [".a", "duration", ".l"], [".a"], [], []),
        ("{ kind = server } | compare({ status = error })", ["kind", "status"], ["kind"], [], []),
    ] as [(String, [String], [String], [String], [String])])
    func fields(_ text: String, _ all: [String], _ conditions: [String], _ results: [String], _ selected: [String]) throws {
        let query = try Query(parsing: text)
        let pipeline = try query.searchPipeline
        #expect(query.fields.map(\.description) == all)
        #expect(pipeline.conditionFields.map(\.description) == conditions)
        #expect(pipeline.resultFields.map(\.description) == results)
        #expect(pipeline.selectedFields.map(\.description) == selected)
        #expect(Set(pipeline.fields).isSubset(of: query.fields))
    }

    @Test func arithmeticMentionsTheFieldsOfAllItsQueries() throws {
        let query = try Query(parsing: "({ .a } | rate() by (.b)) / ({ .c } | sum_over_time(.d)) > 2")
        #expect(query.fields.map(\.description) == [".a", ".b", ".c", ".d"])
        #expect(throws: QueryError(.unsupported, "metrics math cannot be searched")) { try query.searchPipeline }
    }

    @Test("a metrics query is searched for what it counts", arguments: [
        ("{ .a } | rate()", "{ .a }"), ("{ .a } | by(.b) | rate() | topk(2) > 1", "{ .a } | by(.b)"), ("{ .a } | count() > 1", "{ .a } | count() > 1"),
    ])
    func searchPipelines(_ text: String, _ expected: String) throws { #expect(try Query(parsing: text).searchPipeline.description == expected) }

    @Test("single filters", arguments: [
        ("{ .a }", ".a"), ("({ .a })", ".a"), ("{}", "true"), ("{ .a } with (x=1)", ".a"), ("{ .a } && { .b }", nil), ("{ .a } | count() > 1", nil), ("{ .a } | rate()", nil), ("count() > 1", nil), ("({ .a } | { .b })", nil),
    ] as [(String, String?)])
    func singleFilters(_ text: String, _ expected: String?) throws { #expect(try Query(parsing: text).singleFilter?.description == expected) }

    @Test("names without scope", arguments: [
        ("span.http.route", "http.route"), (".a", "a"), (#"resource."a b""#, "a b"), ("span:parentID", "span:parentID"), ("trace:rootService", "rootServiceName"), ("event:name", "event:name"), ("status", "status"), ("nestedSetLeft", "nestedSetLeft"),
    ])
    func attributeNames(_ text: String, _ expected: String) throws { #expect(try Field(parsing: text).attributeName == expected) }

    @Test("names that are none", arguments: [
        ("foo.bar", "parse error at line 1, col 1: unknown identifier: foo"), ("", "parse error at line 1, col 1: syntax error: unexpected end of query, expected a field such as name or span.http.route"),
        ("name = 1", "parse error at line 1, col 6: syntax error: unexpected =, expected end of the name"), ("true", "parse error at line 1, col 1: syntax error: unexpected true, expected a field such as name or span.http.route"), ("parent.a", "parent not yet supported"),
    ])
    func wrongFields(_ text: String, _ expected: String) {
        do throws(QueryError) {
            Issue.record("read as \(try Field(parsing: text))")
        } catch {
            #expect(error.description == expected)
        }
    }

    @Test func labels() throws {
        guard case .spansets(let pipeline) = try Query(parsing: "{} | by(resource.service.name) | avg(duration) > 1 | count() > 1 | max(span.int + 1) > 2").body else { return }
        var labels: [String] = []
        for stage in pipeline.stages {
            switch stage {
            case .group(let expression): labels.append("by(\(expression))")
            case .compare(let aggregate, _, _): labels.append("\(aggregate)")
            default: break
            }
        }
        #expect(labels == ["by(resource.service.name)", "avg(duration)", "count()", "max(span.int + 1)"])
    }

    @Test("durations as Go prints them", arguments: [
        (0, "0s"), (1, "1ns"), (999, "999ns"), (1000, "1µs"), (1500, "1.5µs"), (10_000_000, "10ms"), (10_001_000_000, "10.001s"), (60_000_000_000, "1m0s"), (3_600_000_000_000, "1h0m0s"), (3_661_000_000_001, "1h1m1.000000001s"), (-1_500_000, "-1.5ms"),
        (Int64.min, "-2562047h47m16.854775808s"),
    ] as [(Int64, String)])
    func durations(_ nanos: Int64, _ expected: String) { #expect(DurationText.text(nanos: nanos) == expected) }
}
