/// Who is whose child among the spans of one trace. A plain value over numbers: spans are 0..<count.
struct TraceTree {
    static let root: Int32 = -1
    /// The parent is not there (or the chain of parents is a cycle).
    static let missing: Int32 = -2

    /// Of each span: its parent's number, `root` or `missing`.
    private(set) var parents: [Int32]
    /// Each span after its parent; those under a root first, depth first, siblings in the given order.
    private(set) var order: [Int32] = []
    /// How many of `order` stand under a root.
    private(set) var connected = 0
    private(set) var childCounts: [Int32]
    private var firstChild: [Int32] = []
    private var children: [Int32] = []

    /// - Parameter sorted: the spans in the order in which siblings shall stand.
    init(parents: [Int32], sorted: [Int32]) {
        self.parents = parents
        let count = parents.count
        childCounts = [Int32](repeating: 0, count: count)
        for parent in parents where parent >= 0 { childCounts[Int(parent)] += 1 }
        firstChild = [Int32](repeating: 0, count: count + 1)
        for span in 0..<count { firstChild[span + 1] = firstChild[span] + childCounts[span] }
        children = [Int32](repeating: 0, count: Int(firstChild[count]))
        var next = firstChild
        for span in sorted where parents[Int(span)] >= 0 {
            let parent = Int(parents[Int(span)])
            children[Int(next[parent])] = span
            next[parent] += 1
        }
        order.reserveCapacity(count)
        for span in sorted where parents[Int(span)] == Self.root { walk(from: span) }
        connected = order.count
        for span in sorted where parents[Int(span)] == Self.missing { walk(from: span) }
        if order.count < count {
            // What is left goes round in circles.
            var seen = [Bool](repeating: false, count: count)
            for span in order { seen[Int(span)] = true }
            for span in sorted where !seen[Int(span)] {
                self.parents[Int(span)] = Self.missing
                order.append(span)
            }
        }
    }

    private mutating func walk(from top: Int32) {
        var stack = [top]
        while let span = stack.popLast() {
            order.append(span)
            let first = Int(firstChild[Int(span)]), end = Int(firstChild[Int(span) + 1])
            for child in stride(from: end - 1, through: first, by: -1) { stack.append(children[child]) }
        }
    }

    /// Left, right and the parent's left of each span: roots have the parent -1, spans without a way to a root three zeros.
    func nestedSets() -> (left: [Int32], right: [Int32], parent: [Int32]) {
        var left = [Int32](repeating: 0, count: parents.count), right = left, above = left
        var sizes = [Int32](repeating: 1, count: parents.count)
        for span in order[..<connected].reversed() where parents[Int(span)] >= 0 { sizes[Int(parents[Int(span)])] += sizes[Int(span)] }
        // A span and its descendants take twice their number of positions.
        var nextFree = [Int32](repeating: 0, count: parents.count)
        var nextRoot: Int32 = 1
        for span in order[..<connected].map(Int.init) {
            let parent = parents[span]
            if parent == Self.root {
                left[span] = nextRoot
                above[span] = -1
                nextRoot += 2 * sizes[span]
            } else {
                left[span] = nextFree[Int(parent)]
                above[span] = left[Int(parent)]
                nextFree[Int(parent)] += 2 * sizes[span]
            }
            right[span] = left[span] + 2 * sizes[span] - 1
            nextFree[span] = left[span] + 1
        }
        return (left, right, above)
    }
}
