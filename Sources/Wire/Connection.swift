internal import NIOCore
internal import Synchronization

/// One client connection in one of its stages: undecided, HTTP/1 or HTTP/2. Confined to its event loop.
protocol Connection: AnyObject {
    /// Where it stands in its loop's list.
    var slot: Int { get set }
    /// Looks for what has taken too long. Called a few times a second.
    func tick(now: NIODeadline)
    /// Finishes what is in flight, takes nothing new, and closes.
    func drain()
    func abort()
}

/// The connections of one event loop. Only touched on that loop.
final class LoopConnections: @unchecked Sendable {   // confined to `loop`
    let loop: any EventLoop
    private var connections: [any Connection] = []
    private var isDraining = false
    private var ticker: RepeatedTask?

    static let tickInterval = TimeAmount.milliseconds(250)

    init(loop: any EventLoop) { self.loop = loop }

    func startTicking() {
        ticker = loop.scheduleRepeatedTask(initialDelay: Self.tickInterval, delay: Self.tickInterval) { _ in self.tick() }
    }

    func add(_ connection: any Connection) {
        connection.slot = connections.count
        connections.append(connection)
        if isDraining { connection.drain() }
    }

    func remove(_ connection: any Connection) {
        guard connection.slot < connections.count, connections[connection.slot] === connection else { return }
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.slot] = last
            last.slot = connection.slot
        }
    }

    private func tick() {
        let now = NIODeadline.now()
        for index in connections.indices.reversed() where index < connections.count { connections[index].tick(now: now) }
    }

    func drain() {
        isDraining = true
        for connection in connections { connection.drain() }
    }

    func abort() {
        for connection in connections { connection.abort() }
        ticker?.cancel()
        ticker = nil
    }
}

/// Counts a connection while it is open, whatever handlers it goes through. Sits first in the pipeline.
final class ConnectionCounter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let listener: ListenerContext

    init(_ listener: ListenerContext) { self.listener = listener }

    func handlerAdded(context: ChannelHandlerContext) {
        listener.openCount.add(1, ordering: .relaxed)
        listener.acceptedCount.add(1, ordering: .relaxed)
        listener.server.openCount.add(1, ordering: .relaxed)
    }

    /// Comes for every connection, also for one that never became active.
    func handlerRemoved(context: ChannelHandlerContext) {
        listener.openCount.subtract(1, ordering: .relaxed)
        listener.server.openCount.subtract(1, ordering: .relaxed)
    }
}
