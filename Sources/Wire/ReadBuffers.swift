internal import NIOCore

/// The size of the buffer for a connection's next read: small while little comes, up to 256 KB while reads fill it.
///
/// NIO would keep a connection's read buffers for the next time; with thousands of connections that is most of the memory. It
/// does not know the next size here (`nextBufferSize` is nil by default) and is told that it may have grown, so each read gets a
/// buffer of its own, which malloc has at hand, and only the first, small one stays. `maxMessagesPerRead` has to be 1 for that.
struct ReadBuffers: RecvByteBufferAllocator {
    private var sizes = AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 8192, maximum: 256 << 10)

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { sizes.buffer(allocator: allocator) }

    mutating func record(actualReadBytes: Int) -> Bool {
        _ = sizes.record(actualReadBytes: actualReadBytes)
        return true
    }
}
