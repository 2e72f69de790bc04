internal import Trace

/// Reads the attributes of consecutive rows of a group. A column's values stand without holes, so a row's place in it is the
/// number of earlier rows of the group whose shape has the column.
final class AttributeRowReader {
    private let access: BlockAccess
    private let owner: AttributeOwner
    private let attributes: BlockDirectory.Attributes
    private var group = 0
    /// Of each column: where the next row's value stands, and how many come before the end of the last row.
    private var next: [Int]
    private var counts: [Int] = []
    private var values: [[UInt64]?]
    private var texts: [TextLookup]
    private var keys: [ByteRange?]

    init(_ access: BlockAccess, _ owner: AttributeOwner) {
        self.access = access
        self.owner = owner
        attributes = access.directory.attributes[owner.rawValue]
        next = [Int](repeating: 0, count: attributes.columns.count)
        values = [[UInt64]?](repeating: nil, count: attributes.columns.count)
        texts = attributes.columns.indices.map { TextLookup(access.directory.placeIndex(owner, $0)) }
        keys = [ByteRange?](repeating: nil, count: attributes.columns.count)
    }

    /// Starts at row `first` of `group`; `rows` are the shapes of the group's rows up to the last one that will be read.
    func begin(_ group: Int, rows: [UInt64], at first: Int) throws(BlockDamage) {
        self.group = group
        values = [[UInt64]?](repeating: nil, count: attributes.columns.count)
        var before = [Int](repeating: 0, count: attributes.shapes.count)
        var all = before
        for (row, shape) in rows.enumerated() {
            guard shape < UInt64(all.count) else { throw .malformed(part: "\(owner) shapes") }
            all[Int(shape)] += 1
            if row < first { before[Int(shape)] += 1 }
        }
        next = perColumn(before)
        counts = perColumn(all)
    }

    private func perColumn(_ rowsByShape: [Int]) -> [Int] {
        var result = [Int](repeating: 0, count: attributes.columns.count)
        for (shape, rows) in rowsByShape.enumerated() where rows > 0 {
            for column in attributes.shapes[shape] { result[Int(column)] += rows }
        }
        return result
    }

    /// Appends the next row's attributes, which has the shape `shape`, and calls `field` for each rare field it has.
    func read(
        _ shape: UInt64, into assembler: inout TraceAssembler, field: (RareField, _ bits: UInt64, ByteRange) -> Void
    ) throws(BlockDamage) -> RowRange {
        let columns = attributes.shapes[Int(shape)]
        let first = assembler.batch.attributes.count
        for column in columns.lazy.map(Int.init) {
            let kind = attributes.columns[column].key.kind
            let place = next[column]
            next[column] += 1
            var record = AttributeRecord(key: .empty, type: .empty, bits: 0)
            switch kind.storage {
            case .nothing: break
            case .text, .bytes:
                let code = Int(truncatingIfNeeded: try value(column, place))
                let range = try texts[column].withBytes(code, in: access) { assembler.append($0) }
                record = AttributeRecord(key: .empty, type: kind.storage == .text ? .string : .other, range: range)
            case .integer: record.bits = try value(column, place) ^ 1 << 63
            case .double, .bool: record.bits = try value(column, place)
            }
            switch kind {
            case .field(.moreAttributes): assembler.appendAttributes(encoded: record.range)
            case .field(let name): field(name, record.bits, kind.storage == .text ? record.range : .empty)
            case .attribute(let type):
                record.type = type
                record.key = key(column, &assembler)
                assembler.batch.attributes.append(record)
            }
        }
        return RowRange(first: first, count: assembler.batch.attributes.count - first)
    }

    private func key(_ column: Int, _ assembler: inout TraceAssembler) -> ByteRange {
        if let known = keys[column] { return known }
        let range = attributes.columns[column].key.name.withUnsafeBytes { assembler.append($0) }
        keys[column] = range
        return range
    }

    private func value(_ column: Int, _ place: Int) throws(BlockDamage) -> UInt64 {
        if values[column] == nil {
            let index = access.directory.placeIndex(owner, column)
            let storage = attributes.columns[column].key.kind.storage
            values[column] = storage == .text || storage == .bytes
                ? try access.codes(index, group: group, first: counts[column])
                : try access.numbers(index, group: group, first: counts[column])
        }
        guard let column = values[column], place < column.count else { throw .malformed(part: "\(owner) attributes") }
        return column[place]
    }
}
