import Query
import Trace
import TraceQL

/// The spans of one trace, each once, by start, id and kind.
struct PlainTrace {
    struct Numbers: Equatable {
        var left: Int64 = 0
        var right: Int64 = 0
        var parent: Int64 = 0
    }

    enum Parent: Equatable {
        case root
        case span(Int)
        /// It never came, or the chain of parents ends in a circle.
        case missing
    }

    let id: TraceID
    let spans: [PlainSpan]
    /// The spans that are named as parents: circles included.
    private(set) var namedParents: [Int?] = []
    private(set) var parents: [Parent] = []
    private(set) var numbers: [Numbers] = []

    init(_ id: TraceID, _ sent: [PlainSpan]) {
        self.id = id
        var seen: Set<String> = []
        spans = sent.filter { seen.insert("\($0.id.hex) \($0.kind)").inserted }.sorted { ($0.start, $0.id.bits, $0.kind) < ($1.start, $1.id.bits, $1.kind) }
        namedParents = spans.indices.map { index in
            let named = spans.indices.filter { spans[$0].id == spans[index].parent }
            // Of a client and a server with one id the server has the children.
            let parent = named.first { spans[$0].kind == SpanKind.server.rawValue } ?? named.first
            return parent == index ? nil : parent
        }
        parents = spans.indices.map { index in
            if spans[index].parent.isZero { return .root }
            var place = index
            for _ in spans {
                guard let parent = namedParents[place] else { return namedParents[index].map { .span($0) } ?? .missing }
                place = parent
            }
            return .missing
        }
        numbers = Array(repeating: Numbers(), count: spans.count)
        var next: Int64 = 1
        for index in spans.indices where parents[index] == .root { number(index, parent: -1, &next) }
        if Dictionary(grouping: spans, by: \.id).values.contains(where: { $0.count > 2 }) {
            numbers = parents.map { Numbers(parent: $0 == .root ? -1 : 0) }
        }
    }

    private mutating func number(_ span: Int, parent: Int64, _ next: inout Int64) {
        numbers[span].left = next
        numbers[span].parent = parent
        next += 1
        for child in spans.indices where parents[child] == .span(span) { number(child, parent: numbers[span].left, &next) }
        numbers[span].right = next
        next += 1
    }

    var start: UInt64 { spans.map(\.start).min()! }
    var end: UInt64 { spans.map { $0.start + $0.duration }.max()! }

    /// The first root; of several that start together, the first by service and name.
    var root: PlainSpan? {
        spans.filter { $0.parent.isZero }.min { a, b in
            if a.start != b.start { return a.start < b.start }
            return a.service != b.service ? a.service.utf8.lexicographicallyPrecedes(b.service.utf8) : a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
        }
    }

    // MARK: Relations

    private func isAncestor(_ a: Int, of b: Int) -> Bool {
        var place = b
        while case .span(let parent) = parents[place] {
            if parent == a { return true }
            place = parent
        }
        return false
    }

    /// Whether `right` is a child (descendant, ...) of `left`.
    func stands(_ right: Int, _ relation: SpansetOperator.Relation, to left: Int) -> Bool {
        switch relation {
        case .and, .or: false
        case .child: parents[right] == .span(left)
        case .parent: parents[left] == .span(right)
        case .descendant: isAncestor(left, of: right)
        case .ancestor: isAncestor(right, of: left)
        case .sibling: left != right && parents[left] != .missing && parents[left] == parents[right]
        }
    }
}

/// A pipeline over one trace.
struct PlainPipeline {
    struct Spanset {
        var spans: [Int]
        var attributes: [NamedValue] = []
    }

    let trace: PlainTrace

    func spansets(_ pipeline: Pipeline) -> [Spanset] {
        var spansets = [Spanset(spans: Array(trace.spans.indices))]
        for stage in pipeline.stages {
            switch stage {
            case .spansets(let expression): spansets = spansets.map { Spanset(spans: self.spans(expression, of: $0.spans), attributes: $0.attributes) }
            case .group(let expression): spansets = spansets.flatMap { group($0, expression) }
            case .coalesce: spansets = spansets.isEmpty ? [] : [Spanset(spans: Set(spansets.flatMap(\.spans)).sorted())]
            case .select: break
            case .compare(let aggregate, let comparison, let bound):
                spansets = spansets.compactMap { spanset in
                    let value = value(aggregate, spanset.spans)
                    guard PlainRow.holds(comparison, value, PlainRow.constant(bound)) else { return nil }
                    let name = aggregate.description
                    return Spanset(spans: spanset.spans, attributes: spanset.attributes.filter { $0.name != name } + [NamedValue(name, value)])
                }
            }
            spansets.removeAll { $0.spans.isEmpty }
        }
        return spansets
    }

    private func spans(_ expression: SpansetExpression, of spans: [Int]) -> [Int] {
        switch expression {
        case .filter(let filter): return spans.filter { PlainRow.matches(filter, trace, $0) }
        case .pipeline(let pipeline): return spansets(pipeline).flatMap(\.spans).sorted()
        case .combined(let operation, let left, let right):
            let left = self.spans(left, of: spans), right = self.spans(right, of: spans)
            let both = Set(left + right).sorted()
            switch operation.relation {
            case .and: return left.isEmpty || right.isEmpty ? [] : both
            case .or: return both
            default: break
            }
            let pairs = right.flatMap { r in left.filter { trace.stands(r, operation.relation, to: $0) }.map { (left: $0, right: r) } }
            switch operation.form {
            case .plain: return Set(pairs.map(\.right)).sorted()
            case .negated: return right.filter { r in !pairs.contains { $0.right == r } }
            case .union: return Set(pairs.flatMap { [$0.left, $0.right] }).sorted()
            }
        }
    }

    private func group(_ spanset: Spanset, _ expression: FieldExpression) -> [Spanset] {
        var values: [[UInt8]] = [], groups: [Spanset] = []
        for span in spanset.spans {
            let value = PlainRow.value(expression, trace, span)
            let key = Array("\(value)".utf8)
            if let place = values.firstIndex(of: key) { groups[place].spans.append(span); continue }
            values.append(key)
            groups.append(Spanset(spans: [span], attributes: spanset.attributes + [NamedValue("by(\(expression.description))", value == .none ? .string("nil") : value)]))
        }
        return groups
    }

    private func value(_ aggregate: Aggregate, _ spans: [Int]) -> Value {
        func values(_ expression: FieldExpression) -> [Value] { spans.map { PlainRow.value(expression, trace, $0) }.filter { PlainRow.number($0) != nil } }
        func sum(_ values: [Value]) -> Value { values.dropFirst().reduce(values.first ?? .none) { PlainRow.compute(.add, $0, $1) } }
        func best(_ values: [Value], _ comparison: Comparison) -> Value {
            values.dropFirst().reduce(values.first ?? .none) { PlainRow.holds(comparison, $1, $0) ? $1 : $0 }
        }
        switch aggregate {
        case .count: return .int(Int64(spans.count))
        case .max(let expression): return best(values(expression), .greater)
        case .min(let expression): return best(values(expression), .less)
        case .sum(let expression): return sum(values(expression))
        case .avg(let expression):
            let values = values(expression)
            if values.isEmpty { return .none }
            let mean = values.reduce(0) { $0 + PlainRow.number($1)! } / Double(values.count)
            if case .duration = values[0] { return .duration(Int64(mean)) }
            return .float(mean)
        }
    }
}
