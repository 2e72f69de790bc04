internal import Patterns
internal import Trace
internal import TraceQL

/// A TraceQL filter that is asked of spans one by one, as they come in: `{ span.http.route = "/health" || kind = internal }`.
///
/// What it mentions has to stand in the span itself, its resource or its scope: there is no trace yet.
struct SpanFilter: Sendable {
    private let expression: Expression
    private let asksEvents: Bool
    private let asksLinks: Bool

    /// An expression with its patterns compiled and its texts as bytes.
    fileprivate indirect enum Expression: Sendable {
        case literal(Static)
        case text([UInt8])
        case field(Field, name: [UInt8])
        case negative(Expression), not(Expression)
        case arithmetic(ArithmeticOperator, Expression, Expression)
        case compare(Comparison, Expression, Expression)
        case isNil(Expression), isNotNil(Expression)
        case matches(Expression, Pattern, negated: Bool)
        case and(Expression, Expression), or(Expression, Expression)
    }

    /// Reads a condition from the configuration.
    init(_ node: ConfigurationNode) throws(ConfigurationError) {
        let text = try node.text()
        let example = "write a TraceQL filter, for example { span.http.route = \"/health\" }"
        guard text.contains("{") else { throw node.error("\(node.quoted) is no TraceQL filter; OTTL is not read", example) }
        let query: Query
        do throws(QueryError) { query = try Query(parsing: text) } catch { throw node.error("\(node.quoted): \(error)", example) }
        guard case .spansets(let pipeline) = query.body, pipeline.stages.count == 1, query.hints.isEmpty,
            case .spansets(.filter(let filter)) = pipeline.stages[0]
        else {
            let fix = "write a single { ... }; a list of conditions means any of them"
            throw node.error("\(node.quoted) is more than one filter, and needs the whole trace", fix)
        }
        if let field = filter.fields.first(where: \.needsTrace) {
            throw node.error(
                "\(field) needs the whole trace, of which one span is at hand", "ask for what the span, its resource, events or links have")
        }
        do throws(Pattern.Failure) { expression = try Expression(filter) } catch { throw node.error("\(node.quoted): \(error.message)", example) }
        asksEvents = filter.fields.contains { $0.isOfEvent }
        asksLinks = filter.fields.contains { $0.isOfLink }
    }

    /// Whether the span satisfies the filter; with fields of events and links, together with some event and some link of it.
    func matches(_ index: Int, in batch: borrowing SpanBatch, _ arena: Arena) -> Bool {
        let span = batch.spans[index]
        func holds(_ event: Int?, _ link: Int?) -> Bool {
            Row(span: span, event: event, link: link, arena: arena).value(expression, batch).isTrue
        }
        func holdsForLinks(_ event: Int?) -> Bool {
            guard asksLinks, !span.links.isEmpty else { return holds(event, nil) }
            return span.links.indices.contains { holds(event, $0) }
        }
        guard asksEvents, !span.events.isEmpty else { return holdsForLinks(nil) }
        return span.events.indices.contains { holdsForLinks($0) }
    }
}

extension Field {
    fileprivate var needsTrace: Bool {
        guard case .intrinsic(let intrinsic) = self else { return false }
        return switch intrinsic {
        case .childCount, .traceDuration, .rootName, .rootServiceName, .nestedSetLeft, .nestedSetRight, .nestedSetParent: true
        default: false
        }
    }

    fileprivate var isOfEvent: Bool {
        switch self {
        case .attribute(.event, _), .intrinsic(.eventName), .intrinsic(.eventTimeSinceStart): true
        default: false
        }
    }

    fileprivate var isOfLink: Bool {
        switch self {
        case .attribute(.link, _), .intrinsic(.linkTraceID), .intrinsic(.linkSpanID): true
        default: false
        }
    }
}

extension SpanFilter.Expression {
    fileprivate init(_ expression: FieldExpression) throws(Pattern.Failure) {
        switch expression {
        case .literal(.string(let text)): self = .text([UInt8](text.utf8))
        case .literal(let literal): self = .literal(literal)
        case .field(let field):
            if case .attribute(_, let name) = field { self = .field(field, name: [UInt8](name.utf8)) } else { self = .field(field, name: []) }
        case .negative(let inner): self = .negative(try Self(inner))
        case .not(let inner): self = .not(try Self(inner))
        case .arithmetic(let operation, let left, let right): self = .arithmetic(operation, try Self(left), try Self(right))
        case .compare(let comparison, let left, let right): self = .compare(comparison, try Self(left), try Self(right))
        case .isNil(let inner): self = .isNil(try Self(inner))
        case .isNotNil(let inner): self = .isNotNil(try Self(inner))
        case .matches(let inner, let pattern, let negated): self = .matches(try Self(inner), try Pattern(pattern), negated: negated)
        case .and(let left, let right): self = .and(try Self(left), try Self(right))
        case .or(let left, let right): self = .or(try Self(left), try Self(right))
        }
    }
}

/// A span, with one of its events and links where the filter asks for them.
private struct Row {
    let span: SpanRecord
    let event: Int?
    let link: Int?
    let arena: Arena

