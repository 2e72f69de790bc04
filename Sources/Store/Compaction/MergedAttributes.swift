internal import Trace

/// The attribute columns of several blocks as one table, staged as a head stages them. A text is looked up once for each block
/// that has it in its dictionary, not once for each row.
struct MergedAttributes {
    private var columns: [ColumnKey] = []
    private var numbers: [ColumnKey: UInt32] = [:]
    private var dictionaries: [ByteDictionary?] = []
    private var shapes: [[UInt32]] = [[]]
    private var shapeNumbers: [[UInt32]: UInt32] = [[]: 0]
    private(set) var values: GrowBuffer<UInt64>

    init(values: Int) { self.values = GrowBuffer(capacity: values) }

    var isTooWide: Bool { columns.count > AttributeTable.hardColumnLimit || shapes.count > AttributeTable.shapeLimit }
    var allocatedBytes: Int { values.allocatedBytes + dictionaries.reduce(0) { $0 + ($1?.allocatedBytes ?? 0) } }

    var frozen: FrozenAttributes {
        FrozenAttributes(
            columns: columns.indices.map { FrozenColumn(key: columns[$0], dictionary: dictionaries[$0]?.frozen) }, shapes: shapes, values: values.frozen)
    }

    fileprivate mutating func column(_ key: ColumnKey) -> UInt32 {
        if let known = numbers[key] { return known }
        let hasText = key.kind.storage == .text || key.kind.storage == .bytes
        numbers[key] = UInt32(columns.count)
        columns.append(key)
        dictionaries.append(hasText ? ByteDictionary(isText: false) : nil)      // text in a block is valid already
        return UInt32(columns.count - 1)
    }

    fileprivate mutating func shape(_ columns: [UInt32]) -> UInt32 {
        if let known = shapeNumbers[columns] { return known }
        shapeNumbers[columns] = UInt32(shapes.count)
        shapes.append(columns)
        return UInt32(shapes.count - 1)
    }

    fileprivate mutating func code(_ text: UnsafeRawBufferPointer, in column: UInt32) -> UInt64 {
        UInt64(dictionaries[Int(column)]?.code(for: text) ?? 0)
    }

    @inline(__always) fileprivate mutating func append(_ value: UInt64) { values.append(value) }
}

/// Hands the attributes of one block's rows, in order, to a `MergedAttributes`.
struct AttributeSource {
    private let access: BlockAccess
    private let owner: AttributeOwner
    private let attributes: BlockDirectory.Attributes
    /// The merged numbers of the block's columns and shapes, and the merged codes of its texts.
    private let columns: [UInt32]
    private let shapes: [UInt32]
    private var codes: [MergedCodes]
    /// Of the group: each column's values and how many of them are taken.
    private var values: [[UInt64]]
    private var taken: [Int]

    init(_ access: BlockAccess, _ owner: AttributeOwner, into merged: inout MergedAttributes) {
        self.access = access
        self.owner = owner
        attributes = access.directory.attributes[owner.rawValue]
        let columns = attributes.columns.map { merged.column($0.key) }
        self.columns = columns
        shapes = attributes.shapes.map { shape in merged.shape(shape.map { columns[Int($0)] }) }
        codes = attributes.columns.indices.map { MergedCodes(access.directory.placeIndex(owner, $0)) }
        values = [[UInt64]](repeating: [], count: columns.count)
        taken = [Int](repeating: 0, count: columns.count)
    }

    /// Starts at the first row of `group`, whose rows have the shapes `rows`.
    mutating func begin(_ group: Int, rows: [UInt64], into merged: inout MergedAttributes) throws(BlockDamage) {
        var rowsByShape = [Int](repeating: 0, count: shapes.count)
        for shape in rows {
            guard shape < UInt64(shapes.count) else { throw .malformed(part: "\(owner) shapes") }
            rowsByShape[Int(shape)] += 1
        }
        var counts = [Int](repeating: 0, count: columns.count)
        for (shape, rows) in rowsByShape.enumerated() where rows > 0 {
            for column in attributes.shapes[shape] { counts[Int(column)] += rows }
        }
        for column in columns.indices {
            taken[column] = 0
            values[column] = try read(column, group, count: counts[column], into: &merged)
        }
    }

    private mutating func read(_ column: Int, _ group: Int, count: Int, into merged: inout MergedAttributes) throws(BlockDamage) -> [UInt64] {
        let number = columns[column], place = access.directory.placeIndex(owner, column)
        switch attributes.columns[column].key.kind.storage {
        case .nothing: return [UInt64](repeating: 0, count: count)
        case .text, .bytes: return try codes[column].read(group, count: count, in: access) { merged.code($0, in: number) }
        case .integer: return try access.numbers(place, group: group, count: count).map { $0 ^ 1 << 63 }
        case .double, .bool: return try access.numbers(place, group: group, count: count)
        }
    }

    /// Stages the next row's values; returns its merged shape and where they begin.
    @inline(__always) mutating func append(_ shape: UInt64, into merged: inout MergedAttributes) -> (shape: UInt32, firstValue: UInt32) {
        let first = UInt32(truncatingIfNeeded: merged.values.count)
        for column in attributes.shapes[Int(shape)] {
            let column = Int(column)
            merged.append(values[column][taken[column]])
            taken[column] += 1
        }
        return (shapes[Int(shape)], first)
    }
}

/// The codes of a block's text column in another dictionary.
struct MergedCodes {
    private let column: Int
    private var merged: [UInt64] = []

    init(_ column: Int) { self.column = column }

    /// The merged codes of a group's `count` values; groups come in order. `code` gives that of a text met for the first time.
    mutating func read(
        _ group: Int, count: Int, in access: BlockAccess, _ code: (UnsafeRawBufferPointer) -> UInt64
    ) throws(BlockDamage) -> [UInt64] {
        let page = try access.entries(column, group: group)
        page.bytes.withUnsafeBytes { bytes in
            for entry in 0..<page.ends.count - 1 { merged.append(code(UnsafeRawBufferPointer(rebasing: bytes[page.ends[entry]..<page.ends[entry + 1]]))) }
        }
        var values = try access.codes(column, group: group, count: count)
        for index in values.indices {
            guard values[index] < UInt64(merged.count) else { throw .malformed(part: "codes of column \(column)") }
            values[index] = merged[Int(values[index])]
        }
        return values
    }
}
