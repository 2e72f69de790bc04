internal import Store
internal import Trace
internal import TraceQL

/// Counts the values of all attributes of one block's spans, slot by slot (an interval and a side). What resources and scopes
/// say is counted once per envelope, what columns say where their values stand.
struct ComparisonCounter {
    private let block: Block
    /// The slots met so far; places in this list number the rows of counts.
    private var slots: [Int32] = []
    private let envelopes: CodeCounts
    private let kinds = CodeCounts(size: 32)
    private let names: CodeCounts
    private let attributes: [CodeCounts]
    private let childCounts = CodeCounts(size: 64)
    private let roots: [FieldCodes]
    private let rootCounts: [CodeCounts] = [CodeCounts(size: 1), CodeCounts(size: 1)]
    private var overflows: [Field: (codes: FieldCodes, counts: CodeCounts)] = [:]
    private let statusMessageColumn: Int?

    /// Of a column with more distinct values than this in one block, only the most frequent are named.
    private static let distinctLimit = 4096, named = 1000

    init(_ block: Block) {
        self.block = block
        let directory = block.directory
        envelopes = CodeCounts(size: directory.envelopes.count)
        names = CodeCounts(size: directory.places[FixedColumn.name.rawValue].entries.reduce(0, +))
        attributes = directory.attributes[0].columns.map { _ in CodeCounts(size: 0) }
        roots = [FieldCodes(.intrinsic(.rootName), block), FieldCodes(.intrinsic(.rootServiceName), block)]
        statusMessageColumn = block.column(.span, .statusMessage)
    }

    /// - Parameter rows: the slot of each span, or -1.
    mutating func count(_ group: Group, _ rows: [Int32], _ weights: [Double]?) throws {
        let places = places(rows)
        let slotCount = slots.count
        func code(_ values: [UInt64], _ limit: Int) throws -> [UInt64] {
            guard values.allSatisfy({ $0 < UInt64(limit) }) else { throw BlockDamage.malformed(part: "codes") }
            return values
        }
        envelopes.prepare(slots: slotCount)
        let envelopeCodes = try code(try group.numbers(.envelope), envelopes.codes)
        envelopes.add(places, weights) { Int(envelopeCodes[$0]) }
        kinds.prepare(slots: slotCount)
        let kindCodes = try group.numbers(.kindStatus)
        kinds.add(places, weights) { Int(kindCodes[$0] & 31) }
        names.prepare(slots: slotCount)
        let nameCodes = try code(try group.numbers(.name), names.codes)
        names.add(places, weights) { Int(nameCodes[$0]) }
        for index in roots.indices {
            let codes = try roots[index].codes(group)
            rootCounts[index].prepare(slots: slotCount, size: Int(codes.max() ?? 0) + 1)
            rootCounts[index].add(places, weights) { Int(codes[$0]) }
        }
        let children = try group.childCounts()
        childCounts.prepare(slots: slotCount, size: Int(children.max() ?? 0) + 1)
        childCounts.add(places, weights) { Int(children[$0]) }
        try countAttributes(group, places, weights)
        if let column = block.column(.span, .moreAttributes) { try countOverflow(column, group, places, weights) }
    }

    private mutating func places(_ rows: [Int32]) -> [Int32] {
        var last: Int32 = -1, lastPlace: Int32 = -1
        return rows.map { slot in
            if slot < 0 { return -1 }
            if slot == last { return lastPlace }
            last = slot
            if let known = slots.firstIndex(of: slot) {
                lastPlace = Int32(known)
            } else {
                lastPlace = Int32(slots.count)
                slots.append(slot)
            }
            return lastPlace
        }
    }

