/// The values of a group, dealt out to their columns. A class that owns its buffers by pointer: a uniqueness check per value
/// would cost as much as the value.
final class ColumnRows {
    private let base: UnsafeMutablePointer<GrowBuffer<UInt64>>
    let count: Int

    init(columns count: Int) {
        self.count = count
        base = .allocate(capacity: max(1, count))
        for column in 0..<count { (base + column).initialize(to: GrowBuffer(capacity: 64)) }
    }

    deinit {
        base.deinitialize(count: count)
        base.deallocate()
    }

    subscript(column: Int) -> GrowBuffer<UInt64> {
        @inline(__always) _read { yield base[column] }
        @inline(__always) _modify { yield &base[column] }
    }

    subscript(column: FixedColumn) -> GrowBuffer<UInt64> {
        @inline(__always) _read { yield base[column.rawValue] }
        @inline(__always) _modify { yield &base[column.rawValue] }
    }
}
