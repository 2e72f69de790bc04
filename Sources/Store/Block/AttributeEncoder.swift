/// Takes the attributes of rows in block order apart into columns.
struct AttributeEncoder {
    private enum Column {
        case nothing
        case text(TextColumn)
        case numbers(NumberColumn)
    }

    private let attributes: FrozenAttributes
    private var columns: ContiguousArray<Column>
    private var directory: [BlockDirectory.AttributeColumn]
    /// Shape numbers of the block by those of the head: only those that occur.
    private var shapeNumbers: [UInt32]
    private(set) var shapes: [[UInt32]] = []
    private var columnNumbers: [UInt32]
    private var used: [Int] = []

    init(_ attributes: FrozenAttributes) {
        self.attributes = attributes
        columns = ContiguousArray(attributes.columns.map { column in
            switch column.key.kind.storage {
            case .nothing: .nothing
            case .text, .bytes: .text(TextColumn(column.dictionary!))    // AttributeTable gives these a dictionary
            case .integer, .double, .bool: .numbers(NumberColumn())
            }
        })
        directory = attributes.columns.map { BlockDirectory.AttributeColumn(key: $0.key) }
        shapeNumbers = [UInt32](repeating: .max, count: attributes.shapes.count)
        columnNumbers = [UInt32](repeating: .max, count: attributes.columns.count)
    }

    /// Adds a row's values and returns the block's number of its shape.
    @inline(__always) mutating func append(shape: UInt32, firstValue: UInt32) -> UInt64 {
        if shapeNumbers[Int(shape)] == .max { enter(shape) }
        let values = attributes.values.base + Int(firstValue)
        let shapeColumns = attributes.shapes[Int(shape)]
        for index in shapeColumns.indices { append(values[index], to: Int(shapeColumns[index])) }
        return UInt64(shapeNumbers[Int(shape)])
    }

    @inline(__always) private mutating func append(_ value: UInt64, to column: Int) {
        directory[column].values &+= 1
        switch columns[column] {
        case .nothing: return
        case .text(var text):
            columns[column] = .nothing                  // moved out, so that appending copies nothing
            text.append(Int(value))
            columns[column] = .text(text)
        case .numbers(var numbers):
            columns[column] = .nothing
            if attributes.columns[column].key.kind.storage == .integer {
                let biased = value ^ 1 << 63
                directory[column].low = min(directory[column].low, biased)
                directory[column].high = max(directory[column].high, biased)
                numbers.append(biased)
            } else {
                numbers.append(value)
            }
            columns[column] = .numbers(numbers)
        }
    }

    private mutating func enter(_ shape: UInt32) {
        for column in attributes.shapes[Int(shape)] where columnNumbers[Int(column)] == .max {
            columnNumbers[Int(column)] = UInt32(used.count)
            used.append(Int(column))
        }
        shapeNumbers[Int(shape)] = UInt32(shapes.count)
        shapes.append(attributes.shapes[Int(shape)].map { columnNumbers[Int($0)] })
    }

    mutating func endGroup(_ writer: inout PieceWriter) {
        for column in columns.indices {
            switch columns[column] {
            case .nothing: break
            case .text(var text):
                columns[column] = .nothing
                text.endGroup(&writer)
                columns[column] = .text(text)
            case .numbers(var numbers):
                columns[column] = .nothing
                numbers.endGroup(&writer)
                columns[column] = .numbers(numbers)
            }
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
