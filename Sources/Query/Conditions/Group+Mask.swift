internal import Glibc
internal import Patterns
internal import Store
internal import Trace
internal import TraceQL

extension Group {
    /// The spans that satisfy `filter`, computed once.
    func mask(_ filter: Filter) throws -> Mask {
        if let known = masks[filter.number] { return known }
        let mask: Mask
        if let known = block.cachedMask(filter, index) {
            mask = known.unpacked(count)
        } else {
            mask = try self.mask(filter.condition)
            block.cache(mask, filter, index)
        }
        masks[filter.number] = mask
        return mask
    }

    /// The spans that satisfy `condition`. Conditions on events that are joined by `&&` must hold of one event; links likewise.
    func mask(_ condition: Condition) throws -> Mask {
        let spaces = condition.spaces
        if spaces.isEmpty { return try mask(condition, .span) }
        let parts = if case .all(let parts) = condition { parts } else { [condition] }
        var result = Mask.all
        for part in parts where part.spaces.isEmpty {
            result = result & (try mask(part, .span))
            if result.isNone { return .none }
        }
        for space in [RowSpace.event, .link] where spaces.contains(space) {
            let asking = parts.filter { $0.spaces.contains(space) && !($0.spaces.contains(.event) && space == .link) }
            if asking.isEmpty { continue }
            var inner = Mask.all
            for part in asking {
                inner = inner & (try mask(part, space))
                if inner.isNone { break }
            }
            var found = try reduced(inner, from: space)
            if asking.allSatisfy({ !$0.isPure(space) }) {
                // Spans that have no such row at all may be meant by the other side of an `||`.
                let none = Mask(try counts(space).map { $0 == 0 ? 1 : 0 })
                found = found | (none & (try mask(.all(asking.map { $0.without(space) }))))
            }
            result = result & found
            if result.isNone { return .none }
        }
        return result
    }

    /// The rows of `space` that satisfy `condition`.
    private func mask(_ condition: Condition, _ space: RowSpace) throws -> Mask {
        switch condition {
        case .constant(let flag): return Mask(flag)
        case .all(let parts):
            var result = Mask.all
            for part in parts {
                result = result & (try mask(part, space))
                if result.isNone { break }
            }
            return result
        case .any(let parts):
            var result = Mask.none
            for part in parts {
                result = result | (try mask(part, space))
                if result.isAll { break }
            }
            return result
        case .not(let inner): return !(try mask(inner, space))
        case .test(let test): return try moved(try mask(test), from: test.field.space, to: space)
        case .computed(let computed): return try mask(computed, space)
        }
    }

    private func moved(_ mask: Mask, from: RowSpace, to: RowSpace) throws -> Mask {
        if from == to { return mask }
        let spans = from == .span ? mask : try reduced(mask, from: from)
        return to == .span ? spans : try spread(spans, to: to)
    }

    private func mask(_ computed: Condition.Computed, _ space: RowSpace) throws -> Mask {
        let owners = space == .span ? [] : try owners(space)
        var bytes = [UInt8](repeating: 0, count: count(space))
        let readers = Dictionary(uniqueKeysWithValues: computed.fields.map { ($0, block.field($0)) })
        for row in bytes.indices {
            let value = try ExpressionValue.of(computed.expression) { field in
                let span = space == .span ? row : owners[row]
                return field.space == space ? try readers[field]!.value(self, row) : try readers[field]!.spanValue(self, span)
            }
            bytes[row] = value == .bool(true) ? 1 : 0
        }
        return Mask(bytes)
    }

    /// The span of each event (or link).
    func owners(_ space: RowSpace) throws -> [Int] {
        var owners: [Int] = []
        owners.reserveCapacity(count(space))
        for (row, count) in try counts(space).enumerated() where count > 0 {
            for _ in 0..<count { owners.append(row) }
        }
        return owners
    }

    // MARK: Tests

