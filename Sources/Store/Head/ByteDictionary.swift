internal import CShims
internal import Trace
#if canImport(Glibc)
internal import Glibc
#endif

/// Distinct byte strings, numbered in order of first appearance: an arena, offsets, and an open-addressing table of codes.
///
/// A look-up is mostly a wait for one cache line of the table, so it comes in two halves: `prepare` hashes and asks for the line,
/// `code(for:hash:)` finds or inserts. Callers do other work in between.
///
/// The hash is seeded per process, since attribute values are chosen by whoever sends them.
/// Hash: the multiply-and-fold of wyhash (https://github.com/wangyi-fudan/wyhash).
struct ByteDictionary {
    private var arena: GrowBuffer<UInt8>
    private var ends: GrowBuffer<UInt32>           // entry `code` ends at `ends[code + 1]`; `ends[0]` is 0
    private var table: UnsafeMutablePointer<Slot>
    private var tableOwner: Storage<Slot>
    private var mask: Int
    private let seed = hashSeed
    /// Whether new entries are text: invalid UTF-8 is then repaired with U+FFFD before it is kept.
    let isText: Bool

    private struct Slot: BitwiseCopyable {
        var hash: UInt32 = 0
        /// Code + 1; 0 is free.
        var entry: UInt32 = 0
    }

    init(isText: Bool) {
        self.isText = isText
        arena = GrowBuffer(capacity: 256)
        ends = GrowBuffer(capacity: 16)
        ends.append(0)
        tableOwner = Storage(capacity: 32)
        table = tableOwner.base
        table.initialize(repeating: Slot(), count: 32)
        mask = 31
    }

    var count: Int { ends.count - 1 }
    var allocatedBytes: Int { arena.allocatedBytes + ends.allocatedBytes + (mask + 1) * 8 }
    var frozen: FrozenDictionary { FrozenDictionary(arena: arena.frozen, ends: ends.frozen) }
    /// Whether another entry of `count` bytes would overflow the 32-bit offsets.
    func isFull(adding count: Int) -> Bool { arena.count + count > Int(UInt32.max) - 4096 }

    /// The hash of `bytes`, whose place in the table is now on its way into the cache.
    @inline(__always) mutating func prepare(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let hash = seededHash(bytes, seed)
        shims_prefetch(table + (Int(hash) & mask))
        return hash
    }

    @inline(__always) mutating func code(for bytes: UnsafeRawBufferPointer) -> UInt32 { code(for: bytes, hash: seededHash(bytes, seed)) }

    /// - Parameter hash: what `prepare` returned for `bytes`.
    @inline(__always) mutating func code(for bytes: UnsafeRawBufferPointer, hash: UInt32) -> UInt32 {
        var place = Int(hash) & mask
        while true {
            let slot = table[place]
            if slot.entry == 0 { return insert(bytes, hash: hash) }
            if slot.hash == hash {
                let code = Int(slot.entry &- 1)
                let start = Int(ends.base[code]), length = Int(ends.base[code &+ 1]) &- start
                if length == bytes.count, length == 0 || memcmp(arena.base + start, bytes.baseAddress!, length) == 0 {
                    return UInt32(truncatingIfNeeded: code)
                }
            }
            place = (place &+ 1) & mask
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
        place(Slot(hash: hash, entry: UInt32(count)))
        if count * 4 > (mask + 1) * 3 { grow() }
        return UInt32(count - 1)
    }

    private func place(_ slot: Slot) {
        var place = Int(slot.hash) & mask
        while table[place].entry != 0 { place = (place + 1) & mask }
        table[place] = slot
    }

    private mutating func grow() {
        let old = UnsafeBufferPointer(start: table, count: mask + 1), keep = tableOwner
        let size = (mask + 1) * 2
        tableOwner = Storage(capacity: size)
        table = tableOwner.base
        table.initialize(repeating: Slot(), count: size)
        mask = size - 1
        for slot in old where slot.entry != 0 { place(slot) }
        withExtendedLifetime(keep) {}
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

@inline(__always) private func seededHash(_ bytes: UnsafeRawBufferPointer, _ seed: UInt64) -> UInt32 {
    let count = bytes.count
    var hash = seed ^ UInt64(truncatingIfNeeded: count)
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
