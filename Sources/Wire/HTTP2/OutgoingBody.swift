/// What of an answer's body waits to be sent on one stream. A plain value.
struct OutgoingBody {
    private struct Piece {
        var bytes: [UInt8]
        /// Whether gRPC's prefix goes before it: flag 0 and the length.
        var isMessage: Bool
        /// Counts the prefix too.
        var sent = 0

        var count: Int { bytes.count + (isMessage ? 5 : 0) }
    }

    private var first: Piece?
    private var later: [Piece] = []
    private var laterHead = 0
    /// Nothing will follow what is here.
    var isComplete = false

    var isEmpty: Bool { first == nil }

    mutating func append(_ bytes: [UInt8], asMessage: Bool) {
        guard asMessage || !bytes.isEmpty else { return }
        let piece = Piece(bytes: bytes, isMessage: asMessage)
        if first == nil { first = piece } else { later.append(piece) }
    }

    /// Moves up to `room` bytes to `target`. `payload` is how many of them are not prefixes.
    mutating func take(into target: UnsafeMutablePointer<UInt8>, room: Int) -> (count: Int, payload: Int) {
        var count = 0
        var payload = 0
        while count < room, var piece = first.take() {
            if piece.isMessage, piece.sent < 5 {
                let length = UInt32(truncatingIfNeeded: piece.bytes.count)
                while piece.sent < 5, count < room {
                    target[count] = piece.sent == 0 ? 0 : UInt8(truncatingIfNeeded: length >> UInt32(8 * (4 - piece.sent)))
                    piece.sent += 1
                    count += 1
                }
            }
            let from = piece.sent - (piece.isMessage ? 5 : 0)
            if from >= 0 {
                let part = min(room - count, piece.bytes.count - from)
                piece.bytes.withUnsafeBufferPointer { bytes in
                    if let start = bytes.baseAddress { (target + count).update(from: start + from, count: part) }
                }
                piece.sent += part
                count += part
                payload += part
            }
            first = piece.sent < piece.count ? piece : nextPiece()
        }
        return (count, payload)
    }

    private mutating func nextPiece() -> Piece? {
        guard laterHead < later.count else { return nil }
        let piece = later[laterHead]
        laterHead += 1
        if laterHead == later.count || laterHead >= 64 {
            later.removeFirst(laterHead)
            laterHead = 0
        }
        return piece
    }
}
