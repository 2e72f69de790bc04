internal import Trace

/// Attributes taken out of a batch to be changed, in order, with duplicates. Ranges are the batch's.
typealias AttributeList = ContiguousArray<AttributeRecord>

extension ContiguousArray<AttributeRecord> {
    /// The first with this key: look-ups stop there.
    @inline(__always)
    func place(of key: [UInt8], in batch: borrowing SpanBatch) -> Int? {
        for index in indices where self[index].key.count == key.count && batch.holds(key, at: self[index].key) { return index }
        return nil
    }

    /// Gives `key` a value, in the place of the first one it has, else at the end. Returns false when it had that value already.
    @discardableResult
    mutating func set(_ key: [UInt8], _ value: AttributeRecord, in batch: inout SpanBatch) -> Bool {
        guard let place = place(of: key, in: batch) else {
            append(AttributeRecord(key: batch.append(key), type: value.type, bits: value.bits))
            return true
        }
        if batch.isSame(self[place], value) { return false }
        self[place].type = value.type
        self[place].bits = value.bits
        return true
    }
}

extension SpanBatch {
    @inline(__always)
    func holds(_ bytes: [UInt8], at range: ByteRange) -> Bool {
        bytes.count == range.count && withBytes(range) { found in bytes.withUnsafeBytes { $0.elementsEqual(found) } }
    }

    fileprivate func isSame(_ a: AttributeRecord, _ b: AttributeRecord) -> Bool {
        guard a.type == b.type else { return false }
        guard a.type == .string || a.type == .other else { return a.bits == b.bits }
        return withBytes(a.range) { first in withBytes(b.range) { first.elementsEqual($0) } }
    }

    mutating func append(_ bytes: [UInt8]) -> ByteRange { bytes.withUnsafeBytes { append($0) } }

    /// The attributes of `rows`, to be changed and put back.
    func list(_ rows: RowRange) -> AttributeList { AttributeList(attributes[rows.indices]) }

    /// Puts a list into the table: over `rows` where it fits, else at the end.
    mutating func put(_ list: AttributeList, over rows: RowRange) -> RowRange {
        if list.count <= rows.count {
            for (offset, record) in list.enumerated() { attributes[Int(rows.first) + offset] = record }
            return RowRange(first: Int(rows.first), count: list.count)
        }
        let first = attributes.count
        attributes.append(contentsOf: list)
        return RowRange(first: first, count: list.count)
    }
}
