/// A spanset filter of the query.
final class Filter: Sendable {
    let condition: Condition
    /// Tells this filter from the query's others.
    let number: Int

    init(_ condition: Condition, number: Int) {
        self.condition = condition
        self.number = number
    }
}
