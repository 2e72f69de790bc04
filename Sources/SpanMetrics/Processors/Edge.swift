internal import Glibc
internal import Trace

/// Two spans that belong together: a client (or producer) and the server (or consumer) whose parent it is.
struct EdgeKey: Hashable, BitwiseCopyable {
    var trace: TraceID
    /// The client's id; zero for a server without parent.
    var span: SpanID

    var isRoot: Bool { span.isZero }

    @inline(__always) var placeHash: UInt32 {
        UInt32(truncatingIfNeeded: folded(trace.low ^ span.bits &* 0x9E37_79B9_7F4A_7C15, trace.high ^ edgeSeed))
    }
}

private let edgeSeed = UInt64.random(in: 1...UInt64.max) | 1

/// Which of the two spans of an edge one is.
enum EdgeSide: BitwiseCopyable { case client, server }

/// An edge of which one side, or both, are known. Its memory belongs to the table that it is in.
struct Edge: BitwiseCopyable {
    enum Connection: UInt8, BitwiseCopyable {
        case plain = 0, messaging, database, virtual

        var label: String {
            switch self {
            case .plain: ""
            case .messaging: "messaging_system"
            case .database: "database"
            case .virtual: "virtual_node"
            }
        }
    }

    /// Bytes of `text`. Of no length: nothing is known.
    struct Piece: BitwiseCopyable {
        var start: UInt32 = 0
        var length: UInt32 = 0
        var isEmpty: Bool { length == 0 }
    }

    var key = EdgeKey(trace: TraceID(high: 0, low: 0), span: .none)
    /// Seconds since 1970.
    var expiry: UInt64 = 0
    /// Names and dimensions, one after the other; what is written anew stays behind the old.
    private var text: UnsafeMutablePointer<UInt8>?
    private var textCount = 0
    private(set) var textCapacity = 0
    var client = Piece()
    var server = Piece()
    var peer = Piece()
    var clientSeconds = 0.0
    var serverSeconds = 0.0
    var clientEndNanos: UInt64 = 0
    var serverStartNanos: UInt64 = 0
    var multiplier = 1.0
    var hasFailed = false
    var connection = Connection.plain
    var virtualSide: EdgeSide?
    /// Neighbours in the order of expiry; of a free place, the next free one.
    var next: Int32 = -1
    var previous: Int32 = -1

    var isComplete: Bool { !client.isEmpty && !server.isEmpty }

    /// Makes the place ready for another edge. Its memory stays, unless it is large.
    mutating func reset(_ key: EdgeKey) {
        textCount = 0
        if textCapacity > 1024 { free() }
        self.key = key
        (client, server, peer) = (Piece(), Piece(), Piece())
        (clientSeconds, serverSeconds, clientEndNanos, serverStartNanos) = (0, 0, 0, 0)
        (multiplier, hasFailed, connection, virtualSide) = (1, false, .plain, nil)
        (next, previous) = (-1, -1)
    }

    /// Gives the memory back.
    mutating func free() {
        text?.deallocate()
        (text, textCount, textCapacity) = (nil, 0, 0)
    }

    /// Keeps at most `limit` of `bytes`.
    @inline(__always) mutating func keep(_ bytes: UnsafeRawBufferPointer, limit: Int) -> Piece {
        let count = min(bytes.count, limit)
        if textCount &+ count > textCapacity { grow(textCount + count) }
        if count > 0, let text { memcpy(text + textCount, bytes.baseAddress!, count) }
        defer { textCount &+= count }
        return Piece(start: UInt32(truncatingIfNeeded: textCount), length: UInt32(truncatingIfNeeded: count))
    }

    @inline(never) private mutating func grow(_ needed: Int) {
        let capacity = max(128, needed * 2)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        if let text { memcpy(larger, text, textCount) }
        text?.deallocate()
        (text, textCapacity) = (larger, capacity)
    }

    /// Valid until the edge keeps more.
    @inline(__always) func view(_ piece: Piece) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.map { $0 + Int(piece.start) }, count: Int(piece.length))
    }

    func bytes(_ piece: Piece) -> [UInt8] { Array(view(piece)) }
}
