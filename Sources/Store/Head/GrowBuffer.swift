/// An append-only array of trivial values whose storage never changes under a reader: growing allocates anew and leaves the
/// old memory to whoever froze it. So one thread may append while others read a `Frozen` prefix without a lock.
struct GrowBuffer<Element: BitwiseCopyable> {
    private(set) var storage: Storage<Element>
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private(set) var capacity: Int

    init(capacity: Int) {
        storage = Storage(capacity: max(16, capacity))
        base = storage.base
        self.capacity = storage.capacity
    }

    @inline(__always) mutating func append(_ value: Element) {
        if count == capacity { grow(to: count + 1) }
        (base + count).initialize(to: value)
        count &+= 1
    }

    /// Appends `more` values and returns where they begin; the caller initializes them before anything else is called.
    @inline(__always) mutating func extend(by more: Int) -> UnsafeMutablePointer<Element> {
        if count &+ more > capacity { grow(to: count + more) }
        defer { count &+= more }
        return base + count
    }

    @inline(__always) subscript(index: Int) -> Element {
        get { base[index] }
        nonmutating set { base[index] = newValue }
    }

    @inline(never) private mutating func grow(to needed: Int) {
        let next = Storage<Element>(capacity: max(needed, capacity * 2))
        next.base.update(from: base, count: count)
        storage = next
        base = next.base
        capacity = next.capacity
    }

    /// Forgets the values, keeps the memory. Only for buffers that were never frozen.
    mutating func removeAll() { count = 0 }

    /// The values, valid until the next append.
    var contents: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: base, count: count) }

    /// The values appended so far, for a reader on any thread.
    var frozen: Frozen<Element> { Frozen(storage: storage, count: count) }
    /// What it takes, in bytes.
    var allocatedBytes: Int { (storage.isReserved ? count : capacity) * MemoryLayout<Element>.stride }
}

/// Memory of a `GrowBuffer`; lives as long as somebody reads it.
final class Storage<Element: BitwiseCopyable>: @unchecked Sendable {   // elements below a frozen count are never written again
    let base: UnsafeMutablePointer<Element>
    /// At least what was asked for.
    let capacity: Int
    private let memory: UnsafeMutableRawBufferPointer

    init(capacity: Int) {
        memory = LargeMemory.take(max(1, capacity) * MemoryLayout<Element>.stride, use: MemoryLayout<Element>.stride)
        self.capacity = memory.count / MemoryLayout<Element>.stride
        base = memory.baseAddress!.bindMemory(to: Element.self, capacity: self.capacity)   // `take` never returns nothing
    }

    deinit { LargeMemory.give(back: memory, use: MemoryLayout<Element>.stride) }

    /// Whether only what was written takes memory.
    var isReserved: Bool { LargeMemory.isReserved(memory.count) }
}

/// A prefix of a `GrowBuffer` that stays as it is.
struct Frozen<Element: BitwiseCopyable>: @unchecked Sendable {
    private let storage: Storage<Element>
    let base: UnsafePointer<Element>
    let count: Int

    init(storage: Storage<Element>, count: Int) {
        self.storage = storage
        base = UnsafePointer(storage.base)
        self.count = count
    }

    @inline(__always) subscript(index: Int) -> Element { base[index] }
}
