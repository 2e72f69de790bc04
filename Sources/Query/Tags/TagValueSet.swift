internal import Store
internal import Trace
internal import TraceQL

/// Values as they are found: the first ones in order, as many as are wanted.
struct TagValueSet: Sendable {
    private var values: Set<Value> = []
    private var bytes = 0
    private let limit: Int
    private let limitBytes: Int
    /// None from here on is wanted, once that many are known.
    private var bound: Value?

    init(limit: Int, limitBytes: Int) {
        self.limit = limit
        self.limitBytes = limitBytes
    }

    private mutating func insert(_ value: Value) throws(QueryFailure) {
        switch value {
        case .none: return
        case .array(let elements):
            for element in elements { try insert(element) }
            return
        default: break
        }
        if let bound, value.totalOrder(bound) >= 0 { return }
        guard values.insert(value).inserted else { return }
        bytes += value.memoryBytes
        if values.count >= 2048, values.count / 2 > limit { cut() }
        if bytes > limitBytes {
            throw .tooLarge("""
                the tag has more than \(values.count) values, which take more than \(limitBytes >> 20) MiB: \
                ask for fewer (limit), for a shorter range or with a filter
                """)
        }
    }

    /// Gives up what comes behind the wanted ones.
    private mutating func cut() {
        let kept = sorted
        values = Set(kept)
        bytes = kept.reduce(0) { $0 + $1.memoryBytes }
        bound = kept.last
    }

    mutating func formUnion(_ other: TagValueSet) throws(QueryFailure) { for value in other.values { try insert(value) } }

    /// At most as many as are wanted.
    var sorted: [Value] { Array(values.sorted { $0.totalOrder($1) < 0 }.prefix(limit)) }

    mutating func add(_ field: Field, _ block: Block, _ filter: Filter?) throws {
        if let filter {
            try add(field, block, filter)
            return
        }
        switch field {
        case .attribute(.resource, _), .attribute(.instrumentation, _), .intrinsic(.instrumentationName), .intrinsic(.instrumentationVersion):
            let reader = block.field(field)
            for envelope in block.directory.envelopes.indices { try insert(reader.value(ofEnvelope: envelope)) }
        case .intrinsic(.name): try forEachEntry(FixedColumn.name.rawValue, block) { .string(String(decoding: $0, as: UTF8.self)) }
        case .intrinsic(.eventName): try forEachEntry(FixedColumn.eventName.rawValue, block) { .string(String(decoding: $0, as: UTF8.self)) }
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

    /// Inserts what `value` makes of each entry of a dictionary.
    private mutating func forEachEntry(_ place: Int, _ block: Block, _ value: (UnsafeRawBufferPointer) -> Value) throws {
        for group in block.directory.groups.indices {
            try block.reading.checkCancelled()
            let page = try block.access.entries(place, group: group)
            for entry in 0..<page.ends.count - 1 {
                try insert(page.bytes.withUnsafeBytes { value(UnsafeRawBufferPointer(rebasing: $0[page.ends[entry]..<page.ends[entry + 1]])) })
            }
        }
    }

    private mutating func addColumn(_ space: RowSpace, _ column: Int, _ block: Block) throws {
        let place = block.directory.placeIndex(space.owner, column)
        switch block.directory.attributes[space.rawValue].columns[column].key.kind.storage {
        case .nothing: break
        case .text: try forEachEntry(place, block) { .string(String(decoding: $0, as: UTF8.self)) }
        case .bytes:
            try forEachEntry(place, block) { EncodedValues.other($0) }
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

extension Value {
    /// About what it takes in a set.
    fileprivate var memoryBytes: Int {
        switch self {
        case .string(let text), .other(let text): 96 + text.utf8.count
        default: 64
        }
    }
}
