internal import Glibc

/// Chosen anew by each process, since those who send spans choose what is hashed.
private let seed = UInt64.random(in: 1...UInt64.max)

/// The multiply-and-fold of wyhash (https://github.com/wangyi-fudan/wyhash).
@inline(__always) func folded(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
}

@inline(__always) func seededHash(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    let raw = UnsafeRawPointer(bytes)
    var state = seed ^ UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
    var place = 0
    while place &+ 16 <= count {
        let a = raw.loadUnaligned(fromByteOffset: place, as: UInt64.self), b = raw.loadUnaligned(fromByteOffset: place &+ 8, as: UInt64.self)
        state = folded(a ^ 0xA076_1D64_78BD_642F, b ^ state)
        place &+= 16
    }
    var (a, b) = (UInt64(0), UInt64(0))
    let rest = count &- place
    if rest >= 8 {
        a = raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        b = raw.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
    } else if rest >= 4 {
        a = UInt64(raw.loadUnaligned(fromByteOffset: place, as: UInt32.self))
        b = UInt64(raw.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
    } else if rest > 0 {
        a = UInt64(bytes[place]) | UInt64(bytes[place &+ rest / 2]) << 8 | UInt64(bytes[count &- 1]) << 16
    }
    return folded(a ^ 0xE703_7ED1_A0B4_28DB, b ^ state) ^ folded(state, 0x8EBC_6AF0_9C88_C6E3)
}

@inline(__always) func seededHash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    guard let base = bytes.baseAddress else { return seededHash(UnsafePointer(bitPattern: 16)!, 0) }
    return seededHash(base.assumingMemoryBound(to: UInt8.self), bytes.count)
}

@inline(__always) func isEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    a.count == b.count && (a.isEmpty || memcmp(a.baseAddress!, b.baseAddress!, a.count) == 0)
}
