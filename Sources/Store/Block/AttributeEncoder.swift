/// Takes the attributes of rows in block order apart into columns.
///
/// Within a group, values are only dealt out: one append to each column's waiting values. When the group ends, each column's
/// are turned into its segment in one go. A class, since it owns its columns' memory by pointer: a uniqueness check per value
/// would cost as much as the value.
final class AttributeEncoder {
    private enum Column {
        case nothing
        case text(TextColumn)
        case numbers(NumberColumn)
    }

    private let attributes: FrozenAttributes
    private let waiting: ColumnRows
    /// Shape s of the head is `shapeColumns[shapeEnds[s] ..< shapeEnds[s + 1]]`.
    private var shapeColumns = GrowBuffer<UInt32>(capacity: 1024)
    private var shapeEnds = GrowBuffer<UInt32>(capacity: 256)
    /// Shape numbers of the block by those of the head: only those that occur.
    private var shapeNumbers = GrowBuffer<UInt32>(capacity: 256)
    private var columns: ContiguousArray<Column>
    private var directory: [BlockDirectory.AttributeColumn]
    private(set) var shapes: [[UInt32]] = []
    private var columnNumbers: [UInt32]
    private var used: [Int] = []

    init(_ attributes: FrozenAttributes) {
        self.attributes = attributes
        waiting = ColumnRows(columns: attributes.columns.count)
        columns = ContiguousArray(attributes.columns.map { column in
            switch column.key.kind.storage {
            case .nothing: .nothing
            case .text, .bytes: .text(TextColumn(column.dictionary!))    // AttributeTable gives these a dictionary
            case .integer, .double, .bool: .numbers(NumberColumn())
            }
        })
        directory = attributes.columns.map { BlockDirectory.AttributeColumn(key: $0.key) }
        columnNumbers = [UInt32](repeating: .max, count: attributes.columns.count)
        shapeEnds.append(0)
        for shape in attributes.shapes {
            for column in shape { shapeColumns.append(column) }
            shapeEnds.append(UInt32(shapeColumns.count))
            shapeNumbers.append(.max)
        }
    }

    /// Adds a row's values and returns the block's number of its shape.
    @inline(__always) func append(shape: UInt32, firstValue: UInt32) -> UInt64 {
        let shape = Int(shape)
        if shapeNumbers.base[shape] == .max { enter(shape) }
        let values = attributes.values.base + Int(firstValue)
        let first = Int(shapeEnds.base[shape]), end = Int(shapeEnds.base[shape &+ 1])
        for index in first..<end { waiting[Int(shapeColumns.base[index])].append(values[index &- first]) }
        return UInt64(shapeNumbers.base[shape])
    }

    private func enter(_ shape: Int) {
        for column in attributes.shapes[shape] where columnNumbers[Int(column)] == .max {
            columnNumbers[Int(column)] = UInt32(used.count)
            used.append(Int(column))
        }
        shapeNumbers[shape] = UInt32(shapes.count)
        shapes.append(attributes.shapes[shape].map { columnNumbers[Int($0)] })
    }

    func endGroup(_ writer: inout PieceWriter) {
        for column in 0..<waiting.count {
            let values = UnsafeMutableBufferPointer(start: waiting[column].base, count: waiting[column].count)
            directory[column].values += values.count
            switch columns[column] {
            case .nothing: break
            case .text(var text):
                columns[column] = .nothing                  // moved out, so that nothing is copied
                text.endGroup(UnsafeBufferPointer(values), &writer)
                columns[column] = .text(text)
            case .numbers(var numbers):
                columns[column] = .nothing
                if attributes.columns[column].key.kind.storage == .integer { bias(values, column) }
                numbers.endGroup(UnsafeBufferPointer(values), &writer)
                columns[column] = .numbers(numbers)
            }
            waiting[column].removeAll()
        }
    }

    /// Signed to unsigned, keeping the order; notes the smallest and the largest.
    private func bias(_ values: UnsafeMutableBufferPointer<UInt64>, _ column: Int) {
        for index in values.indices {
            let value = values[index] ^ 1 << 63
            values[index] = value
            directory[column].low = min(directory[column].low, value)
            directory[column].high = max(directory[column].high, value)
        }
    }

    /// The columns that have a value, with their bytes and segment lengths, in the order of their numbers in `shapes`.
    func finish(groups: Int) -> [(column: BlockDirectory.AttributeColumn, encoded: EncodedColumn)] {
        used.map { index in
            var column = directory[index]
            switch columns[index] {
            case .nothing: return (column, EncodedColumn(bytes: [], lengths: [Int](repeating: 0, count: groups)))
            case .text(let text):
                column.distinct = text.count
                return (column, text.encoded)
            case .numbers(let numbers): return (column, numbers.encoded)
            }
        }
    }
}