    /// The rows (of the field's space) that pass `test`.
    private func mask(_ test: FieldTest) throws -> Mask {
        switch test.field {
        case .intrinsic(let intrinsic): return try mask(intrinsic, test)
        case .attribute(.span, let name): return try attributeMask(.span, name, test)
        case .attribute(.event, let name): return try attributeMask(.event, name, test)
        case .attribute(.link, let name): return try attributeMask(.link, name, test)
        case .attribute(.resource, _), .attribute(.instrumentation, _): return try envelopeMask(test)
        case .attribute(.any, let name):
            let own = block.columns(.span, name)
            let inResources = try envelopeMask(test, as: .attribute(.resource, name))
            let overflow = block.column(.span, .moreAttributes) != nil
            if own.isEmpty, !overflow { return inResources }
            if inResources.isNone, !overflow { if case .isNil = test.question {} else { return try attributeMask(.span, name, test) } }
            let present = overflow ? Mask(try overflowPresence(name)) | (try presence(.span, own)) : try presence(.span, own)
            if present.isNone { return inResources }
            return (present & (try attributeMask(.span, name, test))) | (!present & inResources)
        }
    }

    private func overflowPresence(_ name: String) throws -> [UInt8] {
        let reader = block.field(.attribute(.span, name))
        return try (0..<count).map { try reader.value(self, $0) == .none ? 0 : 1 }
    }

    private func mask(_ intrinsic: Intrinsic, _ test: FieldTest) throws -> Mask {
        switch intrinsic {
        case .name: return try dictionaryMask(FixedColumn.name.rawValue, test) { try self.numbers(.name) }
        case .eventName: return try dictionaryMask(FixedColumn.eventName.rawValue, test) { try self.numbers(.eventName) }
        case .status:
            let truth = (0..<4).map { test.holds(FieldReader.status($0)) ? UInt8(1) : 0 }
            return Mask(try numbers(.kindStatus).map { truth[Int($0 >> 3 & 3)] })
        case .kind:
            let truth = (0..<8).map { test.holds(FieldReader.kind($0)) ? UInt8(1) : 0 }
            return Mask(try numbers(.kindStatus).map { truth[Int($0 & 7)] })
        case .duration:
            return try Self.integerMask(try numbers(.duration), test, isDuration: true) { Int64(clamping: $0) }
        case .instrumentationName, .instrumentationVersion: return try envelopeMask(test)
        case .nestedSetParent:
            guard let rootness = test.rootness else { return try valueMask(test, .span) }
            // A lone test of roots needs no tree, but for the rare trace that three spans with one id leave without numbers.
            return Mask(try numbers(.parent).map { ($0 == 0) == rootness ? 1 : 0 })
        case .statusMessage:
            guard let column = block.column(.span, .statusMessage) else { return Mask(test.holds(.string(""))) }
            return try columnMask(.span, column, test, absent: test.holds(.string("")))
        case .traceDuration, .rootName, .rootServiceName, .traceID:
            let reader = block.field(test.field)
            var bytes = [UInt8](repeating: 0, count: count)
            for piece in try traces() where test.holds(try reader.value(self, piece.rows.lowerBound)) {
                for row in piece.rows { bytes[row] = 1 }
            }
            return Mask(bytes)
        case .spanID:
            if case .compare(.equal, .string(let text)) = test.question {
                guard text.utf8.count == 16, let id = SpanID(hex: text), id.hex == text else { return .none }
                return Mask(try spanIDs().map { $0 == id.bits ? 1 : 0 })
            }
            return try valueMask(test, .span)
        case .parentID, .childCount, .nestedSetLeft, .nestedSetRight: return try valueMask(test, .span)
        case .eventTimeSinceStart: return try valueMask(test, .event)
        case .linkTraceID, .linkSpanID: return try valueMask(test, .link)
        }
    }

    /// Row by row.
    private func valueMask(_ test: FieldTest, _ space: RowSpace) throws -> Mask {
        let reader = block.field(test.field)
        return Mask(try (0..<count(space)).map { test.holds(try reader.value(self, $0)) ? 1 : 0 })
    }

