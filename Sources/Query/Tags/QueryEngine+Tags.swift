internal import Store
internal import Synchronization
internal import Trace
public import TraceQL

extension QueryEngine {
    /// The names of attributes, by scope.
    public func tagNames(_ request: TagRequest, ticket: QueryTicket = QueryTicket()) throws(QueryFailure) -> TagNames {
        var scan = try TagScan(self, request, ticket)
        let names = try scan.run(TagNameSet()) { scan, block, names in try names.add(block, scan.filter) } merge: { (all, more) throws(QueryFailure) in all.formUnion(more) }
        var answer = names.answer(limit: request.limit)
        answer.statistics = scan.statistics
        return answer
    }

    /// The distinct values of a field.
    public func tagValues(of field: Field, _ request: TagRequest, ticket: QueryTicket = QueryTicket()) throws(QueryFailure) -> TagValues {
        var scan = try TagScan(self, request, ticket)
        var answer = TagValues()
        switch field {
        case .intrinsic(.duration), .intrinsic(.traceDuration), .intrinsic(.eventTimeSinceStart), .intrinsic(.childCount), .intrinsic(.nestedSetLeft),
             .intrinsic(.nestedSetRight), .intrinsic(.nestedSetParent), .intrinsic(.spanID), .intrinsic(.parentID), .intrinsic(.traceID),
             .intrinsic(.linkSpanID), .intrinsic(.linkTraceID):
            return answer                // as many as there are spans: no list to choose from
        case .intrinsic(.status): answer.values = [.status(.unset), .status(.ok), .status(.error)]
        case .intrinsic(.kind): answer.values = [.kind(.unspecified), .kind(.internal), .kind(.server), .kind(.client), .kind(.producer), .kind(.consumer)]
        default:
            let memory = limits.memoryBytes / 2
            let values = try scan.run(TagValueSet(limitBytes: memory)) { scan, block, values in try values.add(field, block, scan.filter) } merge: { (all, more) throws(QueryFailure) in try all.formUnion(more) }
            answer.values = values.sorted(limit: request.limit)
        }
        if answer.values.count > request.limit { answer.values.removeSubrange(request.limit...) }
        answer.statistics = scan.statistics
        return answer
    }
}

/// The blocks that a request about tags is about.
struct TagScan {
    let filter: Filter?
    private let scan: QueryScan
    private let ordinals: [Int]
    private(set) var statistics = QueryStatistics()

    init(_ engine: QueryEngine, _ request: TagRequest, _ ticket: QueryTicket) throws(QueryFailure) {
        scan = QueryScan(engine, ticket: ticket)
        let all = SearchRequest(condition: .tags(TagSearch(tags: [])), fromNanos: request.fromNanos, toNanos: request.toNanos)
        let sources = scan.sources
        ordinals = sources.indices.filter { sources[$0].spans > 0 && all.touches(sources[$0]) }
        if let alternatives = request.filter {
            var compiler = PlanCompiler()
            let ors = alternatives.compactMap { $0.reduce(nil) { left, right in left.map { .and($0, right) } ?? right } }
            guard let first = ors.first else {
                filter = nil
                return
            }
            filter = try compiler.filter(ors.dropFirst().reduce(first) { .or($0, $1) })
        } else {
            filter = nil
        }
    }

    mutating func run<Gathered: Sendable>(
        _ empty: Gathered, _ body: @escaping @Sendable (TagScan, Block, inout Gathered) throws -> Void, merge: (inout Gathered, Gathered) throws(QueryFailure) -> Void
    ) throws(QueryFailure) -> Gathered {
        let work = BlockQueue<Gathered>(ordinals)
        let spans = ordinals.reduce(0) { $0 + scan.sources[$1].spans }
        let copy = self
        let bytes = Mutex(0)
        scan.run(threads: spans > 400_000 && ordinals.count > 1 ? 2 : 1) { reading in
            var gathered = empty
            while let ordinal = work.next() {
                do {
                    try reading.checkCancelled()
                    guard let block = try reading.openBlock(ordinal) else { continue }
                    try body(copy, block, &gathered)
                    bytes.withLock { $0 += block.access.inspectedBytes }
                } catch let failure as QueryFailure {
                    work.fail(failure)
                } catch {
                    reading.damages.skip(ordinal, error)
                }
                reading.close(ordinal)
            }
            work.add(gathered)
        }
        if let failure = work.failure { throw failure }
        statistics.blocks = ordinals.count
        statistics.spans = spans
        statistics.bytes = bytes.withLock { $0 }
        statistics.blockBytes = ordinals.reduce(0) { $0 + scan.sources[$1].bytes }
        var result = empty
        for gathered in work.results { try merge(&result, gathered) }
        return result
    }
}

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