    /// Row by row, each row's values in the order of its shape: columns are many and sparse.
    private mutating func countAttributes(_ group: Group, _ places: [Int32], _ weights: [Double]?) throws {
        let directory = block.directory.attributes[0]
        var codes = [[UInt32]](repeating: [], count: directory.columns.count)
        for (column, facts) in directory.columns.enumerated() where isCounted(facts.key) {
            let values = try group.values(.span, column)
            if values.isEmpty { continue }
            let size: Int
            if facts.key.kind.storage == .text || facts.key.kind.storage == .bytes {
                size = block.directory.places[block.directory.placeIndex(.span, column)].entries.reduce(0, +)
                guard values.allSatisfy({ $0 < UInt64(size) }) else { throw BlockDamage.malformed(part: "codes") }
                codes[column] = values.map { UInt32(truncatingIfNeeded: $0) }
            } else {
                codes[column] = bits[column, default: BitCodes()].codes(values)
                size = bits[column]!.values.count
            }
            attributes[column].prepare(slots: slots.count, size: size)
        }
        _ = try group.rowsOfShapes(.span)          // checks the shapes
        let shapes = try group.shapes(.span)
        let counted = directory.shapes.map { shape in shape.filter { !codes[Int($0)].isEmpty } }
        // All codes one after the other, and where the next of each column stands.
        var next: [Int] = []
        var all: [UInt32] = []
        all.reserveCapacity(codes.reduce(0) { $0 + $1.count })
        for list in codes {
            next.append(all.count)
            all += list
        }
        all.withUnsafeBufferPointer { all in
            next.withUnsafeMutableBufferPointer { next in
                attributes.withUnsafeBufferPointer { attributes in
                    for row in shapes.indices {
                        let place = Int(places[row])
                        let weight = weights?[row] ?? 1
                        for column in counted[Int(shapes[row])] {
                            let column = Int(column)
                            let at = next[column]
                            next[column] = at &+ 1
                            if place >= 0 { attributes[column].add(place, Int(all[at]), weight) }
                        }
                    }
                }
            }
        }
    }

    private func isCounted(_ key: ColumnKey) -> Bool {
        switch key.kind {
        case .attribute(let type): type != .empty && key.occurrence == 0
        case .field(let field): field == .statusMessage
        }
    }

    /// Numbers the distinct bits of a column without a dictionary.
    private struct BitCodes {
        private(set) var values: [UInt64] = []
        private var known: [UInt64: UInt32] = [:]

        mutating func codes(_ bits: [UInt64]) -> [UInt32] {
            var last: UInt64 = 0, lastCode = UInt32.max
            return bits.map { bits in
                if bits == last, lastCode != .max { return lastCode }
                last = bits
                if let code = known[bits] {
                    lastCode = code
                } else {
                    lastCode = UInt32(values.count)
                    values.append(bits)
                    known[bits] = lastCode
                }
                return lastCode
            }
        }
    }
    private var bits: [Int: BitCodes] = [:]

    /// Attributes that found no column of their own.
    private mutating func countOverflow(_ column: Int, _ group: Group, _ places: [Int32], _ weights: [Double]?) throws {
        let ranks = try group.ranks(.span, column), values = try group.values(.span, column)
        for row in 0..<group.count where ranks[row] >= 0 && places[row] >= 0 {
            var lookup = TextLookup(block.directory.placeIndex(.span, column))
            let found = try lookup.withBytes(Int(values[Int(ranks[row])]), in: block.access) { EncodedValues.attributes(in: $0, field: 1) }
            for named in found {
                let field = Field.attribute(.span, named.name)
                if overflows[field] == nil { overflows[field] = (FieldCodes(field, block), CodeCounts(size: 1)) }
                let code = Int(overflows[field]!.codes.code(of: named.value))
                overflows[field]!.counts.prepare(slots: slots.count, size: code + 1)
                overflows[field]!.counts.add(Int(places[row]), code, weights?[row] ?? 1)
            }
        }
    }

    // MARK: Results

