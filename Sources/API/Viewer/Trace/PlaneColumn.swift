/// The columns of one LPT1 chunk, laid out one behind the other, each from a multiple of 8. All little-endian.
///
/// `u32p` holds values as byte planes: the lowest bytes of all rows, then the second ones, the third, the fourth. Neighbouring
/// rows resemble each other in their high bytes, so that gzip makes 7.4 bytes of 19 (viewer.md §4.10).
struct ColumnArea {
    struct Entry {
        var key: StaticString
        var type: StaticString
        var offset: Int
        var count: Int
    }
    private(set) var bytes: [UInt8] = []
    private(set) var entries: [Entry] = []

    mutating func append(planes values: ContiguousArray<UInt32>, _ key: StaticString) {
        append(key, "u32p", byteCount: values.count * 4) { target in
            for (row, value) in values.enumerated() {
                target[row] = UInt8(truncatingIfNeeded: value)
                target[values.count + row] = UInt8(truncatingIfNeeded: value >> 8)
                target[values.count * 2 + row] = UInt8(truncatingIfNeeded: value >> 16)
                target[values.count * 3 + row] = UInt8(truncatingIfNeeded: value >> 24)
            }
        }
    }

    mutating func append(_ values: ContiguousArray<UInt8>, _ key: StaticString) {
        append(key, "u8", byteCount: values.count) { target in values.withUnsafeBytes { target.copyMemory(from: $0) } }
    }

    mutating func append(_ values: ContiguousArray<UInt16>, _ key: StaticString) {
        append(key, "u16", byteCount: values.count * 2) { target in values.withUnsafeBytes { target.copyMemory(from: $0) } }
    }

    /// Left out when empty.
    mutating func append(_ values: ContiguousArray<UInt32>, _ key: StaticString) {
        if values.isEmpty { return }
        append(key, "u32", byteCount: values.count * 4) { target in values.withUnsafeBytes { target.copyMemory(from: $0) } }
    }

    /// Left out when empty.
    mutating func append(_ values: ContiguousArray<Double>, _ key: StaticString) {
        if values.isEmpty { return }
        append(key, "f64", byteCount: values.count * 8) { target in values.withUnsafeBytes { target.copyMemory(from: $0) } }
    }

    private mutating func append(
        _ key: StaticString, _ type: StaticString, byteCount: Int, fill: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        let offset = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: (byteCount + 7) & ~7))
        bytes.withUnsafeMutableBytes { fill(UnsafeMutableRawBufferPointer(rebasing: $0[offset..<offset + byteCount])) }
        entries.append(Entry(key: key, type: type, offset: offset, count: byteCount))
    }
}
