internal import Synchronization
internal import Zlib

extension Request {
    /// The body without its compression: the same body when it has none, otherwise inflated into pooled memory that the byte
    /// budget pays for. Takes CPU time: call it on the worker that runs the handler.
    ///
    /// - Throws: `inflatedTooLarge`, `corrupt` or `overloaded`; the problem sink has been told.
    public func inflated() throws(BodyFailure) -> Body {
        guard encoding != .identity else { return body }
        do {
            defer { withExtendedLifetime(body) {} }
            return try inflate(body, as: encoding == .gzip ? .gzip : .zlib, limitBytes: limits.inflatedBytes)
        } catch {
            body.store.report(error, head)
            throw error
        }
    }
}

extension BodyStore {
    func report(_ failure: BodyFailure, _ head: RequestHead) {
        guard let problems else { return }
        problems.report(Problem(
            kind: failure.problemKind, peer: head.peer, listener: head.listener, userAgent: head["user-agent"],
            detail: failure.message))
    }
}

private func inflate(_ body: Body, as format: ZlibFormat, limitBytes: Int) throws(BodyFailure) -> Body {
    let store = body.store
    if format == .gzip, body.bytes.count >= 2, body.bytes[0] != 0x1f || body.bytes[1] != 0x8b {
        throw .corrupt("declared as gzip, but it starts with \(hex(body.bytes[0])) \(hex(body.bytes[1])) instead of 1f 8b")
    }
    let limitBytes = min(limitBytes, store.budget.limitBytes)
    var output = GrowingOutput(store: store, firstBytes: firstGuess(body.bytes, format, limitBytes))
    let inflater = spareInflaters.withLock { $0.take(format) } ?? Inflater(format)
    defer { spareInflaters.withLock { $0.put(inflater) } }
    do {
        var written = 0
        try inflater.inflate(body.bytes, limitBytes: limitBytes) { output.grow(keeping: $0) } progress: { written = $0 }
        return output.finish(count: written)
    } catch {
        output.discard()
        if output.isOverloaded { throw .overloaded(retryAfterSeconds: 1) }
        switch error.reason {
        case .tooLarge: throw .inflatedTooLarge(limitBytes: limitBytes)
        case .corrupt, .truncated, .outOfMemory: throw .corrupt(error.message)
        }
    }
}

private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

/// How much to allocate first. A gzip trailer holds the size modulo 2^32, and nobody can be held to it: a hint within reason
/// (deflate cannot shrink more than 1032-fold) saves the copies of growing, and a wrong one only costs them.
private func firstGuess(_ input: UnsafeRawBufferPointer, _ format: ZlibFormat, _ limitBytes: Int) -> Int {
    let usual = min(max(4 * input.count, 1024), limitBytes)
    guard format == .gzip, input.count >= 18 else { return usual }
    let declared = Int(input.loadUnaligned(fromByteOffset: input.count - 4, as: UInt32.self).littleEndian)
    guard declared > 0, declared <= limitBytes, declared / 32 <= input.count else { return usual }
    return declared
}

/// The buffer that inflation writes into. It takes what it needs from the budget without waiting, since the worker that would
/// wait is the one that frees.
private struct GrowingOutput {
    let store: BodyStore
    let firstBytes: Int
    private var memory: BodyMemory?
    private(set) var isOverloaded = false

    init(store: BodyStore, firstBytes: Int) {
        self.store = store
        self.firstBytes = firstBytes
    }

    /// nil stops the inflater.
    mutating func grow(keeping written: Int) -> UnsafeMutableRawBufferPointer? {
        let bytes = SizeClass.roundUp(memory.map { 2 * $0.capacity } ?? firstBytes)
        guard store.budget.take(bytes) else {
            isOverloaded = true
            return nil
        }
        let new = store.memory(paid: bytes)
        if let old = memory {
            new.base.copyMemory(from: old.base, byteCount: written)
            store.recycle(old)
        }
        memory = new
        return UnsafeMutableRawBufferPointer(start: new.base, count: new.capacity)
    }

    mutating func finish(count: Int) -> Body {
        guard let memory else { return .empty }
        self.memory = nil
        return Body(memory, count: count, from: store)
    }

    mutating func discard() {
        if let memory { store.recycle(memory) }
        memory = nil
    }
}

/// Inflaters that nobody uses at the moment: never more than ran at once.
private let spareInflaters = Mutex(SpareInflaters())

private struct SpareInflaters: ~Copyable, @unchecked Sendable {   // each one has a single owner: the shelf, or who took it
    private var gzip: [Inflater] = []
    private var zlib: [Inflater] = []

    mutating func take(_ format: ZlibFormat) -> Inflater? { format == .gzip ? gzip.popLast() : zlib.popLast() }

    mutating func put(_ inflater: Inflater) {
        if inflater.format == .gzip { gzip.append(inflater) } else { zlib.append(inflater) }
    }
}