    /// Hands each count to `add`: the field, its value (nil: one of too many), the slot, how many.
    func finish(_ add: (Field, Value?, Int, Double) throws -> Void) throws {
        func each(_ counts: CodeCounts, _ body: (Int, Int, Double) throws -> Void) rethrows {
            try counts.each { code, place, count in try body(code, Int(slots[place]), count) }
        }
        try each(envelopes) { envelope, slot, count in
            for named in block.resource(ofEnvelope: envelope) { try add(.attribute(.resource, named.name), named.value, slot, count) }
            for named in block.scope(ofEnvelope: envelope) { try add(.attribute(.instrumentation, named.name), named.value, slot, count) }
            try add(.intrinsic(.instrumentationName), .string(block.scopeText(ofEnvelope: envelope, version: false)), slot, count)
            try add(.intrinsic(.instrumentationVersion), .string(block.scopeText(ofEnvelope: envelope, version: true)), slot, count)
        }
        try each(kinds) { code, slot, count in
            try add(.intrinsic(.kind), FieldReader.kind(code & 7), slot, count)
            try add(.intrinsic(.status), FieldReader.status(code >> 3), slot, count)
        }
        try finishText(names, .intrinsic(.name), FixedColumn.name.rawValue, add)
        for index in roots.indices { try each(rootCounts[index]) { code, slot, count in try add(roots[index].field, roots[index].values[code], slot, count) } }
        try each(childCounts) { code, slot, count in try add(.intrinsic(.childCount), .int(Int64(code)), slot, count) }
        try finishStatusMessages(add)
        for (column, facts) in block.directory.attributes[0].columns.enumerated() where attributes[column].slots > 0 {
            guard case .attribute = facts.key.kind else { continue }
            let field = Field.attribute(.span, String(decoding: facts.key.name, as: UTF8.self))
            let place = block.directory.placeIndex(.span, column)
            switch facts.key.kind.storage {
            case .text: try finishText(attributes[column], field, place, add)
            case .bytes: try finish(attributes[column], field, add) { try block.field(field).value(of: UInt64($0), .bytes, place) }
            default:
                let values = bits[column]?.values ?? []
                try finish(attributes[column], field, add) { try block.field(field).value(of: values[$0], facts.key.kind.storage, place) }
            }
        }
        for (field, overflow) in overflows { try each(overflow.counts) { code, slot, count in try add(field, overflow.codes.values[code], slot, count) } }
    }

    private func finishText(_ counts: CodeCounts, _ field: Field, _ place: Int, _ add: (Field, Value?, Int, Double) throws -> Void) throws {
        try finish(counts, field, add) { .string(try block.text(place).string(UInt64($0), in: block.access)) }
    }

    private func finish(
        _ counts: CodeCounts, _ field: Field, _ add: (Field, Value?, Int, Double) throws -> Void, _ value: (Int) throws -> Value
    ) throws {
        let totals = counts.totals()
        var least = 0.0
        if totals.count > Self.distinctLimit, totals.count(where: { $0 > 0 }) > Self.distinctLimit {
            least = totals.sorted(by: >)[Self.named]
        }
        var last: (code: Int, value: Value)?
        try counts.each(where: { totals[$0] > least }) { code, place, count in
            if last?.code != code { last = (code, try value(code)) }
            try add(field, last!.value, Int(slots[place]), count)
        }
        guard least > 0 else { return }
        for (place, count) in counts.sums(where: { totals[$0] <= least }).enumerated() where count > 0 { try add(field, nil, Int(slots[place]), count) }
    }

    /// Spans without a message have the empty one.
    private func finishStatusMessages(_ add: (Field, Value?, Int, Double) throws -> Void) throws {
        var rest = kinds.sums()
        if let column = statusMessageColumn {
            for (place, count) in attributes[column].sums().enumerated() { rest[place] -= count }
            try finishText(attributes[column], .intrinsic(.statusMessage), block.directory.placeIndex(.span, column), add)
        }
        // A span weighs one at least: what is less is rounding.
        for (place, count) in rest.enumerated() where count > 0.5 { try add(.intrinsic(.statusMessage), .string(""), Int(slots[place]), count) }
    }
}
