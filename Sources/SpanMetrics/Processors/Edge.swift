internal import Trace

/// Two spans that belong together: a client (or producer) and the server (or consumer) whose parent it is.
struct EdgeKey: Hashable {
    var trace: TraceID
    /// The client's id; zero for a server without parent.
    var span: SpanID

    var isRoot: Bool { span.isZero }

    @inline(__always) var placeHash: UInt64 { folded(trace.low ^ span.bits &* 0x9E37_79B9_7F4A_7C15, trace.high ^ edgeSeed) }
}

private let edgeSeed = UInt64.random(in: 1...UInt64.max) | 1

/// Which of the two spans of an edge one is.
enum EdgeSide { case client, server }

/// An edge of which one side, or both, are known.
struct Edge {
    enum Connection: UInt8 {
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
    struct Piece {
        var start: UInt32 = 0
        var length: UInt32 = 0
        var isEmpty: Bool { length == 0 }
    }

    var key = EdgeKey(trace: TraceID(high: 0, low: 0), span: .none)
    /// Seconds since 1970.
    var expiry: UInt64 = 0
    /// Names and dimensions, one after the other; what is written anew stays behind the old.
    var text: ContiguousArray<UInt8> = []
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
        text.removeAll(keepingCapacity: text.capacity <= 1024)
        self.key = key
        (client, server, peer) = (Piece(), Piece(), Piece())
        (clientSeconds, serverSeconds, clientEndNanos, serverStartNanos) = (0, 0, 0, 0)
        (multiplier, hasFailed, connection, virtualSide) = (1, false, .plain, nil)
        (next, previous) = (-1, -1)
    }

    @inline(__always) mutating func keep(_ bytes: UnsafeRawBufferPointer, limit: Int) -> Piece {
        let start = text.count, count = min(bytes.count, limit)
        text.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[0..<count]))
        return Piece(start: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: count))
    }

    func bytes(_ piece: Piece) -> [UInt8] { Array(text[Int(piece.start)..<Int(piece.start + piece.length)]) }
}
