/// Writes protobuf. Source: https://protobuf.dev/programming-guides/encoding/
extension OutputBuffer {
    @inline(__always)
    public mutating func varint(_ value: UInt64) {
        reserve(10)
        var value = value
        while value > 0x7f {
            memory.storeBytes(of: UInt8(truncatingIfNeeded: value) | 0x80, toByteOffset: count, as: UInt8.self)
            count &+= 1
            value >>= 7
        }
        memory.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    @inline(__always)
    public mutating func field(_ number: Int, varint value: UInt64) {
        varint(UInt64(number) << 3)
        varint(value)
    }

    @inline(__always)
    public mutating func field(_ number: Int, fixed64 value: UInt64) {
        varint(UInt64(number) << 3 | 1)
        append(raw: value.littleEndian)
    }

    @inline(__always)
    public mutating func field(_ number: Int, fixed32 value: UInt32) {
        varint(UInt64(number) << 3 | 5)
        append(raw: value.littleEndian)
    }

    /// A string, bytes, or a message that is already encoded.
    @inline(__always)
    public mutating func field(_ number: Int, bytes: UnsafeRawBufferPointer) {
        varint(UInt64(number) << 3 | 2)
        varint(UInt64(bytes.count))
        append(bytes)
    }

    public mutating func field(_ number: Int, string: String) {
        var string = string
        string.withUTF8 { field(number, bytes: UnsafeRawBufferPointer($0)) }
    }

    /// A message whose fields `write` appends.
    @inline(__always)
    public mutating func message(_ number: Int, _ write: (inout OutputBuffer) -> Void) {
        let start = beginMessage(number)
        write(&self)
        endMessage(start)
    }

    /// Writes a message's tag and one byte for its length; returns where its content begins, for `endMessage`.
    @inline(__always)
    public mutating func beginMessage(_ number: Int) -> Int {
        varint(UInt64(number) << 3 | 2)
        append(0)
        return count
    }

    /// Writes the length of the message that began at `start`. Content of 128 bytes and more moves to make room for it:
    /// one copy per level costs less than measuring everything beforehand.
    @inline(__always)
    public mutating func endMessage(_ start: Int) {
        let length = count - start
        if length < 0x80 {
            memory.storeBytes(of: UInt8(truncatingIfNeeded: length), toByteOffset: start - 1, as: UInt8.self)
        } else {
            widen(start, length)
        }
    }

    @inline(never)
    private mutating func widen(_ start: Int, _ length: Int) {
        let extra = (UInt64.bitWidth - UInt64(length).leadingZeroBitCount - 1) / 7
        reserve(extra + 10)
        (memory + start + extra).copyMemory(from: memory + start, byteCount: length)   // memmove: the ranges overlap
        count = start - 1
        varint(UInt64(length))
        count += length
    }
}
