internal import Store
internal import Trace
internal import TraceQL

/// Numbers the distinct values of one field of a block, so that rows can be counted by them. Code 0 is no value.
final class FieldCodes {
    let field: Field
    private unowned let block: Block
    private let reader: FieldReader
    /// By code.
    private(set) var values: [Value] = [.none]
    private var codeOfValue: [Value: UInt32] = [:]
    private var codeOfText: [Int: [UInt32]] = [:]
    private var codeOfBits: [Int: [UInt64: UInt32]] = [:]
    private var codeOfEnvelope: [UInt32]?

    private static let unknown = UInt32.max

    init(_ field: Field, _ block: Block) {
        self.field = field
        self.block = block
        reader = block.field(field)
    }

    /// The code of each span of a group.
    func codes(_ group: Group) throws -> [UInt32] {
        switch field {
        case .intrinsic(.name): return try textCodes(FixedColumn.name.rawValue, try group.numbers(.name))
        case .intrinsic(.status), .intrinsic(.kind):
            let isKind = field == .intrinsic(.kind)
            let table = (0..<8).map { code(of: isKind ? FieldReader.kind($0) : FieldReader.status($0 & 3)) }
            return try group.numbers(.kindStatus).map { table[Int(isKind ? $0 & 7 : $0 >> 3 & 3)] }
        case .attribute(.resource, _), .attribute(.instrumentation, _), .intrinsic(.instrumentationName), .intrinsic(.instrumentationVersion):
            return try envelopeCodes(group)
        case .attribute(.span, let name) where block.column(.span, .moreAttributes) == nil:
            return try attributeCodes(group, block.columns(.span, name), otherwise: nil)
        case .attribute(.any, let name) where block.column(.span, .moreAttributes) == nil:
            let columns = block.columns(.span, name)
            return columns.isEmpty ? try envelopeCodes(group) : try attributeCodes(group, columns, otherwise: try envelopeCodes(group))
        case .intrinsic(.statusMessage):
            let empty = code(of: .string(""))
            guard let column = block.column(.span, .statusMessage) else { return [UInt32](repeating: empty, count: group.count) }
            return try attributeCodes(group, [column], otherwise: [UInt32](repeating: empty, count: group.count))
        case .intrinsic(.rootName), .intrinsic(.rootServiceName), .intrinsic(.traceDuration), .intrinsic(.traceID):
            var codes = [UInt32](repeating: 0, count: group.count)
            for piece in try group.traces() {
                let code = code(of: try reader.value(group, piece.rows.lowerBound))
                for row in piece.rows { codes[row] = code }
            }
            return codes
        default: return try spanCodes(group)
        }
    }

    /// Row by row. What is text without being an attribute is never missing.
    private func spanCodes(_ group: Group) throws -> [UInt32] {
        guard field.space != .span else { return try (0..<group.count).map { code(of: try reader.value(group, $0)) } }
        let isText = [.intrinsic(.eventName), .intrinsic(.linkSpanID), .intrinsic(.linkTraceID)].contains(field)
        let missing = code(of: isText ? .string("") : .none)
        return try (0..<group.count).map { row in
            let value = try reader.spanValue(group, row)
            return value == .none ? missing : code(of: value)
        }
    }

    func code(of value: Value) -> UInt32 {
        if value == .none { return 0 }
        if let known = codeOfValue[value] { return known }
        let code = UInt32(values.count)
        values.append(value)
        codeOfValue[value] = code
        return code
    }

    private func envelopeCodes(_ group: Group) throws -> [UInt32] {
        let table = codeOfEnvelope ?? block.directory.envelopes.indices.map { code(of: reader.value(ofEnvelope: $0)) }
        codeOfEnvelope = table
        if table.count == 1 { return [UInt32](repeating: table[0], count: group.count) }
        return try group.numbers(.envelope).map { envelope in
            guard envelope < UInt64(table.count) else { throw BlockDamage.malformed(part: "envelope") }
            return table[Int(envelope)]
        }
    }

    private func textCodes(_ place: Int, _ texts: [UInt64]) throws -> [UInt32] {
        var table = codeOfText.removeValue(forKey: place)
            ?? [UInt32](repeating: Self.unknown, count: block.directory.places[place].entries.reduce(0, +))
        defer { codeOfText[place] = table }
        return try texts.map { text in
            guard text < UInt64(table.count) else { throw BlockDamage.malformed(part: "codes") }
            if table[Int(text)] == Self.unknown { table[Int(text)] = code(of: .string(try block.text(place).string(text, in: block.access))) }
            return table[Int(text)]
        }
    }

    private func attributeCodes(_ group: Group, _ columns: [Int], otherwise: [UInt32]?) throws -> [UInt32] {
        var codes = otherwise ?? [UInt32](repeating: 0, count: group.count)
        for column in columns where try group.valueCount(.span, column) > 0 {
            let place = block.directory.placeIndex(.span, column)
            let storage = block.directory.attributes[0].columns[column].key.kind.storage
            let values = try group.values(.span, column)
            let inColumn: [UInt32]
            if storage == .text {
                inColumn = try textCodes(place, values)
            } else {
                var table = codeOfBits.removeValue(forKey: column) ?? [:]
                defer { codeOfBits[column] = table }
                var last: UInt64 = 0, lastCode = Self.unknown
                inColumn = try values.map { bits in
                    if lastCode != Self.unknown, bits == last { return lastCode }
                    last = bits
                    if let known = table[bits] {
                        lastCode = known
                    } else {
                        lastCode = code(of: try reader.value(of: bits, storage, place))
                        table[bits] = lastCode
                    }
                    return lastCode
                }
            }
            let ranks = try group.ranks(.span, column)
            for row in 0..<group.count where ranks[row] >= 0 { codes[row] = inColumn[Int(ranks[row])] }
        }
        return codes
    }
}
