internal import Trace
#if canImport(Glibc)
internal import Glibc
#endif

/// Distinct byte strings, numbered in order of first appearance: an arena, offsets, and an open-addressing table of codes.
///
/// The hash is seeded per process, since attribute values are chosen by whoever sends them.
/// Hash: the multiply-and-fold of wyhash (https://github.com/wangyi-fudan/wyhash).
struct ByteDictionary {
    private var arena: GrowBuffer<UInt8>
    private var ends: GrowBuffer<UInt32>           // entry `code` ends at `ends[code + 1]`; `ends[0]` is 0
    private var hashes: GrowBuffer<UInt32>
    private var table: UnsafeMutablePointer<UInt32>    // code + 1; 0 is free
    private var tableOwner: Storage<UInt32>
    private var mask: Int
    /// Whether new entries are text: invalid UTF-8 is then repaired with U+FFFD before it is kept.
    let isText: Bool

    init(isText: Bool) {
        self.isText = isText
        arena = GrowBuffer(capacity: 256)
        ends = GrowBuffer(capacity: 16)
        ends.append(0)
        hashes = GrowBuffer(capacity: 16)
        tableOwner = Storage(capacity: 32)
        table = tableOwner.base
        table.initialize(repeating: 0, count: 32)
        mask = 31
    }

    var count: Int { hashes.count }
    var allocatedBytes: Int { arena.allocatedBytes + ends.allocatedBytes + hashes.allocatedBytes + (mask + 1) * 4 }
    var frozen: FrozenDictionary { FrozenDictionary(arena: arena.frozen, ends: ends.frozen) }
    /// Whether another entry of `count` bytes would overflow the 32-bit offsets.
    func isFull(adding count: Int) -> Bool { arena.count + count > Int(UInt32.max) - 4096 }

    @inline(__always) mutating func code(for bytes: UnsafeRawBufferPointer) -> UInt32 {
        let hash = seededHash(bytes)
        var slot = Int(hash) & mask
        while true {
            let entry = table[slot]
            if entry == 0 { return insert(bytes, hash: hash) }
            let code = Int(entry &- 1)
            if hashes[code] == hash {
                let start = Int(ends[code]), length = Int(ends[code + 1]) &- start
                if length == bytes.count, length == 0 || memcmp(arena.base + start, bytes.baseAddress!, length) == 0 {
                    return UInt32(truncatingIfNeeded: code)
                }
            }
            slot = (slot &+ 1) & mask
        }
    }

    @inline(never) private mutating func insert(_ bytes: UnsafeRawBufferPointer, hash: UInt32) -> UInt32 {
        if isText, !isValidUTF8(bytes) {
            var repaired = Array(String(decoding: bytes, as: UTF8.self).utf8)
            return repaired.withUnsafeMutableBytes { self.code(for: UnsafeRawBufferPointer($0)) }
        }
        if bytes.count > 0 {
            UnsafeMutableRawPointer(arena.extend(by: bytes.count)).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
        }
        ends.append(UInt32(truncatingIfNeeded: arena.count))
        hashes.append(hash)
        let code = UInt32(hashes.count - 1)
        if hashes.count * 4 > (mask + 1) * 3 { rehash() } else { place(code, hash: hash) }
        return code
    }

    private func place(_ code: UInt32, hash: UInt32) {
        var slot = Int(hash) & mask
        while table[slot] != 0 { slot = (slot + 1) & mask }
        table[slot] = code + 1
    }

    private mutating func rehash() {
        let size = (mask + 1) * 2
        tableOwner = Storage(capacity: size)
        table = tableOwner.base
        table.initialize(repeating: 0, count: size)
        mask = size - 1
        for code in 0..<hashes.count { place(UInt32(code), hash: hashes[code]) }
    }
}

/// A `ByteDictionary`'s entries, for readers.
struct FrozenDictionary: Sendable {
    fileprivate let arena: Frozen<UInt8>
    fileprivate let ends: Frozen<UInt32>

    var count: Int { ends.count - 1 }

    @inline(__always) subscript(code: Int) -> UnsafeRawBufferPointer {
        let start = Int(ends[code])
        return UnsafeRawBufferPointer(start: arena.base + start, count: Int(ends[code + 1]) - start)
    }
}

private let hashSeed = UInt64.random(in: 1...UInt64.max)

@inline(__always) private func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
}

@inline(__always) func seededHash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let count = bytes.count
    var hash = hashSeed ^ UInt64(truncatingIfNeeded: count)
    guard var at = bytes.baseAddress else { return UInt32(truncatingIfNeeded: mix(hash, 0x9E37_79B9_7F4A_7C15)) }
    var left = count
    while left >= 16 {
        hash = mix(at.loadUnaligned(as: UInt64.self) ^ hash, at.loadUnaligned(fromByteOffset: 8, as: UInt64.self) ^ 0xA076_1D64_78BD_642F)
        at += 16
        left &-= 16
    }
    var a: UInt64 = 0, b: UInt64 = 0
    if left >= 8 {
        a = at.loadUnaligned(as: UInt64.self)
        b = (at + (left &- 8)).loadUnaligned(as: UInt64.self)
    } else if left >= 4 {
        a = UInt64(at.loadUnaligned(as: UInt32.self))
        b = UInt64((at + (left &- 4)).loadUnaligned(as: UInt32.self))
    } else if left > 0 {
        a = UInt64(at.load(as: UInt8.self)) | UInt64((at + left / 2).load(as: UInt8.self)) << 8
            | UInt64((at + (left &- 1)).load(as: UInt8.self)) << 16
    }
    let folded = mix(a ^ hash ^ 0xE703_7ED1_A0B4_28DB, b ^ 0x8EBC_6AF0_9C88_C6E3)
    return UInt32(truncatingIfNeeded: folded ^ folded >> 32)
}

/// Whether `bytes` are UTF-8. ASCII, the common case, goes eight bytes at a time.
func isValidUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    while index + 8 <= bytes.count, bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 { index += 8 }
    if index == bytes.count { return true }
    return String(validating: UnsafeRawBufferPointer(rebasing: bytes[index...]), as: UTF8.self) != nil
}