    private static func integerMask(_ values: [UInt64], _ test: FieldTest, isDuration: Bool, _ value: (UInt64) -> Int64) throws -> Mask {
        switch test.question {
        case .isNil: return .none
        case .isNotNil: return .all
        case .matches: return .none
        case .compare(let comparison, .int(let bound)), .compare(let comparison, .duration(let bound)):
            return Mask(values.map { integer in
                let integer = value(integer)
                let holds = switch comparison {
                case .equal: integer == bound
                case .notEqual: integer != bound
                case .less: integer < bound
                case .lessOrEqual: integer <= bound
                case .greater: integer > bound
                case .greaterOrEqual: integer >= bound
                }
                return holds ? 1 : 0
            })
        case .compare: return Mask(values.map { test.holds(isDuration ? .duration(value($0)) : .int(value($0))) ? 1 : 0 })
        }
    }

    /// Of a text column that every row has.
    private func dictionaryMask(_ place: Int, _ test: FieldTest, codes: () throws -> [UInt64]) throws -> Mask {
        let truth = truth(place, test)
        try truth.extend(through: index, block.access)
        guard truth.isSomeTrue else { return .none }
        return Mask(try codes().map { truth.values[Int(truncatingIfNeeded: $0)] })
    }

    private func truth(_ place: Int, _ test: FieldTest) -> DictionaryTruth {
        let key = place << 16 | test.number
        if let known = block.truths[key] { return known }
        let truth = DictionaryTruth(place, test)
        block.truths[key] = truth
        return truth
    }

    /// Of resources and scopes: answered once for each envelope.
    private func envelopeMask(_ test: FieldTest, as field: Field? = nil) throws -> Mask {
        let truth: [UInt8]
        if let known = block.envelopeTruths[test.number] {
            truth = known
        } else {
            let reader = block.field(field ?? test.field)
            truth = block.directory.envelopes.indices.map { test.holds(reader.value(ofEnvelope: $0)) ? 1 : 0 }
            block.envelopeTruths[test.number] = truth
        }
        if !truth.contains(1) { return .none }
        if !truth.contains(0) { return .all }
        return Mask(try numbers(.envelope).map { code in
            guard code < UInt64(truth.count) else { throw BlockDamage.malformed(part: "envelope") }
            return truth[Int(code)]
        })
    }

    private func attributeMask(_ space: RowSpace, _ name: String, _ test: FieldTest) throws -> Mask {
        if block.column(space, .moreAttributes) != nil { return try valueMask(test, space, .attribute(space.scope, name)) }
        let columns = block.columns(space, name)
        if case .isNil = test.question { return !(try presence(space, columns)) }
        if case .isNotNil = test.question { return try presence(space, columns) }
        var mask = Mask.none
        for column in columns { mask = mask | (try columnMask(space, column, test, absent: false)) }
        return mask
    }

    private func valueMask(_ test: FieldTest, _ space: RowSpace, _ field: Field) throws -> Mask {
        let reader = block.field(field)
        return Mask(try (0..<count(space)).map { test.holds(try reader.value(self, $0)) ? 1 : 0 })
    }

