internal import Synchronization
internal import Zlib

extension Response {
    /// Below this a packet is not saved.
    private static let worthwhileBytes = 1024

    /// With its body gzip'ed where the service allows it and it pays. Takes CPU time: on a worker, not on a loop.
    func compressed() -> Response {
        guard mayCompress, body.count > Self.worthwhileBytes, !headers.contains(where: { $0.name == "content-encoding" }) else {
            return varied()
        }
        let deflater = spareDeflaters.withLock { $0.deflaters.popLast() } ?? Deflater(.gzip, level: 1)
        let small = deflater.deflated(body)
        spareDeflaters.withLock { $0.deflaters.append(deflater) }
        guard small.count < body.count else { return varied() }
        var response = varied()
        response.headers.append(("content-encoding", "gzip"))
        response.body = small
        return response
    }

    /// A cache must know that the answer depends on what the client accepts.
    func varied() -> Response {
        guard mayCompress else { return self }
        var response = self
        if let index = response.headers.firstIndex(where: { $0.name == "vary" }) {
            response.headers[index].value += ", Accept-Encoding"
        } else {
            response.headers.append(("vary", "Accept-Encoding"))
        }
        return response
    }
}

/// Deflaters that nobody uses at the moment: 256 KB each, never more than ran at once.
private let spareDeflaters = Mutex(SpareDeflaters())

private struct SpareDeflaters: ~Copyable, @unchecked Sendable {   // each one has a single owner: the shelf, or who took it
    var deflaters: [Deflater] = []
}
