import Testing
import TraceQL

@Test func errorsOfSyntaxNameTheirPlace() {
    let error = QueryError(.syntax, "unknown identifier: foo", line: 1, column: 3)
    #expect(error.description == "parse error at line 1, col 3: unknown identifier: foo")
}
