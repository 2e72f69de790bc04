internal import Trace

/// Which scopes a resource has and which spans a scope, in the order of the tables. Decoded batches have them in this order
/// anyway; those put together from several blocks do not.
struct BatchLayout {
    private let scopes: Grouping
    private let spans: Grouping

    init(_ batch: borrowing SpanBatch) {
        let (scopeTable, spanTable) = (batch.scopes, batch.spans)
        scopes = Grouping(groups: batch.resources.count, items: scopeTable.count) { Int(scopeTable[$0].resource) }
        spans = Grouping(groups: scopeTable.count, items: spanTable.count) { Int(spanTable[$0].scope) }
    }

    func scopes(ofResource resource: Int) -> ArraySlice<Int> { scopes[resource] }
    func spans(ofScope scope: Int) -> ArraySlice<Int> { spans[scope] }
}

/// Items sorted by the group they belong to, order within a group kept: a counting sort.
private struct Grouping {
    private var starts: [Int]
    private var order: [Int]

    init(groups: Int, items: Int, group: (Int) -> Int) {
        starts = [Int](repeating: 0, count: groups + 1)
        order = [Int](repeating: 0, count: items)
        for item in 0..<items { starts[group(item) + 1] += 1 }
        for index in 0..<groups { starts[index + 1] += starts[index] }
        var next = starts
        for item in 0..<items {
            let place = group(item)
            order[next[place]] = item
            next[place] += 1
        }
    }

    subscript(group: Int) -> ArraySlice<Int> { order[starts[group]..<starts[group + 1]] }
}
