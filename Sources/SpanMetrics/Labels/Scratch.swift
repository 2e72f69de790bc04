internal import Glibc

/// Memory that a key is put together in, over and over. Grows to the longest key and stays.
struct Scratch: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init() {
        capacity = 4096
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
    var allocatedBytes: Int { capacity }

    @inline(__always) mutating func clear() { count = 0 }

    @inline(__always) mutating func append(_ number: UInt64) {
        reserve(8)
        UnsafeMutableRawPointer(base + count).storeBytes(of: number, as: UInt64.self)
        count &+= 8
    }

    /// Appends at most `limit` of `bytes`, after their number, so that no two lists of parts look alike.
    @inline(__always) mutating func append(part bytes: UnsafeRawBufferPointer, limit: Int) {
        let length = min(bytes.count, limit)
        reserve(4 &+ length)
        UnsafeMutableRawPointer(base + count).storeBytes(of: UInt32(truncatingIfNeeded: length), as: UInt32.self)
        if length > 0 { memcpy(base + count + 4, bytes.baseAddress!, length) }
        count &+= 4 &+ length
    }

    @inline(__always) private mutating func reserve(_ more: Int) { if count &+ more > capacity { grow(count + more) } }

    @inline(never) private mutating func grow(_ needed: Int) {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: needed * 2)
        memcpy(larger, base, count)
        base.deallocate()
        base = larger
        capacity = needed * 2
    }
}
