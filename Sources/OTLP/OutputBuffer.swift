/// Bytes being written: an answer, a re-encoded trace, a transcoded request. Its two faces are the protobuf writer
/// (`OutputBuffer+Protobuf.swift`) and the JSON writer (`OutputBuffer+JSON.swift`).
///
/// Invariant: `count <= capacity`; every write makes room first.
public struct OutputBuffer: ~Copyable, @unchecked Sendable {   // the only owner of its memory
    @usableFromInline var memory: UnsafeMutableRawPointer
    public internal(set) var count = 0
    @usableFromInline var capacity: Int

    public init(capacity: Int = 4096) {
        self.capacity = max(64, capacity)
        memory = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    /// What was written so far; valid until the next write.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    /// A copy of what was written.
    public func array() -> [UInt8] { [UInt8](bytes) }

    /// The memory itself, as an object that keeps it alive.
    consuming func intoOwner() -> OwnedBytes {
        let owner = OwnedBytes(memory: UnsafeMutableRawBufferPointer(start: memory, count: count))
        discard self
        return owner
    }

    public mutating func removeAll() { count = 0 }

    /// Takes back what was written beyond `count`.
    public mutating func truncate(to count: Int) { self.count = min(self.count, count) }

    @inline(__always)
    public mutating func reserve(_ more: Int) {
        if capacity - count < more { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        let larger = max(capacity * 2, count + more)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: memory, byteCount: count)
        memory.deallocate()
        memory = moved
        capacity = larger
    }

    @inline(__always)
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    @inline(__always)
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        reserve(bytes.count)
        (memory + count).copyMemory(from: start, byteCount: bytes.count)
        count &+= bytes.count
    }

    /// ASCII known when this was compiled.
    @inline(__always)
    public mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    public mutating func append(utf8 text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    mutating func append<T: FixedWidthInteger>(raw value: T) {
        reserve(MemoryLayout<T>.size)
        (memory + count).storeBytes(of: value, as: T.self)
        count &+= MemoryLayout<T>.size
    }
}

/// Memory that a batch's ranges point into, freed with its last reference.
final class OwnedBytes: @unchecked Sendable {   // never written after it was made
    let bytes: UnsafeRawBufferPointer
    private let memory: UnsafeMutableRawBufferPointer

    fileprivate init(memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
        bytes = UnsafeRawBufferPointer(memory)
    }

    deinit { memory.deallocate() }
}
