/// Why bytes are not the protobuf message they should be. `offset` counts from the start of what the cursor was given.
public struct ProtobufError: Error, Equatable, Sendable {
    public enum Reason: Equatable, Sendable {
        case truncated
        case varintTooLong
        case fieldNumberZero
        /// A known field with another wire type than its own, or a wire type that does not exist.
        case badWireType(field: Int, wireType: Int)
        case badLength(field: String, count: Int)
        case tooDeep(limit: Int)
        /// Messages of a few bytes that each ask for a row of a table: more than any exporter sends.
        case tooManyEmptyMessages(limit: Int)
    }
    public var reason: Reason
    public var offset: Int

    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension ProtobufError: CustomStringConvertible {
    public var description: String {
        let what = switch reason {
        case .truncated: "a field reaches past the end of its message"
        case .varintTooLong: "a varint is longer than 10 bytes"
        case .fieldNumberZero: "field number 0 does not exist"
        case .badWireType(let field, let type): "field \(field) has wire type \(type)"
        case .badLength(let field, let count): "invalid \(field) length: \(count) bytes"
        case .tooDeep(let limit): "values are nested deeper than \(limit) levels"
        case .tooManyEmptyMessages(let limit): "more than \(limit) messages are empty"
        }
        return "\(what) (at byte \(offset))"
    }
}

/// Walks the fields of a protobuf message in place: no copy, no allocation. Sub-messages are walked by moving `end`.
///
/// Invariant: `position <= end`, both within the memory the cursor was made over. Each read proves its length before it
/// moves; that proof is what makes the loads sound. Offsets count from `base`.
/// Source: https://protobuf.dev/programming-guides/encoding/
@frozen public struct ProtobufCursor {
    public let base: UnsafeRawPointer
    public var position: UnsafeRawPointer
    public var end: UnsafeRawPointer

    /// A cursor over `bytes`. They must outlive it.
    @inlinable public init(_ bytes: UnsafeRawBufferPointer) {
        base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 16)!
        position = base
        end = base + bytes.count
    }

    /// A cursor over `range` of the memory that starts at `base`.
    @inlinable public init(base: UnsafeRawPointer, _ range: ByteRange) {
        self.base = base
        position = base + range.start
        end = base + range.end
    }

    @inlinable public var isAtEnd: Bool { position >= end }
    @inlinable public var offset: Int { position - base }

    @inline(never) public func error(_ reason: ProtobufError.Reason) -> ProtobufError { ProtobufError(reason, at: offset) }

    /// Out of line and without arguments, to keep the checks in the inner loops small.
    @usableFromInline @inline(never) func truncated() -> ProtobufError { error(.truncated) }

    @inlinable @inline(__always) public mutating func varint() throws(ProtobufError) -> UInt64 {
        guard position < end else { throw truncated() }
        let byte = position.load(as: UInt8.self)
        if byte < 0x80 {
            position += 1
            return UInt64(byte)
        }
        if end - position > 1 {
            let second = position.load(fromByteOffset: 1, as: UInt8.self)
            if second < 0x80 {
                position += 2
                return UInt64(byte & 0x7f) | UInt64(second) << 7
            }
        }
        return try longVarint()
    }

    @usableFromInline @inline(never) mutating func longVarint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end {
            let byte = position.load(as: UInt8.self)
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { throw error(.varintTooLong) }
        }
        throw error(.truncated)
    }

    /// The next field's tag: `field << 3 | wireType`.
    @inlinable @inline(__always) public mutating func tag() throws(ProtobufError) -> UInt64 {
        let tag = try varint()
        if tag < 8 { throw error(.fieldNumberZero) }
        return tag
    }

    @inlinable @inline(__always) public mutating func fixed64() throws(ProtobufError) -> UInt64 {
        guard end - position >= 8 else { throw truncated() }
        let value = position.loadUnaligned(as: UInt64.self)
        position += 8
        return UInt64(littleEndian: value)
    }

    @inlinable @inline(__always) public mutating func fixed32() throws(ProtobufError) -> UInt32 {
        guard end - position >= 4 else { throw truncated() }
        let value = position.loadUnaligned(as: UInt32.self)
        position += 4
        return UInt32(littleEndian: value)
    }

    /// Reads a length and steps over that many bytes; the range is counted from `base`.
    @inlinable @inline(__always) public mutating func lengthDelimited() throws(ProtobufError) -> ByteRange {
        let count = try varint()
        guard count <= UInt64(bitPattern: Int64(end - position)) else { throw truncated() }
        let range = ByteRange(start: position - base, count: Int(truncatingIfNeeded: count))
        position += Int(truncatingIfNeeded: count)
        return range
    }

    /// Reads a length and returns a cursor over that many bytes, stepping over them.
    @inlinable @inline(__always) public mutating func message() throws(ProtobufError) -> ProtobufCursor {
        let count = try varint()
        guard count <= UInt64(bitPattern: Int64(end - position)) else { throw truncated() }
        var inner = self
        inner.end = position + Int(truncatingIfNeeded: count)
        position += Int(truncatingIfNeeded: count)
        return inner
    }

    /// Steps over the value of a field nobody here knows. `known` are the field numbers whose wire type was wrong:
    /// those fail, as the Collector's decoder does.
    @inlinable public mutating func skip(_ tag: UInt64, known: ClosedRange<UInt64>) throws(ProtobufError) {
        if known.contains(tag >> 3) { throw error(.badWireType(field: Int(tag >> 3), wireType: Int(tag & 7))) }
        try skip(tag)
    }

    /// Steps over the value of a field of any number, groups included.
    public mutating func skip(_ tag: UInt64) throws(ProtobufError) {
        var openGroups: [UInt64] = []
        var tag = tag
        while true {
            switch tag & 7 {
            case 0: _ = try varint()
            case 1: _ = try fixed64()
            case 2: _ = try lengthDelimited()
            case 5: _ = try fixed32()
            case 3:
                openGroups.append(tag >> 3)
                if openGroups.count > 64 { throw error(.tooDeep(limit: 64)) }
            case 4 where openGroups.last == tag >> 3: openGroups.removeLast()
            default: throw error(.badWireType(field: Int(clamping: tag >> 3), wireType: Int(tag & 7)))
            }
            if openGroups.isEmpty { return }
            tag = try self.tag()
        }
    }
}
