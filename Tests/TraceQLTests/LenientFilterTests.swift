import Testing
import TraceQL

@Suite struct LenientFilterTests {
    /// Alternatives joined by " or ", conditions by " and "; nil for no filter.
    private func used(_ text: String) throws -> String? {
        try LenientFilter(parsing: text).map { $0.alternatives.map { $0.map(\.description).joined(separator: " and ") }.joined(separator: " or ") }
    }

    @Test("what is used of a query that is being typed", arguments: [
        (#"{ name="foo" && span.x = }"#, "name = `foo`"), (#"{ name="foo" && span.x ="#, "name = `foo`"), (#"{ name="foo" && }"#, nil), (#"{ name="foo" } |"#, nil), (#"{ name="foo" && span."#, nil),
        (#"{ name="foo" } | count() > 1"#, "name = `foo`"), (#"{ name="foo" } | rate()"#, "name = `foo`"), (#"{ name="foo" } >> { name="bar" }"#, nil), (#"{ .a = "x" }"#, nil),

        ("{ name=\"foo\" ", "name = `foo`"), ("{ name=\"foo\" && span.x", "name = `foo`"), ("{ name=\"foo\" && name =~", "name = `foo`"), ("{ status = && name=\"foo\" }", "name = `foo`"), ("{ (span.a = ) && name=\"foo\" }", "name = `foo`"), ("{ span.a != || name=\"foo\" }", nil), ("{ span.a !~ && kind >= && name=\"foo\"", "name = `foo`"),
        ("{ name=\"foo\" && span.x = | rate()", "name = `foo`"), ("{ name=\"foo\" && span.x = } | rate() by (name)", "name = `foo`"), ("{ name=\"foo\" && span.x = // typing", "name = `foo`"), ("{ name=\"foo\" && span.x = // typing\n | rate()", "name = `foo`"),
        ("{ name=\"foo\" && span.x = \"", nil), ("{ name=\"foo\" && span.x = ba }", nil), ("{ name=\"foo\" && span.x = } | foo", nil), ("{ name=\"foo\" && span.x = } | rate(", nil), ("name=\"foo\"", nil), ("", nil), ("foo", nil), ("{ (name=\"foo\" && span.x = ", nil),
        ("{}", nil), ("{ true }", nil), ("{ span.x }", nil), ("{ name=\"foo\" || true }", nil), ("{ 1 = 1 }", nil), ("{ name=\"foo\" || span.x }", nil), ("{ name=\"foo\" && (span.x || true) }", "name = `foo` or name = `foo`"), ("{ name = 5 }", nil), ("{ parent.a = 1 && name=\"foo\" }", nil),
        ("{ name=\"foo\" && .a = 1 }", nil), ("{ name=\"foo\" || .a = 1 }", nil), ("{ span.a = 1 } && { span.b = 1 }", nil), ("{ span.a = 1 } | { span.b = 1 }", nil), ("({ span.a = 1 })", "span.a = 1"), ("{ span.a = 1 } | by(name) | select(.b)", "span.a = 1"), ("{ span.a = 1 } with (x=1)", "span.a = 1"),
        ("({ span.a = 1 } | rate()) / ({ span.a = 1 } | rate())", nil), ("{ span.a = 1 } | compare({ span.b = 1 })", "span.a = 1"), ("count() > 1", nil), ("{ !(span.a = 1 || span.b = 2) }", "!((span.a = 1) || (span.b = 2))"), ("{ span.a != nil && event:name = `e` }", "span.a != nil and event:name = `e`"),
        ("{ (span.a=1 || span.b=2) && span.c=3 }", "span.a = 1 and span.c = 3 or span.b = 2 and span.c = 3"), ("{ span.a=1 || span.b=2 && span.c=3 }", "span.a = 1 and span.c = 3 or span.b = 2 and span.c = 3"), ("{ span.a=1 || (span.b=2 && span.c=3) }", "span.a = 1 or span.b = 2 and span.c = 3"),
    ] as [(String, String?)])
    func alternatives(_ text: String, _ expected: String?) throws { #expect(try used(text) == expected) }

    @Test func moreThanAHundredAlternativesAreAnError() throws {
        func any(_ count: Int) -> String { "(" + (0..<count).map { "span.a = \($0)" }.joined(separator: " || ") + ")" }
        #expect(try LenientFilter(parsing: "{ \(any(10)) && \(any(10)) }")?.alternatives.count == 100)
        let tooMany = QueryError(.invalid, "the filter has more than 100 alternatives joined by ||")
        #expect(throws: tooMany) { try LenientFilter(parsing: "{ \(any(101)) }") }
        #expect(throws: tooMany) { try LenientFilter(parsing: "{ \(any(10)) && \(any(11)) }") }
        #expect(throws: tooMany) { try LenientFilter(parsing: "{ " + Array(repeating: any(2), count: 80).joined(separator: " && ") + " }") }
    }
}
