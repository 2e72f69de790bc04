/// Distinct byte strings, numbered in order of appearance.
struct StringTable {
    private var bytes = ContiguousArray<UInt8>()
    private var ends = ContiguousArray<Int>()
    private var hashes = ContiguousArray<UInt64>()
    private var slots = ContiguousArray<UInt32>(repeating: 0, count: 256)   // number + 1; 0 is free. At most half are taken

    var count: Int { ends.count }

    /// The number of `text`, given now when it is new.
    mutating func number(of text: UnsafeRawBufferPointer) -> UInt32 {
        let hash = Self.hash(text)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if hashes[number] == hash, equals(number, text) { return UInt32(number) }
            slot = (slot + 1) & (slots.count - 1)
        }
        bytes.append(contentsOf: text)
        ends.append(bytes.count)
        hashes.append(hash)
        slots[slot] = UInt32(ends.count)
        if ends.count * 2 > slots.count { grow() }
        return UInt32(ends.count - 1)
    }

    func withBytes<R>(_ number: Int, _ read: (UnsafeRawBufferPointer) -> R) -> R {
        bytes.withUnsafeBytes { read(UnsafeRawBufferPointer(rebasing: $0[range(number)])) }
    }

    private func range(_ number: Int) -> Range<Int> { (number == 0 ? 0 : ends[number - 1])..<ends[number] }

    private func equals(_ number: Int, _ text: UnsafeRawBufferPointer) -> Bool {
        let range = range(number)
        guard range.count == text.count else { return false }
        return bytes.withUnsafeBytes { $0[range].elementsEqual(text) }
    }

    private mutating func grow() {
        slots = ContiguousArray(repeating: 0, count: slots.count * 2)
        for number in hashes.indices {
            var slot = Int(truncatingIfNeeded: hashes[number]) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(number + 1)
        }
    }

    /// Mixes eight bytes at a time. Seeded, so that no sender can choose names that collide.
    static func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
        var hash = seed ^ UInt64(text.count)
        var offset = 0
        while offset + 8 <= text.count {
            hash = mix(hash ^ text.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var tail: UInt64 = 0
        while offset < text.count {
            tail = tail << 8 | UInt64(text[offset])
            offset += 1
        }
        return mix(hash ^ tail)
    }

    private static let seed = UInt64.random(in: .min ... .max)

    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
        return product.high ^ product.low
    }
}
