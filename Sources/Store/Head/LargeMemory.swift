internal import CShims
internal import Synchronization

/// Memory for the columns of heads. What is large gets a region of address space that it can grow in: only what was written takes
/// memory, and nothing is copied. Regions go back into a pool, since heads come and go all the time and the system clears each
/// page it hands out anew, which costs more than what is written there.
enum LargeMemory {
    private static let regionFrom = 1 << 20
    private static let regionBytes = 64 << 20
    /// What a region that waits may hold on to, and how many may wait.
    private static let keptBytes = 16 << 20, keptRegions = 24
    private static let pool = Mutex(Pool())

    private struct Pool {
        /// Addresses by what they were used for, so that a region goes where as much of it is wanted again.
        var free: [Int: [UInt]] = [:]
        var count = 0
    }

    /// At least `count` bytes, aligned for any column, of any content.
    /// - Parameter use: tells regions apart by what is kept in them.
    static func take(_ count: Int, use: Int) -> UnsafeMutableRawBufferPointer {
        guard count >= regionFrom else { return UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16) }
        guard count <= regionBytes else {
            let size = count.nextPowerOfTwo
            guard let start = shims_reserve(size) else { fatalError("no memory for a column of \(count) bytes") }
            return UnsafeMutableRawBufferPointer(start: start, count: size)
        }
        let known: UInt? = pool.withLock { pool in
            guard let address = pool.free[use]?.popLast() else { return nil }
            pool.count -= 1
            return address
        }
        guard let start = known.flatMap({ UnsafeMutableRawPointer(bitPattern: $0) }) ?? shims_reserve(regionBytes) else {
            return UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        }
        return UnsafeMutableRawBufferPointer(start: start, count: regionBytes)
    }

    /// - Parameter use: as it was taken.
    static func give(back memory: UnsafeMutableRawBufferPointer, use: Int) {
        guard isReserved(memory.count), let start = memory.baseAddress else { return memory.deallocate() }
        guard memory.count == regionBytes else { return shims_release(start, memory.count) }
        shims_discard(start + keptBytes, regionBytes - keptBytes)
        let isKept = pool.withLock { pool in
            guard pool.count < keptRegions else { return false }
            pool.free[use, default: []].append(UInt(bitPattern: start))
            pool.count += 1
            return true
        }
        if !isKept { shims_release(start, regionBytes) }
    }

    /// Whether a piece of so many bytes takes memory only where it was written.
    static func isReserved(_ count: Int) -> Bool { count >= regionBytes }

    /// Gives what waits back to the system: nothing was received for a while.
    static func release() {
        let free = pool.withLock { pool in
            defer { pool = Pool() }
            return pool.free
        }
        for address in free.values.joined() {
            if let start = UnsafeMutableRawPointer(bitPattern: address) { shims_release(start, regionBytes) }
        }
        shims_return_free_memory()
    }
}
