internal import Store
internal import Trace
internal import TraceQL

/// A block as one thread of a query reads it: its groups, and what was found out about its dictionaries.
final class Block {
    /// The place of its source among the query's.
    let ordinal: Int
    let source: ColumnSource
    let reader: BlockReader
    /// Its columns. Whoever asks for them is about to read: if that fails, this is the block that is damaged.
    var access: BlockAccess {
        reading.touched = ordinal
        return columns
    }
    private let columns: BlockAccess
    let directory: BlockDirectory
    unowned let reading: Reading
    private var shapes: [[Int: [UInt8]]] = [[:], [:], [:]]
    private var names: [[String: [Int]]?] = [nil, nil, nil]
    private var resourceValues: [[NamedValue]?]
    private var scopeValues: [[NamedValue]?]
    private var texts: [Int: BlockText] = [:]
    private var fields: [Field: FieldReader] = [:]
    /// Truth tables by number of the test.
    var truths: [Int: DictionaryTruth] = [:]
    var envelopeTruths: [Int: [UInt8]] = [:]
    var knownFacts: [Int: TraceFacts] = [:]
    private var cached: [Int: (key: FilterCache.Key, masks: FilterCache.BlockMasks, isNew: Bool)] = [:]

    init(_ ordinal: Int, _ source: ColumnSource, reader: BlockReader, access: BlockAccess, reading: Reading) {
        self.ordinal = ordinal
        self.source = source
        self.reader = reader
        columns = access
        self.reading = reading
        directory = reader.directory
        resourceValues = Array(repeating: nil, count: directory.resources.count)
        scopeValues = Array(repeating: nil, count: directory.scopes.count)
    }

    // MARK: Cached masks

    /// What the filter found in a group before; nil when nobody asked yet, or for spans in memory.
    func cachedMask(_ filter: Filter, _ group: Int) -> PackedMask? {
        guard source.block != 0, let key = filter.cacheKey else { return nil }
        if cached[filter.number] == nil {
            cached[filter.number] = (key, reading.scan.filters.masks(key, block: source.block) ?? Array(repeating: nil, count: directory.groups.count), false)
        }
        return cached[filter.number]?.masks[group]
    }

    func cache(_ mask: Mask, _ filter: Filter, _ group: Int) {
        guard cached[filter.number] != nil else { return }
        cached[filter.number]?.masks[group] = PackedMask(mask)
        cached[filter.number]?.isNew = true
    }

    /// Leaves what was found for the next query.
    func keepMasks() {
        for (key, masks, isNew) in cached.values where isNew { reading.scan.filters.keep(masks, key, block: source.block) }
    }

    // MARK: Attribute columns

    /// For each shape, whether it has the column.
    func shapesHaving(_ space: RowSpace, _ column: Int) -> [UInt8] {
        if let known = shapes[space.rawValue][column] { return known }
        let has = directory.attributes[space.rawValue].shapes.map { shape -> UInt8 in shape.contains(UInt32(column)) ? 1 : 0 }
        shapes[space.rawValue][column] = has
        return has
    }

    /// The columns that hold an attribute's first value in a row, one for each of its types; valueless ones are left out.
    func columns(_ space: RowSpace, _ name: String) -> [Int] { columnsByName(space)[name] ?? [] }

    func columnsByName(_ space: RowSpace) -> [String: [Int]] {
        if let known = names[space.rawValue] { return known }
        var byName: [String: [Int]] = [:]
        for (index, column) in directory.attributes[space.rawValue].columns.enumerated() where column.key.occurrence == 0 {
            guard case .attribute(let type) = column.key.kind, type != .empty else { continue }
            byName[String(decoding: column.key.name, as: UTF8.self), default: []].append(index)
        }
        names[space.rawValue] = byName
        return byName
    }

    /// The column of a rare field; nil when no row has it.
    func column(_ space: RowSpace, _ field: RareField) -> Int? {
        directory.attributes[space.rawValue].columns.firstIndex { $0.key.kind == .field(field) }
    }

    // MARK: Resources and scopes

    /// Attributes of the resource that `envelope` names, by name.
    func resource(ofEnvelope envelope: Int) -> [NamedValue] {
        let resource = Int(directory.envelopes[envelope].resource)
        if let known = resourceValues[resource] { return known }
        let values = EncodedValues.attributes(ofEntry: directory.resources[resource], field: 1)
        resourceValues[resource] = values
        return values
    }

    /// Attributes of the scope that `envelope` names, by name.
    func scope(ofEnvelope envelope: Int) -> [NamedValue] {
        let scope = Int(directory.envelopes[envelope].scope)
        if let known = scopeValues[scope] { return known }
        let values = EncodedValues.attributes(ofEntry: directory.scopes[scope], field: 3)
        scopeValues[scope] = values
        return values
    }

    /// Name or version of the scope that `envelope` names; "" when it has none.
    func scopeText(ofEnvelope envelope: Int, version: Bool) -> String {
        EncodedValues.scopeText(ofEntry: directory.scopes[Int(directory.envelopes[envelope].scope)], version: version)
    }

    func service(ofEnvelope envelope: Int) -> String {
        EnvelopeTable.serviceName(directory.resources[Int(directory.envelopes[envelope].resource)])
    }

    // MARK: Text

    func text(_ place: Int) -> BlockText {
        if let known = texts[place] { return known }
        let text = BlockText(place)
        texts[place] = text
        return text
    }

    func field(_ field: Field) -> FieldReader {
        if let known = fields[field] { return known }
        let reader = FieldReader(field, self)
        fields[field] = reader
        return reader
    }

    // MARK: Traces

    /// When a trace's first row here starts.
    func traceStart(_ trace: Int) throws -> UInt64 {
        var group = directory.groups.count - 1
        while group > 0, directory.groups[group].firstTrace > trace || directory.traces(of: group).isEmpty { group -= 1 }
        let place = trace - directory.groups[group].firstTrace
        let starts = try access.numbers(.traceStart, group: group, count: directory.traces(of: group).count)
        guard place >= 0, place < starts.count else { throw BlockDamage.malformed(part: "traceStart") }
        return starts[place] &+ directory.base
    }

    /// The group in which a trace begins.
    func group(ofTrace trace: Int) -> Int {
        var low = 0, high = directory.groups.count
        while low < high {
            let middle = (low + high) / 2
            if directory.traces(of: middle).upperBound <= trace { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func table() throws -> TraceTable {
        reading.touched = ordinal
        return try reader.traceTable()
    }

    func group(_ index: Int) -> Group { reading.group(self, index) }
}

/// The entries of a block's dictionary, read group by group and kept.
final class BlockText {
    private var lookup: TextLookup
    private var strings: [Int: String] = [:]

    init(_ place: Int) { lookup = TextLookup(place) }

    func string(_ code: UInt64, in access: BlockAccess) throws -> String {
        let code = Int(truncatingIfNeeded: code)
        if let known = strings[code] { return known }
        let string = try lookup.string(code, in: access)
        if strings.count > 20_000 { strings.removeAll() }
        strings[code] = string
        return string
    }
}
