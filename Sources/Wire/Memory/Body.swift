/// The bytes of a body, in one contiguous piece of pooled memory, returned to the pool (with its share of the byte budget)
/// when the last reference goes.
public final class Body: @unchecked Sendable {   // written by its connection before it is handed on, read-only afterwards
    /// Valid as long as the body is referred to. Swift lets go of a body after its last use, which may be the reading of this very
    /// property: `Array(try request.inflated().bytes)` reads freed memory. `span` and `withBytes` keep the body alive.
    public let bytes: UnsafeRawBufferPointer
    private let owner: Owner

    private enum Owner {
        case store(BodyStore, BodyMemory)
        case other(release: @Sendable () -> Void)
    }

    public init(bytes: UnsafeRawBufferPointer, release: @escaping @Sendable () -> Void) {
        self.bytes = bytes
        owner = .other(release: release)
    }

    /// Takes over `memory`, whose first `count` bytes are the body.
    init(_ memory: BodyMemory, count: Int, from store: BodyStore) {
        bytes = UnsafeRawBufferPointer(start: memory.base, count: count)
        owner = .store(store, memory)
    }

    deinit {
        switch owner {
        case .store(let store, let memory): store.recycle(memory)
        case .other(let release): release()
        }
    }

    /// The bytes as a span, which keeps the body alive while it is used.
    public var span: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            // The memory belongs to `self` until its deinit, and the span cannot outlive `self`.
            _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
        }
    }

    /// Runs `read` on the bytes, with the body kept alive.
    public func withBytes<Result, Failure: Error>(
        _ read: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try read(bytes)
    }

    /// The store that pays for what is made of this body.
    var store: BodyStore {
        if case .store(let store, _) = owner { store } else { .unattached }
    }
}

extension Body {
    /// A body that holds a copy of `content`, outside of any pool.
    public convenience init(copying content: some Collection<UInt8>) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, content.count), alignment: 16)
        memory.copyBytes(from: content)
        let address = UInt(bitPattern: memory.baseAddress)
        self.init(bytes: UnsafeRawBufferPointer(rebasing: memory[..<content.count])) {
            UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
        }
    }

    static let empty = Body(bytes: UnsafeRawBufferPointer(start: nil, count: 0)) {}
}
