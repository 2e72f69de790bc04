/// The memory through which records reach a segment. A file that is written past the page cache takes whole blocks from memory
/// that is aligned as they are, and requests lie anywhere.
///
/// Small enough to stay in the processor's cache, which makes the copy cheap.
final class JournalStage {
    /// No disk that we know of asks for more.
    static let blockBytes = 4096
    private static let capacity = 1 << 20
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: blockBytes)
    private var count = 0

    deinit { memory.deallocate() }

    var isFull: Bool { count == memory.count }
    /// What was put in.
    var contents: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    func removeAll() { count = 0 }

    /// Puts in the beginning of `bytes`, as much as there is room for, and takes it off them.
    func put(beginningOf bytes: inout UnsafeRawBufferPointer) {
        let part = bytes.prefix(memory.count - count)
        UnsafeMutableRawBufferPointer(rebasing: memory[count..<count + part.count]).copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
        count += part.count
        bytes = UnsafeRawBufferPointer(rebasing: bytes[part.endIndex...])
    }

    /// Fills the last block up with zeros, and returns what it held before.
    func fillBlock() -> [UInt8] {
        let start = count / Self.blockBytes * Self.blockBytes
        if start == count { return [] }
        let last = Array(memory[start..<count])
        for index in count..<start + Self.blockBytes { memory[index] = 0 }
        count = start + Self.blockBytes
        return last
    }
}
