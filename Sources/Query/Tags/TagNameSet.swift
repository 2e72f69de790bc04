internal import Store
internal import Trace
internal import TraceQL

/// Attribute names as they are found.
struct TagNameSet: Sendable {
    private var names: [Field.Scope: Set<String>] = [:]

    mutating func add(_ block: Block, _ filter: Filter?) throws {
        guard let filter else {
            // Shapes and envelopes tell it all: no row has to be read.
            for space in [RowSpace.span, .event, .link] { names[space.scope, default: []].formUnion(block.columnsByName(space).keys) }
            for envelope in block.directory.envelopes.indices { add(envelope, block) }
            try addOverflow(block)
            return
        }
        var envelopes = Set<Int>()
        for index in block.directory.groups.indices {
            let group = block.group(index)
            let mask = try group.mask(filter)
            if mask.isNone { continue }
            let codes = try group.numbers(.envelope)
            for row in 0..<group.count where mask[row] { envelopes.insert(Int(codes[row])) }
            for space in [RowSpace.span, .event, .link] { try add(group, mask, space) }
        }
        for envelope in envelopes where envelope < block.directory.envelopes.count { add(envelope, block) }
    }

    private mutating func add(_ envelope: Int, _ block: Block) {
        names[.resource, default: []].formUnion(block.resource(ofEnvelope: envelope).map(\.name))
        names[.instrumentation, default: []].formUnion(block.scope(ofEnvelope: envelope).map(\.name))
    }

    private mutating func add(_ group: Group, _ spans: Mask, _ space: RowSpace) throws {
        let mask = space == .span ? spans : try group.spread(spans, to: space)
        if mask.isNone || group.count(space) == 0 { return }
        let shapes = try group.shapes(space)
        var seen = Set<UInt64>()
        for row in 0..<group.count(space) where mask[row] { seen.insert(shapes[row]) }
        let owner = group.block.directory.attributes[space.rawValue]
        for shape in seen where shape < UInt64(owner.shapes.count) {
            for column in owner.shapes[Int(shape)] {
                guard case .attribute(let type) = owner.columns[Int(column)].key.kind, type != .empty else { continue }
                names[space.scope, default: []].insert(String(decoding: owner.columns[Int(column)].key.name, as: UTF8.self))
            }
        }
        if let column = group.block.column(space, .moreAttributes) {
            let ranks = try group.ranks(space, column), codes = try group.values(space, column)
            for row in 0..<group.count(space) where mask[row] && ranks[row] >= 0 { try addOverflow(group.block, space, column, Int(codes[Int(ranks[row])])) }
        }
    }

    /// Names that found no column.
    private mutating func addOverflow(_ block: Block) throws {
        for space in [RowSpace.span, .event, .link] {
            guard let column = block.column(space, .moreAttributes) else { continue }
            let place = block.directory.placeIndex(space.owner, column)
            for group in block.directory.groups.indices {
                let page = try block.access.entries(place, group: group)
                for code in page.firstCode..<page.firstCode + page.ends.count - 1 { try addOverflow(block, space, column, code) }
            }
        }
    }

    private mutating func addOverflow(_ block: Block, _ space: RowSpace, _ column: Int, _ code: Int) throws {
        var lookup = TextLookup(block.directory.placeIndex(space.owner, column))
        let found = try lookup.withBytes(code, in: block.access) { EncodedValues.attributes(in: $0, field: 1).map(\.name) }
        names[space.scope, default: []].formUnion(found)
    }

    mutating func formUnion(_ other: TagNameSet) { for (scope, more) in other.names { names[scope, default: []].formUnion(more) } }

    func answer(limit: Int) -> TagNames {
        func list(_ scope: Field.Scope) -> [String] { Array((names[scope] ?? []).sorted().prefix(limit)) }
        var answer = TagNames()
        answer.span = list(.span)
        answer.resource = list(.resource)
        answer.event = list(.event)
        answer.link = list(.link)
        answer.instrumentation = list(.instrumentation)
        return answer
    }
}