/// Values as they are found.
struct TagValueSet: Sendable {
    private var values: Set<Value> = []
    private var bytes = 0
    private let limitBytes: Int

    init(limitBytes: Int) { self.limitBytes = limitBytes }

    private mutating func insert(_ value: Value) throws(QueryFailure) {
        switch value {
        case .none: return
        case .array(let elements):
            for element in elements { try insert(element) }
            return
        default: break
        }
        guard values.insert(value).inserted else { return }
        bytes += 64
        if case .string(let text) = value { bytes += text.utf8.count }
        if bytes > limitBytes { throw .tooLarge("the tag has more than \(values.count) values, which take more than \(limitBytes >> 20) MiB: ask for a shorter range or with a filter") }
    }

    mutating func formUnion(_ other: TagValueSet) throws(QueryFailure) { for value in other.values { try insert(value) } }

    func sorted(limit: Int) -> [Value] { values.sorted { $0.totalOrder($1) < 0 } }

    mutating func add(_ field: Field, _ block: Block, _ filter: Filter?) throws {
        if let filter {
            try add(field, block, filter)
            return
        }
        switch field {
        case .attribute(.resource, _), .attribute(.instrumentation, _), .intrinsic(.instrumentationName), .intrinsic(.instrumentationVersion):
            let reader = block.field(field)
            for envelope in block.directory.envelopes.indices { try insert(reader.value(ofEnvelope: envelope)) }
        case .intrinsic(.name): try addEntries(FixedColumn.name.rawValue, block)
        case .intrinsic(.eventName): try addEntries(FixedColumn.eventName.rawValue, block)
        case .intrinsic(.rootName), .intrinsic(.rootServiceName):
            let table = try block.table()
            for trace in table.entries.indices {
                let facts = try block.facts(trace)
                try insert(.string((field == .intrinsic(.rootName) ? facts.rootName : facts.rootService) ?? ""))
            }
        case .attribute(.any, let name):
            try add(.attribute(.span, name), block, nil)
            try add(.attribute(.resource, name), block, nil)
        case .attribute(let scope, let name) where block.column(scope.space, .moreAttributes) == nil:
            for column in block.columns(scope.space, name) { try addColumn(scope.space, column, block) }
        default: try addRows(field, block)
        }
    }

    private mutating func addEntries(_ place: Int, _ block: Block) throws {
        for group in block.directory.groups.indices {
            let page = try block.access.entries(place, group: group)
            for entry in 0..<page.ends.count - 1 { try insert(.string(String(decoding: page.bytes[page.ends[entry]..<page.ends[entry + 1]], as: UTF8.self))) }
        }
    }

    private mutating func addColumn(_ space: RowSpace, _ column: Int, _ block: Block) throws {
        let place = block.directory.placeIndex(space.owner, column)
        switch block.directory.attributes[space.rawValue].columns[column].key.kind.storage {
        case .nothing: break
        case .text: try addEntries(place, block)
        case .bytes:
            for group in block.directory.groups.indices {
                let page = try block.access.entries(place, group: group)
                for entry in 0..<page.ends.count - 1 {
                    try insert(page.bytes[page.ends[entry]..<page.ends[entry + 1]].withUnsafeBytes { EncodedValues.other(UnsafeRawBufferPointer(rebasing: $0[...])) })
                }
            }
        case .integer, .double, .bool:
            let reader = block.field(.attribute(space.scope, ""))
            let storage = block.directory.attributes[space.rawValue].columns[column].key.kind.storage
            var seen = Set<UInt64>()
            for index in block.directory.groups.indices {
                for bits in try block.group(index).values(space, column) where seen.insert(bits).inserted {
                    try insert(try reader.value(of: bits, storage, place))
                }
            }
        }
    }

    /// Of the spans that satisfy `filter`.
    private mutating func add(_ field: Field, _ block: Block, _ filter: Filter) throws {
        let codes = field.space == .span ? FieldCodes(field, block) : nil
        var seen = Set<UInt32>()
        for index in block.directory.groups.indices {
            let group = block.group(index)
            let mask = try group.mask(filter)
            if mask.isNone { continue }
            if let codes {
                let rows = try codes.codes(group)
                for row in 0..<group.count where mask[row] && seen.insert(rows[row]).inserted { try insert(codes.values[Int(rows[row])]) }
            } else {
                let inner = try group.spread(mask, to: field.space)
                let reader = block.field(field)
                for row in 0..<group.count(field.space) where inner[row] { try insert(try reader.value(group, row)) }
            }
        }
    }

    private mutating func addRows(_ field: Field, _ block: Block) throws {
        let reader = block.field(field)
        for index in block.directory.groups.indices {
            let group = block.group(index)
            for row in 0..<group.count(field.space) { try insert(try reader.value(group, row)) }
        }
    }
}
