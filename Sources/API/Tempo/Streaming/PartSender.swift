internal import Synchronization
internal import Wire

/// Sends messages one after the other as fast as the client takes them. A message is made when its turn has come, so that no
/// more than what the client is behind is held.
final class PartSender: Sendable {
    private let next: @Sendable () -> [UInt8]?
    private let reply: any Reply

    init(_ parts: MessageParts<some Sendable>, _ reply: any Reply) {
        let parts = Mutex(parts)
        next = { parts.withLock { $0.next() } }
        self.reply = reply
    }

    /// Returns when everything is on its way or the client is behind; then it goes on by itself.
    func send() {
        while !reply.isCancelled {
            guard let part = next() else { return reply.finish() }
            if !reply.write(part) { return reply.onWritable { self.send() } }
        }
    }
}
