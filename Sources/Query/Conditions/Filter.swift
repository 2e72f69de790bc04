/// A spanset filter of the query.
final class Filter: Sendable {
    let condition: Condition
    /// Tells this filter from the query's others.
    let number: Int
    /// Names what it asks for; nil when the answer for a block's spans may change as their traces go on elsewhere.
    let cacheKey: FilterCache.Key?

    init(_ condition: Condition, number: Int, text: String) {
        self.condition = condition
        self.number = number
        cacheKey = if case .constant = condition { nil } else { condition.needsTrace ? nil : Array(text.utf8) }
    }
}
