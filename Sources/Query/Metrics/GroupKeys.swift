internal import Store
internal import TraceQL

/// Numbers the combinations of the grouping fields' values in one block.
final class GroupKeys {
    private let fields: [FieldCodes]
    /// The fields' codes of each combination.
    private var combinations: [[UInt32]] = []
    private var numbers: [[UInt32]: UInt32] = [:]

    init(_ fields: [Field], _ block: Block) { self.fields = fields.map { FieldCodes($0, block) } }

    /// The combination of each span of a group.
    func codes(_ group: Group) throws -> [UInt32] {
        var codes = try fields[0].codes(group)
        guard fields.count > 1 else { return codes }
        var parts = [codes]
        for field in fields.dropFirst() { parts.append(try field.codes(group)) }
        var last: [UInt32] = [], lastNumber: UInt32 = 0
        var tuple = [UInt32](repeating: 0, count: parts.count)
        for row in 0..<group.count {
            for part in parts.indices { tuple[part] = parts[part][row] }
            if tuple != last {
                last = tuple
                if let known = numbers[tuple] {
                    lastNumber = known
                } else {
                    lastNumber = UInt32(combinations.count)
                    combinations.append(tuple)
                    numbers[tuple] = lastNumber
                }
            }
            codes[row] = lastNumber
        }
        return codes
    }

    /// What a combination's number stands for.
    func values(_ code: UInt32) -> [Value] {
        if fields.count == 1 { return [fields[0].values[Int(code)]] }
        return zip(fields, combinations[Int(code)]).map { $0.values[Int($1)] }
    }
}
