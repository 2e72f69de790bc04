internal import CShims
internal import Synchronization

/// Memory for the columns of heads. Large pieces come in powers of two and go back into a pool, since heads come and go all the
/// time and the system clears each page it hands out anew, which costs more than what is written there.
enum LargeMemory {
    private static let pooledFrom = 1 << 20
    /// What may wait for its next use.
    private static let poolLimit = 192 << 20
    private static let pool = Mutex(Pool())

    private struct Pool {
        var free: [Int: [UInt]] = [:]         // addresses by size
        var bytes = 0
    }

    /// At least `count` bytes, aligned for any column, of any content.
    static func take(_ count: Int) -> UnsafeMutableRawBufferPointer {
        guard count >= pooledFrom else { return UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16) }
        let size = count.nextPowerOfTwo
        let known: UInt? = pool.withLock { pool in
            guard let address = pool.free[size]?.popLast() else { return nil }
            pool.bytes -= size
            return address
        }
        let start = known.flatMap { UnsafeMutableRawPointer(bitPattern: $0) } ?? shims_allocate_large(size)
        return UnsafeMutableRawBufferPointer(start: start, count: size)
    }

    static func give(back memory: UnsafeMutableRawBufferPointer) {
        guard memory.count >= pooledFrom, let start = memory.baseAddress else { return memory.deallocate() }
        let isKept = pool.withLock { pool in
            guard pool.bytes + memory.count <= poolLimit else { return false }
            pool.free[memory.count, default: []].append(UInt(bitPattern: start))
            pool.bytes += memory.count
            return true
        }
        if !isKept { shims_free_large(start) }
    }

    /// Gives what waits back to the system: nothing was received for a while.
    static func release() {
        let free = pool.withLock { pool in
            defer { pool = Pool() }
            return pool.free
        }
        for address in free.values.joined() {
            if let start = UnsafeMutableRawPointer(bitPattern: address) { shims_free_large(start) }
        }
    }
}
