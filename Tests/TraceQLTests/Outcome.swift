import Testing
import TraceQL

/// What becomes of a query: its canonical form, which must read as the same query, or why it is refused.
func outcome(_ text: String) -> String {
    do throws(QueryError) {
        let query = try Query(parsing: text)
        let printed = query.description
        #expect((try? Query(parsing: printed)) == query, "printed: \(printed)")
        return printed
    } catch {
        return "\(error)"
    }
}

/// The expression in the braces of a query `{ expression }`, in its canonical form, or why the query is refused.
func filter(_ expression: String) -> String {
    let printed = outcome("{ \(expression) }")
    return printed.hasPrefix("{ ") && printed.hasSuffix(" }") ? String(printed.dropFirst(2).dropLast(2)) : printed
}
