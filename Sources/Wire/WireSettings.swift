public import NIOCore
internal import NIOPosix

/// Limits and patience of the transport. The defaults suit exporters on any network; tests shorten them.
public struct WireSettings: Sendable, Equatable {
    /// Threads that read and write sockets, and threads that run handlers.
    public var loopCount = System.coreCount
    public var workerCount = System.coreCount
    /// Over all listeners; beyond it a connection is closed as soon as it is accepted.
    public var maxConnections = 10_000
    /// Requests at once on one HTTP/2 connection.
    public var maxStreams = 1000
    /// Names, values and 32 bytes for each, of one head.
    public var maxHeaderBytes = 64 << 10
    /// What an HTTP/2 client may send on one stream before it is admitted; bodies up to here never wait.
    public var streamWindowBytes = 256 << 10
    /// Of one HTTP/2 connection, all streams together. Given back as soon as bytes arrive: the streams hold clients back.
    public var connectionWindowBytes = 64 << 20

    /// From the first byte of a connection or an HTTP/1 head to the end of the head.
    public var headerTimeout = TimeAmount.seconds(10)
    /// A connection without requests. Longer than any exporter's interval, or it would meet a closed connection each time.
    public var idleTimeout = TimeAmount.seconds(180)
    /// Without a byte of a body, or of a client's reading, for this long.
    public var progressTimeout = TimeAmount.seconds(20)
    /// In line for the byte budget.
    public var budgetPatience = TimeAmount.milliseconds(1500)
    /// How long the rest of an answered request is read before its stream is reset, or its HTTP/1 connection closed.
    public var lingerTimeout = TimeAmount.seconds(3)
    /// A large admitted body that arrives more slowly than this, after `headerTimeout`, gives up its memory.
    public var minBodyBytesPerSecond = 8 << 10

    public init() {}
}

extension WireSettings {
    /// Admitted memory is scarce: it must fill at a rate that makes sense.
    func isTooSlow(_ body: BodyAssembler, since admittedAt: NIODeadline?, now: NIODeadline) -> Bool {
        guard body.isAdmitted, let admittedAt else { return false }
        let seconds = Int((now - admittedAt - headerTimeout).nanoseconds / 1_000_000_000)
        return seconds > 0 && body.count < seconds * minBodyBytesPerSecond
    }
}