    func value(_ expression: SpanFilter.Expression, _ batch: borrowing SpanBatch) -> FilterValue {
        switch expression {
        case .text(let bytes): return .owned(bytes)
        case .literal(let literal): return Self.constant(literal)
        case .field(let field, let name): return value(field, name, batch)
        case .negative(let inner): return FilterValue.compute(.subtract, .int(0), value(inner, batch))
        case .not(let inner):
            if case .bool(false) = value(inner, batch) { return .bool(true) }
            return .bool(false)
        case .arithmetic(let operation, let left, let right): return FilterValue.compute(operation, value(left, batch), value(right, batch))
        case .compare(let comparison, let left, let right): return .bool(value(left, batch).compare(comparison, value(right, batch)))
        case .isNil(let inner):
            let found = value(inner, batch)
            if case .absent = found { return .bool(false) }
            return .bool(found.isNone)
        case .isNotNil(let inner): return .bool(!value(inner, batch).isNone)
        case .matches(let inner, let pattern, let negated): return .bool(Self.matches(value(inner, batch), pattern, negated))
        case .and(let left, let right): return .bool(value(left, batch).isTrue && value(right, batch).isTrue)
        case .or(let left, let right): return .bool(value(left, batch).isTrue || value(right, batch).isTrue)
        }
    }

    /// Of arrays, `=~` asks for a text that matches, `!~` for none among some.
    private static func matches(_ value: FilterValue, _ pattern: Pattern, _ negated: Bool) -> Bool {
        if let matched = value.withText({ pattern.matches($0) }) { return matched != negated }
        guard case .array(let list) = value else { return false }
        let isText = FilterValue.anyElement(list) { $0.withText { _ in true } ?? false }
        return isText && FilterValue.anyElement(list) { $0.withText { pattern.matches($0) } ?? false } != negated
    }

    private static func constant(_ literal: Static) -> FilterValue {
        switch literal {
        case .none: .none
        case .string(let text): .owned([UInt8](text.utf8))
        case .int(let int): .int(int)
        case .float(let float): .float(float)
        case .bool(let flag): .bool(flag)
        case .duration(let nanos): .duration(nanos)
        case .status(let status): .status(status.rawValue)
        case .kind(let kind): .kind(kind.rawValue)
        }
    }

    // MARK: Fields

    private func value(_ field: Field, _ name: [UInt8], _ batch: borrowing SpanBatch) -> FilterValue {
        switch field {
        case .attribute(.span, _): return find(name, span.attributes, batch)
        case .attribute(.resource, _): return find(name, in: resource(batch), field: 1)
        case .attribute(.instrumentation, _): return find(name, in: arena[batch.scopes[Int(span.scope)].message], field: 3)
        case .attribute(.any, _):
            let own = find(name, span.attributes, batch)
            return own.isNone ? find(name, in: resource(batch), field: 1) : own
        case .attribute(.event, _): return event.map { find(name, batch.events[$0].attributes, batch) } ?? .absent
        case .attribute(.link, _): return link.map { find(name, batch.links[$0].attributes, batch) } ?? .absent
        case .intrinsic(let intrinsic): return value(intrinsic, batch)
        }
    }

    private func value(_ intrinsic: Intrinsic, _ batch: borrowing SpanBatch) -> FilterValue {
        switch intrinsic {
        case .name: return .string(arena[span.name])
        case .status: return .status((0...2).contains(span.status) ? UInt8(span.status) : 0)
        case .statusMessage: return .string(arena[span.statusMessage])
        case .kind: return .kind((0...5).contains(span.kind) ? UInt8(span.kind) : 0)
        case .duration: return .duration(span.endNanos > span.startNanos ? Int64(clamping: span.endNanos - span.startNanos) : 0)
        case .spanID: return .owned([UInt8](span.spanID.hex.utf8))
        case .parentID: return .owned([UInt8](span.parentID.hex.utf8))
        case .traceID: return .owned([UInt8](span.traceID.hex.utf8))
        case .eventName: return event.map { .string(arena[batch.events[$0].name]) } ?? .absent
        case .eventTimeSinceStart: return event.map { .duration(Int64(bitPattern: batch.events[$0].timeNanos &- span.startNanos)) } ?? .absent
        case .linkTraceID: return link.map { .owned([UInt8](batch.links[$0].traceID.hex.utf8)) } ?? .absent
        case .linkSpanID: return link.map { .owned([UInt8](batch.links[$0].spanID.hex.utf8)) } ?? .absent
        case .instrumentationName: return .string(ScopeTexts(arena[batch.scopes[Int(span.scope)].message]).name)
        case .instrumentationVersion: return .string(ScopeTexts(arena[batch.scopes[Int(span.scope)].message]).version)
        case .childCount, .traceDuration, .rootName, .rootServiceName, .nestedSetLeft, .nestedSetRight, .nestedSetParent: return .none
        }
    }

    private func resource(_ batch: borrowing SpanBatch) -> UnsafeRawBufferPointer {
        arena[batch.resources[Int(batch.scopes[Int(span.scope)].resource)].message]
    }

    /// The first that has a value.
    private func find(_ name: [UInt8], _ rows: RowRange, _ batch: borrowing SpanBatch) -> FilterValue {
        for index in rows.indices where batch.attributes[index].key.count == name.count {
            let record = batch.attributes[index]
            if record.type != .empty, arena[record.key].elementsEqual(name) { return FilterValue(record, arena) }
        }
        return .none
    }

    private func find(_ name: [UInt8], in message: UnsafeRawBufferPointer, field: UInt64) -> FilterValue {
        var found = FilterValue.none
        AttributeReader.forEach(in: message, field: field) { key, type, bits in
            guard type != .empty, key.count == name.count, message[key.start..<key.end].elementsEqual(name) else { return true }
            found = FilterValue(AttributeRecord(key: key, type: type, bits: bits), Arena(body: message))
            return false
        }
        return found
    }
}