    /// Of one attribute column, with `absent` for the rows that have no value in it.
    private func columnMask(_ space: RowSpace, _ column: Int, _ test: FieldTest, absent: Bool) throws -> Mask {
        let facts = block.directory.attributes[space.rawValue].columns[column]
        let inColumn: Mask
        if try valueCount(space, column) == 0 { return Mask(absent) }
        switch facts.key.kind.storage {
        case .nothing: return Mask(absent)
        case .text, .bytes:
            if facts.key.kind.storage == .text, !test.canHoldOfText { return absent ? !(try presence(space, [column])) : .none }
            let place = block.directory.placeIndex(space.owner, column)
            let truth = truth(place, test)
            truth.isEncoded = facts.key.kind.storage == .bytes
            try truth.extend(through: index, block.access)
            inColumn = truth.isSomeTrue ? Mask(try values(space, column).map { truth.values[Int(truncatingIfNeeded: $0)] }) : .none
        case .integer:
            // Smallest and largest of the block, kept as value + 2^63.
            if !test.mayHold(low: Int64(bitPattern: facts.low ^ 1 << 63), high: Int64(bitPattern: facts.high ^ 1 << 63)) {
                inColumn = .none
            } else {
                inColumn = try Self.integerMask(try values(space, column), test, isDuration: false) { Int64(bitPattern: $0 ^ 1 << 63) }
            }
        case .double: inColumn = Mask(try values(space, column).map { test.holds(.float(Double(bitPattern: $0))) ? 1 : 0 })
        case .bool:
            let truth: [UInt8] = [test.holds(.bool(false)) ? 1 : 0, test.holds(.bool(true)) ? 1 : 0]
            inColumn = Mask(try values(space, column).map { truth[$0 == 0 ? 0 : 1] })
        }
        if inColumn.isNone, !absent { return .none }
        let truth = inColumn.bytes(try valueCount(space, column))
        let ranks = try ranks(space, column)
        let other: UInt8 = absent ? 1 : 0
        return Mask(truth.withUnsafeBufferPointer { truth in ranks.map { $0 < 0 ? other : truth[Int($0)] } })
    }
}

extension RowSpace {
    var scope: Field.Scope {
        switch self {
        case .span: .span
        case .event: .event
        case .link: .link
        }
    }
}

extension FieldTest {
    /// False when no text can satisfy it.
    var canHoldOfText: Bool {
        switch question {
        case .compare(_, .string), .matches, .isNotNil: true
        case .compare, .isNil: false
        }
    }

    /// False when no int from `low` to `high` can satisfy it.
    func mayHold(low: Int64, high: Int64) -> Bool {
        guard low <= high, case .compare(let comparison, let literal) = question else { return true }
        guard let bound = Value(literal).number else { return false }
        guard case .int(let bound) = bound else { return true }
        return switch comparison {
        case .equal: low <= bound && bound <= high
        case .notEqual: low != bound || high != bound
        case .less: low < bound
        case .lessOrEqual: low <= bound
        case .greater: high > bound
        case .greaterOrEqual: high >= bound
        }
    }
}

/// Whether each entry of a dictionary passes a test, asked once per entry, group by group.
final class DictionaryTruth {
    private let place: Int
    private let test: FieldTest
    private var groups = 0
    private(set) var values: [UInt8] = []
    private(set) var isSomeTrue = false
    /// The entries are encoded AnyValues.
    var isEncoded = false

    init(_ place: Int, _ test: FieldTest) {
        self.place = place
        self.test = test
    }

    func extend(through group: Int, _ access: BlockAccess) throws {
        while groups <= group {
            let page = try access.entries(place, group: groups)
            groups += 1
            let count = page.ends.count - 1
            values.reserveCapacity(values.count + count)
            page.bytes.withUnsafeBytes { bytes in
                for entry in 0..<count {
                    let text = UnsafeRawBufferPointer(rebasing: bytes[page.ends[entry]..<page.ends[entry + 1]])
                    let holds = isEncoded ? test.holds(EncodedValues.other(text)) : test.holds(text: text)
                    if holds { isSomeTrue = true }
                    values.append(holds ? 1 : 0)
                }
            }
        }
    }
}

extension FieldTest {
    /// `holds` of a string, without making one.
    func holds(text: UnsafeRawBufferPointer) -> Bool {
        switch question {
        case .compare(let comparison, .string(let literal)):
            var literal = literal
            let order = literal.withUTF8 { compareBytes(text, UnsafeRawBufferPointer($0)) }
            return comparison.holds(order)
        case .matches(let pattern, let negated): return pattern.matches(text) != negated
        case .isNotNil: return true
        case .compare, .isNil: return false
        }
    }
}

/// Below, at or above zero, byte by byte.
func compareBytes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let shared = min(a.count, b.count)
    if shared > 0 {
        let order = memcmp(a.baseAddress!, b.baseAddress!, shared)
        if order != 0 { return Int(order) }
    }
    return a.count - b.count
}
