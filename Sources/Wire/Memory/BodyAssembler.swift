/// Puts one body together from the pieces its connection reads, in memory the byte budget has granted.
///
/// Up to `windowBytes` nothing is asked: a client may send that much unasked anyhow. A larger body of known length is admitted as
/// a whole before memory for it is allocated; one of unknown length is admitted size by size as it grows. While it waits in line
/// it holds what the client was already allowed to send, so the connection must stop granting more until `admit` is called.
///
/// Confined to its connection's event loop. Its owner must call `discard` or `finish` before letting go of it.
struct BodyAssembler {
    enum Outcome: Equatable {
        /// Go on.
        case stored
        /// Stand in line for `bytes` more before reading on: `ByteBudget.wait`, then `admit`.
        case mustWait(bytes: Int)
        /// Not even the ceiling of the budget has room for it.
        case overloaded
        /// More than the limit. `bytes` is the size as far as it is known.
        case tooLarge(bytes: Int)
    }

    private let store: BodyStore
    private let limitBytes: Int
    private let windowBytes: Int
    /// The declared length; nil when the end will tell.
    private(set) var length: Int?
    private(set) var count = 0
    private(set) var isWaiting = false
    /// Whether more than the window has been admitted: such a body must keep coming in.
    private(set) var isAdmitted = false
    private var memory: BodyMemory?

    init(store: BodyStore, limitBytes: Int, windowBytes: Int) {
        self.store = store
        self.limitBytes = min(limitBytes, store.budget.limitBytes)
        self.windowBytes = windowBytes
    }

    var effectiveLimitBytes: Int { limitBytes }
    /// How many bytes the client may send in all as things stand.
    var allowedBytes: Int { isAdmitted && !isWaiting ? max(windowBytes, memory?.capacity ?? 0) : windowBytes }

    /// The body will be `length` bytes long.
    mutating func declare(length: Int) -> Outcome {
        self.length = length
        guard length <= limitBytes else { return .tooLarge(bytes: length) }
        guard length > windowBytes else { return .stored }
        let bytes = min(SizeClass.roundUp(length), store.budget.limitBytes)
        guard store.budget.reserve(bytes) else {
            isWaiting = true
            return .mustWait(bytes: bytes)
        }
        admit(bytes: bytes)
        return .stored
    }

    /// The budget has granted `bytes`: moves what is there into memory of that size. A client that had already been allowed to send
    /// more than that keeps what it has, and the grant goes back.
    mutating func admit(bytes: Int) {
        isWaiting = false
        isAdmitted = true
        guard bytes > memory?.capacity ?? 0 else { return store.budget.give(bytes) }
        move(to: store.memory(paid: bytes))
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return .stored }
        let needed = count + bytes.count
        if needed > memory?.capacity ?? 0 {
            guard needed <= limitBytes else { return .tooLarge(bytes: length ?? needed) }
            let outcome = makeRoom(for: needed)
            if outcome == .overloaded { return outcome }
            copy(start, bytes.count)
            return outcome
        }
        copy(start, bytes.count)
        return count > limitBytes ? .tooLarge(bytes: count) : .stored
    }

    /// For a body of unknown length whose client may not send on its own account: asks for the next size once half of what it may
    /// send has come in, so that it need not stop.
    mutating func growAhead() -> Outcome {
        guard length == nil, !isWaiting, count * 2 >= allowedBytes, allowedBytes <= limitBytes else { return .stored }
        let bytes = min(SizeClass.roundUp(2 * allowedBytes), store.budget.limitBytes)
        if store.budget.reserve(bytes) {
            admit(bytes: bytes)
            return .stored
        }
        isWaiting = true
        return .mustWait(bytes: bytes)
    }

    /// Hands the memory over as a body; nothing is left here.
    mutating func finish() -> Body {
        guard let memory else { return .empty }
        self.memory = nil
        return Body(memory, count: count, from: store)
    }

    mutating func discard() {
        if let memory { store.recycle(memory) }
        memory = nil
        count = 0
    }

    private mutating func copy(_ start: UnsafeRawPointer, _ bytes: Int) {
        guard let memory else { return }
        precondition(bytes <= memory.capacity - count)
        memory.base.advanced(by: count).copyMemory(from: start, byteCount: bytes)
        count += bytes
    }

    /// Grows to hold `needed` bytes that have arrived already.
    private mutating func makeRoom(for needed: Int) -> Outcome {
        if needed <= windowBytes || isWaiting {
            return holdUnasked(SizeClass.roundUp(sizeUnasked(needed))) ? .stored : .overloaded
        }
        let bytes = min(SizeClass.roundUp(max(needed, 2 * (memory?.capacity ?? 0))), store.budget.limitBytes)
        if store.budget.reserve(bytes) {
            admit(bytes: bytes)
            return .stored
        }
        isWaiting = true
        return holdUnasked(SizeClass.roundUp(needed)) ? .mustWait(bytes: bytes) : .overloaded
    }

    /// A declared body gets its size at once. Others double from 4 KB, and what is held while waiting stays small.
    private func sizeUnasked(_ needed: Int) -> Int {
        if let length, length <= windowBytes, length >= needed { return length }
        return needed > windowBytes ? needed : min(max(needed, 2 * (memory?.capacity ?? 2048)), windowBytes)
    }

    private mutating func holdUnasked(_ bytes: Int) -> Bool {
        guard store.budget.take(bytes) else { return false }
        move(to: store.memory(paid: bytes))
        return true
    }

    private mutating func move(to new: BodyMemory) {
        precondition(count <= new.capacity)
        if let old = memory {
            new.base.copyMemory(from: old.base, byteCount: count)
            store.recycle(old)
        }
        memory = new
    }
}
