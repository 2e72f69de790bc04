internal import Store
internal import TraceQL

/// The numbers that a function computes with.
struct SpanValues {
    /// Of each span; meaningless where `present` is 0.
    var numbers: [Double]
    var present: Mask

    init(_ field: Field, _ group: Group, floats: Bool) throws {
        let block = group.block
        if field == .intrinsic(.duration) {
            numbers = try group.numbers(.duration).map { Double(Int64(clamping: $0)) }
            present = .all
            return
        }
        numbers = [Double](repeating: 0, count: group.count)
        var bytes = [UInt8](repeating: 0, count: group.count)
        if case .attribute(.span, let name) = field, block.column(.span, .moreAttributes) == nil {
            for column in block.columns(.span, name) where try group.valueCount(.span, column) > 0 {
                let storage = block.directory.attributes[0].columns[column].key.kind.storage
                guard storage == .integer || (storage == .double && floats) else { continue }
                let values = try group.values(.span, column), ranks = try group.ranks(.span, column)
                for row in 0..<group.count where ranks[row] >= 0 {
                    let bits = values[Int(ranks[row])]
                    numbers[row] = storage == .integer ? Double(Int64(bitPattern: bits ^ 1 << 63)) : Double(bitPattern: bits)
                    bytes[row] = 1
                }
            }
        } else {
            let reader = block.field(field)
            for row in 0..<group.count {
                guard let number = try reader.spanValue(group, row).number else { continue }
                if case .float = number, !floats { continue }
                numbers[row] = number.double
                bytes[row] = 1
            }
        }
        present = Mask(bytes)
    }
}

extension SpanValues {
    /// The power of two whose bucket a value falls in: the smallest that is not less. Nil for values below 2, which have none.
    static func bucket(_ value: Double) -> Int? {
        // An Int64's largest value is 2^63 as a Double.
        value >= 2 && value <= 0x1p63 ? 64 - (UInt64(value) - 1).leadingZeroBitCount : nil
    }
}

extension Field {
    /// Whether its values are nanoseconds.
    var isDuration: Bool {
        switch self {
        case .intrinsic(.duration), .intrinsic(.traceDuration), .intrinsic(.eventTimeSinceStart): true
        default: false
        }
    }
}
