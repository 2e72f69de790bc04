internal import CShims
internal import Zlib

/// Why a block cannot be read.
package enum BlockDamage: Error, Equatable, CustomStringConvertible {
    case checksum(part: String)
    case malformed(part: String)
    case missing(part: String)
    case newerFormat(Int)
    /// The database could not read it: its words.
    case unreadable(String)
    /// No damage at all: retention or compaction removed the block meanwhile.
    case gone

    package var description: String {
        switch self {
        case .checksum(let part): "the check sum of its \(part) is wrong"
        case .malformed(let part): "its \(part) is malformed"
        case .missing(let part): "its \(part) is missing"
        case .newerFormat(let format): "its format \(format) is newer than this Loupe knows"
        case .unreadable(let words): words
        case .gone: "it was removed"
        }
    }
}

/// What reads bytes of a block one after the other.
protocol ByteReading {
    var malformed: BlockDamage { get }
    mutating func byte() throws(BlockDamage) -> UInt8
}

extension ByteReading {
    mutating func varint() throws(BlockDamage) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let byte = try byte()
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw malformed
    }

    mutating func count(atMost limit: Int = 1 << 40) throws(BlockDamage) -> Int {
        let value = try varint()
        guard limit >= 0, value <= UInt64(limit) else { throw malformed }
        return Int(value)
    }
}

/// Reads the pieces of one segment whose check sum was found right. Never reads past its end, whatever the bytes say.
struct PieceReader: ByteReading {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0
    private let part: String
    private let inflater: Inflater

    /// - Throws: `checksum` when the last four bytes are not the CRC-32C of those before.
    init(_ segment: UnsafeRawBufferPointer, part: String, inflater: Inflater) throws(BlockDamage) {
        guard segment.count >= 4 else { throw .malformed(part: part) }
        let count = segment.count - 4
        let stored = UInt32(littleEndian: segment.loadUnaligned(fromByteOffset: count, as: UInt32.self))
        guard shims_crc32c(0, segment.baseAddress, count) == stored else { throw .checksum(part: part) }
        bytes = UnsafeRawBufferPointer(rebasing: segment[..<count])
        self.part = part
        self.inflater = inflater
    }

    var malformed: BlockDamage { .malformed(part: part) }
    var isAtEnd: Bool { offset == bytes.count }

    mutating func byte() throws(BlockDamage) -> UInt8 {
        guard offset < bytes.count else { throw malformed }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func blob() throws(BlockDamage) -> [UInt8] { Array(try stored(count(atMost: bytes.count))) }

    private mutating func stored(_ count: Int) throws(BlockDamage) -> UnsafeRawBufferPointer {
        guard count <= bytes.count - offset else { throw malformed }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    /// A piece as it is stored.
    private enum Stored {
        case raw(UnsafeRawBufferPointer)
        case constant(UInt8, count: Int)
        case deflated(UnsafeRawBufferPointer, count: Int)

        var count: Int {
            switch self {
            case .raw(let bytes): bytes.count
            case .constant(_, let count), .deflated(_, let count): count
            }
        }
    }

    private mutating func next(limit: Int) throws(BlockDamage) -> Stored {
        let codec = PieceCodec(rawValue: try byte())
        let length = try count(atMost: limit)
        switch codec {
        case .raw: return .raw(try stored(length))
        case .constant: return .constant(try byte(), count: length)
        case .deflate: return .deflated(try stored(count(atMost: bytes.count)), count: length)
        case nil: throw malformed
        }
    }

    /// The next piece's bytes.
    mutating func piece(limit: Int = 1 << 31) throws(BlockDamage) -> [UInt8] {
        switch try next(limit: limit) {
        case .raw(let bytes): return Array(bytes)
        case .constant(let byte, let count): return [UInt8](repeating: byte, count: count)
        case .deflated(let packed, let count):
            var written = 0
            let out = [UInt8](unsafeUninitializedCapacity: count) { buffer, count in
                written = (try? inflater.inflate(packed, into: UnsafeMutableRawBufferPointer(buffer))) ?? -1
                count = max(0, written)
            }
            guard written == count else { throw malformed }
            return out
        }
    }

    /// The next `count` numbers, which are all there are.
    mutating func numbers(_ count: Int) throws(BlockDamage) -> [UInt64] {
        try numbers(count) { $0 == count }
    }

    /// The first `count` of the next numbers; there must be as many. Nothing can be read after them.
    mutating func numbers(first count: Int) throws(BlockDamage) -> [UInt64] {
        try numbers(count) { $0 >= count }
    }

    private mutating func numbers(_ count: Int, isLength: (Int) -> Bool) throws(BlockDamage) -> [UInt64] {
        if count == 0 { return [] }
        let width = Int(try byte())
        guard width <= 8 else { throw malformed }
        let low = try varint()
        var values = [UInt64](repeating: low, count: count)
        for place in 0..<width {
            let plane = try next(limit: 1 << 31)
            guard isLength(plane.count) else { throw malformed }
            let shift = UInt64(place * 8)
            switch plane {
            case .raw(let bytes): Self.add(bytes, &values, shift)
            case .constant(let byte, _):
                let addend = UInt64(byte) &<< shift
                for index in values.indices { values[index] &+= addend }
            case .deflated(let packed, _):
                let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
                defer { bytes.deallocate() }
                guard inflater.inflate(beginningOf: packed, into: bytes) else { throw malformed }
                Self.add(UnsafeRawBufferPointer(bytes), &values, shift)
            }
        }
        return values
    }

    /// Adds a plane to `values`, a byte to each.
    private static func add(_ plane: UnsafeRawBufferPointer, _ values: inout [UInt64], _ shift: UInt64) {
        values.withUnsafeMutableBufferPointer { values in
            for index in values.indices { values[index] &+= UInt64(plane[index]) &<< shift }
        }
    }
}
