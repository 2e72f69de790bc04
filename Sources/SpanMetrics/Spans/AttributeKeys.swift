internal import Trace

/// The attributes that the configuration asks for, numbered, so that one walk over a span's attributes finds them all.
struct AttributeKeys {
    private(set) var keys: [[UInt8]] = []
    /// By a small hash of a key: one more than the first key that has it, 0 for none.
    private var first = [UInt16](repeating: 0, count: 512)
    private var next: [UInt16] = []

    /// The number of `key`, given now if it has none.
    mutating func number(_ key: String) -> Int {
        let bytes = Array(key.utf8)
        if let known = keys.firstIndex(of: bytes) { return known }
        keys.append(bytes)
        let slot = bytes.withUnsafeBytes { Self.slot($0) }
        next.append(first[slot])
        first[slot] = UInt16(keys.count)
        return keys.count - 1
    }

    mutating func numbers(_ keys: [String]) -> [Int] { keys.map { number($0) } }

    @inline(__always) func find(_ key: UnsafeRawBufferPointer) -> Int? {
        var entry = first[Self.slot(key)]
        while entry != 0 {
            let number = Int(entry) &- 1
            if keys[number].withUnsafeBytes({ isEqual($0, key) }) { return number }
            entry = next[number]
        }
        return nil
    }

    @inline(__always) private static func slot(_ key: UnsafeRawBufferPointer) -> Int {
        if key.isEmpty { return 0 }
        let middle = Int(key[key.count / 2]), last = Int(key[key.count &- 1])
        return (key.count &* 37 &+ middle &* 11 &+ last) & 511
    }
}
