internal import Store
internal import Trace
internal import TraceQL

/// Reads one field of a block, row by row.
final class FieldReader {
    let field: Field
    private unowned let block: Block
    private lazy var columns: [Int] = if case .attribute(let scope, let name) = field { block.columns(scope.space, name) } else { [] }
    private var envelopeValues: [Value?]
    private var others: [Int: [UInt64: Value]] = [:]

    init(_ field: Field, _ block: Block) {
        self.field = field
        self.block = block
        envelopeValues = Array(repeating: nil, count: block.directory.envelopes.count)
    }

    static func status(_ number: Int) -> Value { .status(Static.Status(rawValue: UInt8(number)) ?? .unset) }
    static func kind(_ number: Int) -> Value { .kind(Static.Kind(rawValue: UInt8(number)) ?? .unspecified) }

    /// The value on a row of the field's own space.
    func value(_ group: Group, _ row: Int) throws -> Value {
        switch field {
        case .attribute(.resource, _), .attribute(.instrumentation, _), .intrinsic(.instrumentationName), .intrinsic(.instrumentationVersion):
            return value(ofEnvelope: try envelope(group, row))
        case .attribute(.any, let name):
            let own = try attribute(group, row, .span, name)
            return own == .none ? value(ofEnvelope: try envelope(group, row)) : own
        case .attribute(let scope, let name): return try attribute(group, row, scope.space, name)
        case .intrinsic(let intrinsic): return try value(intrinsic, group, row)
        }
    }

    /// The value on a span: of an event's or link's field, that of the first which has it.
    func spanValue(_ group: Group, _ row: Int) throws -> Value {
        let space = field.space
        if space == .span { return try value(group, row) }
        let firsts = try group.firstRows(space)
        for inner in firsts[row]..<firsts[row + 1] {
            let value = try value(group, inner)
            if value != .none { return value }
        }
        return .none
    }

    /// Of a field that resources or scopes decide.
    func value(ofEnvelope envelope: Int) -> Value {
        if let known = envelopeValues[envelope] { return known }
        let value: Value
        switch field {
        case .attribute(.instrumentation, let name): value = Self.find(name, in: block.scope(ofEnvelope: envelope))
        case .attribute(_, let name): value = Self.find(name, in: block.resource(ofEnvelope: envelope))
        case .intrinsic(let intrinsic): value = .string(block.scopeText(ofEnvelope: envelope, version: intrinsic == .instrumentationVersion))
        }
        envelopeValues[envelope] = value
        return value
    }

    private static func find(_ name: String, in values: [NamedValue]) -> Value { values.first { $0.name == name }?.value ?? .none }

    private func envelope(_ group: Group, _ row: Int) throws -> Int {
        let envelope = try group.numbers(.envelope)[row]
        guard envelope < UInt64(envelopeValues.count) else { throw BlockDamage.malformed(part: "envelope") }
        return Int(envelope)
    }

    // MARK: Attributes

    private func attribute(_ group: Group, _ row: Int, _ space: RowSpace, _ name: String) throws -> Value {
        for column in columns {
            let rank = try group.ranks(space, column)[row]
            if rank >= 0 { return try value(group, space, column, Int(rank)) }
        }
        guard let column = block.column(space, .moreAttributes) else { return .none }
        let rank = try group.ranks(space, column)[row]
        guard rank >= 0 else { return .none }
        let code = Int(truncatingIfNeeded: try group.values(space, column)[Int(rank)])
        let place = block.directory.placeIndex(space.owner, column)
        var lookup = TextLookup(place)
        return try lookup.withBytes(code, in: block.access) { bytes in
            Self.find(name, in: EncodedValues.attributes(in: bytes, field: 1))
        }
    }

    /// The value at `rank` of an attribute column.
    func value(_ group: Group, _ space: RowSpace, _ column: Int, _ rank: Int) throws -> Value {
        let values = try group.values(space, column)
        let storage = block.directory.attributes[space.rawValue].columns[column].key.kind.storage
        if storage == .nothing { return .none }
        guard rank < values.count else { throw BlockDamage.malformed(part: "attributes") }
        return try value(of: values[rank], storage, block.directory.placeIndex(space.owner, column))
    }

    /// What the bits (or the code) of an attribute column stand for.
    func value(of bits: UInt64, _ storage: ColumnKind.ValueStorage, _ place: Int) throws -> Value {
        switch storage {
        case .nothing: return .none
        case .text: return .string(try block.text(place).string(bits, in: block.access))
        case .integer: return .int(Int64(bitPattern: bits ^ 1 << 63))
        case .double: return .float(Double(bitPattern: bits))
        case .bool: return .bool(bits != 0)
        case .bytes:
            if let known = others[place]?[bits] { return known }
            var lookup = TextLookup(place)
            let value = try lookup.withBytes(Int(truncatingIfNeeded: bits), in: block.access) { EncodedValues.other($0) }
            if others[place, default: [:]].count > 10_000 { others[place] = [:] }
            others[place, default: [:]][bits] = value
            return value
        }
    }

    // MARK: Intrinsics

    private func value(_ intrinsic: Intrinsic, _ group: Group, _ row: Int) throws -> Value {
        switch intrinsic {
        case .name: return .string(try block.text(FixedColumn.name.rawValue).string(try group.numbers(.name)[row], in: block.access))
        case .status: return Self.status(Int(try group.numbers(.kindStatus)[row] >> 3 & 3))
        case .kind: return Self.kind(Int(try group.numbers(.kindStatus)[row] & 7))
        case .statusMessage:
            guard let column = block.column(.span, .statusMessage) else { return .string("") }
            let rank = try group.ranks(.span, column)[row]
            return rank < 0 ? .string("") : try value(group, .span, column, Int(rank))
        case .duration: return .duration(Int64(clamping: try group.numbers(.duration)[row]))
        case .spanID: return .string(SpanID(bits: try group.spanIDs()[row]).hex)
        case .parentID: return .string(SpanID(bits: try group.parentIDs()[row]).hex)
        case .childCount: return .int(Int64(try group.trees().childCounts[row]))
        case .nestedSetLeft: return .int(Int64(try group.trees().lefts[row]))
        case .nestedSetRight: return .int(Int64(try group.trees().rights[row]))
        case .nestedSetParent: return .int(Int64(try group.trees().parents[row]))
        case .traceDuration, .rootName, .rootServiceName, .traceID:
            let trace = try group.trace(ofRow: row)
            switch intrinsic {
            case .traceID: return .string(try block.traceID(trace).hex)
            case .traceDuration:
                let facts = try block.facts(trace)
                return .duration(Int64(clamping: facts.endNanos - facts.startNanos))
            case .rootName: return .string(try block.facts(trace).rootName ?? "")
            default: return .string(try block.facts(trace).rootService ?? "")
            }
        case .eventName: return .string(try block.text(FixedColumn.eventName.rawValue).string(try group.numbers(.eventName)[row], in: block.access))
        case .eventTimeSinceStart:
            let delta = try group.numbers(.eventTime)[row]
            return .duration(Int64(bitPattern: delta >> 1) ^ -Int64(bitPattern: delta & 1))
        case .linkTraceID: return .string(try group.linkTraceIDs()[row].hex)
        case .linkSpanID: return .string(SpanID(bits: try group.linkSpanIDs()[row]).hex)
        case .instrumentationName, .instrumentationVersion: return value(ofEnvelope: try envelope(group, row))
        }
    }
}

extension Field.Scope {
    /// Whose rows have the attributes; those of resources and scopes are the spans'.
    var space: RowSpace {
        switch self {
        case .event: .event
        case .link: .link
        default: .span
        }
    }
}
