// Feeds text to the query language. What it accepts prints and reads as the same query; what it refuses has a place in the text.
import Patterns
import TraceQL

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTraceQL(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    do throws(QueryError) {
        let query = try Query(parsing: text)
        let printed = query.description
        guard let again = try? Query(parsing: printed) else { preconditionFailure("refused as it was printed: \(printed)") }
        precondition(again == query, "printed as another query: \(printed)")
        precondition(again.description == printed, "printed in two ways: \(printed)")
        for field in query.fields { precondition((try? Field(parsing: field.description)) == field) }
        if let pipeline = try? query.searchPipeline { precondition(Set(pipeline.fields).isSubset(of: query.fields)) }
        _ = query.singleFilter
    } catch {
        precondition(error.kind != .syntax || (error.line ?? 0) >= 1 && (error.column ?? 0) >= 1 && (error.column ?? 0) <= count + 1)
        _ = error.description
    }
    if let filter = try? LenientFilter(parsing: text) {
        precondition(!filter.alternatives.isEmpty && filter.alternatives.count <= 100 && !filter.alternatives.contains(where: \.isEmpty))
    }
    if let field = try? Field(parsing: text) {
        precondition((try? Field(parsing: field.description)) == field)
        _ = field.attributeName
    }
    // The text as a pattern, on itself.
    if count <= 64, let pattern = try? Pattern(text) {
        let matches = pattern.matches(UnsafeRawBufferPointer(start: start, count: count))
        if matches, let bounds = pattern.bounds {
            let bytes = UnsafeBufferPointer(start: start, count: count)
            precondition(!bytes.lexicographicallyPrecedes(bounds.lower) && !bounds.upper.lexicographicallyPrecedes(bytes), "matches outside of its bounds")
        }
    }
    return 0
}
