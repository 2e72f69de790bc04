/// A batch's bytes, for loops that look up many ranges. Valid only within `SpanBatch.withArena`.
@frozen public struct Arena {
    public let body: UnsafeRawBufferPointer
    public let extra: UnsafeRawBufferPointer

    @inlinable public init(body: UnsafeRawBufferPointer, extra: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)) {
        self.body = body
        self.extra = extra
    }

    @inlinable public subscript(range: ByteRange) -> UnsafeRawBufferPointer {
        if range.end <= body.count { return UnsafeRawBufferPointer(rebasing: body[range.start..<range.end]) }
        return UnsafeRawBufferPointer(rebasing: extra[range.start - body.count..<range.end - body.count])
    }
}

extension SpanBatch {
    /// Calls `read` with the batch's bytes, which are valid only within the call.
    @inlinable public func withArena<R>(_ read: (Arena) -> R) -> R {
        extra.withUnsafeBytes { read(Arena(body: body, extra: $0)) }
    }
}
