internal import TraceQL

/// Some spans of a trace, and what the stages found out about them.
struct Spanset {
    var spans: SpanSet
    var attributes: [NamedValue] = []
}

extension Plan {
    /// The spansets that a trace yields; none when it does not match.
    func evaluate(_ trace: WholeTrace) throws -> [Spanset] { try Self.evaluate(stages, trace) }

    private static func evaluate(_ stages: [Stage], _ trace: WholeTrace) throws -> [Spanset] {
        var spansets = [Spanset(spans: .all(trace.count))]
        for (index, stage) in stages.enumerated() {
            switch stage {
            case .spansets(let node):
                for place in spansets.indices {
                    var found = try evaluate(node, trace, within: index == 0 ? nil : spansets[place].spans)
                    if index > 0 { found.formIntersection(spansets[place].spans) }
                    spansets[place].spans = found
                }
            case .group(let expression, let label): spansets = try spansets.flatMap { try group($0, by: expression, label, trace) }
            case .coalesce:
                guard var union = spansets.first?.spans else { break }
                for spanset in spansets.dropFirst() { union.formUnion(spanset.spans) }
                spansets = [Spanset(spans: union)]
            case .compare(let aggregate, let comparison, let bound, let label):
                spansets = try spansets.compactMap { spanset in
                    let value = try value(of: aggregate, spanset.spans, trace)
                    guard value.compare(comparison, Value(bound)) else { return nil }
                    var kept = spanset
                    kept.attributes.removeAll { $0.name == label }
                    kept.attributes.append(NamedValue(label, value))
                    return kept
                }
            }
            spansets.removeAll { $0.spans.isEmpty }
            if spansets.isEmpty { return [] }
        }
        return spansets
    }

    private static func evaluate(_ node: Node, _ trace: WholeTrace, within: SpanSet?) throws -> SpanSet {
        switch node {
        case .filter(let filter):
            var spans = try trace.spans(filter)
            if let within { spans.formIntersection(within) }
            return spans
        case .pipeline(let stages):
            let spansets = try evaluate(stages, trace)
            guard spansets.count < 2 else {
                throw QueryFailure.invalid("a spanset operator needs one spanset on each side, but by() made \(spansets.count): put | coalesce() behind it")
            }
            return spansets.first?.spans ?? SpanSet(count: trace.count)
        case .combined(let operation, let left, let right):
            let left = try evaluate(left, trace, within: within)
            // Most operators need something on the left.
            if left.isEmpty, operation.relation != .or, operation.form != .negated { return SpanSet(count: trace.count) }
            let right = try evaluate(right, trace, within: within)
            return try combine(operation, left, right, trace)
        }
    }

    private static func combine(_ operation: SpansetOperator, _ left: SpanSet, _ right: SpanSet, _ trace: WholeTrace) throws -> SpanSet {
        var result = right
        switch operation.relation {
        case .and:
            if left.isEmpty || right.isEmpty { return SpanSet(count: trace.count) }
            result.formUnion(left)
            return result
        case .or:
            result.formUnion(left)
            return result
        default: break
        }
        if right.isEmpty || (left.isEmpty && operation.form != .negated) { return SpanSet(count: trace.count) }
        let tree = try trace.tree()
        var related = tree.spans(right, standingAs: operation.relation, to: left)
        switch operation.form {
        case .plain: return related
        case .negated:
            result.subtract(related)
            return result
        case .union:
            related.formUnion(tree.spans(left, standingAs: operation.relation.mirrored, to: right))
            return related
        }
    }

    private static func group(_ spanset: Spanset, by expression: FieldExpression, _ label: String, _ trace: WholeTrace) throws -> [Spanset] {
        var groups: [Value: Int] = [:]
        var result: [Spanset] = []
        for span in try trace.sorted().map(Int.init) where spanset.spans.contains(span) {
            let value = try trace.value(of: expression, span)
            if groups[value] == nil {
                groups[value] = result.count
                result.append(Spanset(
                    spans: SpanSet(count: trace.count),
                    attributes: spanset.attributes + [NamedValue(label, value == .none ? .string("nil") : value)]))
            }
            result[groups[value]!].spans.insert(span)
        }
        return result
    }

    /// Nil when no span has the argument.
    private static func value(of aggregate: Aggregate, _ spans: SpanSet, _ trace: WholeTrace) throws -> Value {
        let argument: FieldExpression
        switch aggregate {
        case .count: return .int(Int64(spans.size))
        case .max(let inner), .min(let inner), .avg(let inner), .sum(let inner): argument = inner
        }
        // In an order that does not depend on how the spans came in: sums of floats do.
        let values = try trace.sorted().map(Int.init).filter { spans.contains($0) }.compactMap { span -> Value? in
            let value = try trace.value(of: argument, span)
            return value.number == nil ? nil : value
        }
        guard var result = values.first else { return .none }
        switch aggregate {
        case .count: break
        case .max: for value in values.dropFirst() where value.compare(.greater, result) { result = value }
        case .min: for value in values.dropFirst() where value.compare(.less, result) { result = value }
        case .sum: for value in values.dropFirst() { result = ExpressionValue.arithmetic(.add, result, value) }
        case .avg:
            let mean = values.reduce(0.0) { $0 + $1.number!.double } / Double(values.count)
            if case .duration = result { return .duration(Int64(exactly: mean.rounded(.towardZero)) ?? .max) }
            return .float(mean)
        }
        return result
    }
}

extension WholeTrace {
    func value(of expression: FieldExpression, _ span: Int) throws -> Value {
        let (group, row) = place(span)
        return try ExpressionValue.of(expression) { try group.block.field($0).spanValue(group, row) }
    }
}

extension SpansetOperator.Relation {
    /// The relation in which a left span stands to a right one.
    var mirrored: Self {
        switch self {
        case .child: .parent
        case .parent: .child
        case .descendant: .ancestor
        case .ancestor: .descendant
        default: self
        }
    }
}

extension TraceTree {
    /// Those of `spans` that are a child (descendant, ...) of some span of `others`.
    func spans(_ spans: SpanSet, standingAs relation: SpansetOperator.Relation, to others: SpanSet) -> SpanSet {
        var found = SpanSet(count: spans.count)
        switch relation {
        case .and, .or: break
        case .child:
            for span in spans.members where parents[span] >= 0 && others.contains(Int(parents[span])) { found.insert(span) }
        case .descendant:
            var below = SpanSet(count: spans.count)
            for span in order.map(Int.init) where parents[span] >= 0 {
                let parent = Int(parents[span])
                guard others.contains(parent) || below.contains(parent) else { continue }
                below.insert(span)
                if spans.contains(span) { found.insert(span) }
            }
        case .parent:
            for other in others.members where parents[other] >= 0 && spans.contains(Int(parents[other])) { found.insert(Int(parents[other])) }
        case .ancestor:
            var above = SpanSet(count: spans.count)
            for span in order.reversed().map(Int.init) where parents[span] >= 0 && (others.contains(span) || above.contains(span)) {
                let parent = Int(parents[span])
                above.insert(parent)
                if spans.contains(parent) { found.insert(parent) }
            }
        case .sibling:
            var countByParent: [Int32: Int] = [:]
            for other in others.members where parents[other] != Self.missing { countByParent[parents[other], default: 0] += 1 }
            for span in spans.members where parents[span] != Self.missing {
                if countByParent[parents[span], default: 0] - (others.contains(span) ? 1 : 0) > 0 { found.insert(span) }
            }
        }
        return found
    }
}
