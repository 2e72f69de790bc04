internal import Synchronization

/// What other threads have for one connection. The first mail wakes the connection's loop, the rest is taken along: under load
/// one wake-up and one flush serve many replies.
final class Mailbox: Sendable {
    /// For the request `id` of this connection.
    struct Mail: Sendable {
        var id: Int
        var event: Event
    }

    enum Event: Sendable {
        /// A whole HTTP answer.
        case whole(Response)
        /// The one message of a unary call.
        case message([UInt8])
        case failure(GRPCStatus)
        case start(status: Int, headers: [(name: String, value: String)])
        case more([UInt8])
        case end
        /// The handler let go of its reply without an answer.
        case abandoned
        /// The budget has taken this many bytes for the request's body.
        case admitted(bytes: Int)
    }

    private struct Box {
        var mails: [Mail] = []
        var isClosed = false
    }

    private let box = Mutex(Box())
    private let wake: @Sendable () -> Void

    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    /// False when nobody will read it any more.
    @discardableResult func post(_ id: Int, _ event: Event) -> Bool {
        let (isFirst, isClosed) = box.withLock { box in
            if !box.isClosed { box.mails.append(Mail(id: id, event: event)) }
            return (box.mails.count == 1, box.isClosed)
        }
        if isFirst, !isClosed { wake() }
        return !isClosed
    }

    /// Takes all there is. `empty` is an empty array to leave in its place, for its memory.
    func take(leaving empty: [Mail]) -> [Mail] {
        box.withLock { box in
            defer { box.mails = empty }
            return box.mails
        }
    }

    /// No mail is accepted from now on; returns what was not read.
    func close() -> [Mail] {
        box.withLock { box in
            box.isClosed = true
            return box.mails
        }
    }
}
