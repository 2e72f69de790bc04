// gRPC framing: however a stream is cut, it must read the same. Compiled into the module Wire, together with its sources.

private struct Reading: Equatable {
    var events: [GRPCMessageReader.Event] = []
    var payloadBytes = 0
    var failureAtEnd: GRPCStatus?
}

private func read(_ bytes: UnsafeRawBufferPointer, cutBy cut: (Int) -> Int) -> Reading {
    var reader = GRPCMessageReader()
    var reading = Reading()
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start + max(1, cut(start)))
        let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        var offset = 0
        while let event = reader.next(piece, &offset) {
            precondition(offset <= piece.count)
            switch event {
            case .payload(let count):
                precondition(count > 0 && count <= piece.count)
                reading.payloadBytes += count
            case .message: reading.events.append(event)
            case .failure:
                reading.events.append(event)
                return reading
            }
        }
        precondition(offset == piece.count)
        start = end
    }
    reading.failureAtEnd = reader.failureAtEnd
    return reading
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: data, count: count)
    let whole = read(bytes) { _ in count }
    precondition(read(bytes) { _ in 1 } == whole)
    precondition(read(bytes) { Int(bytes[$0] & 7) } == whole)
    let text = String(decoding: bytes, as: UTF8.self)
    _ = GRPCTimeout.parse(bytes)
    _ = Base64.isValid(text)
    precondition(Percent.decode(Percent.encode(text)) == text)
    _ = QueryParameters(text)
    _ = RequestHead.split(target: text)
    _ = HeaderValue.accepts("gzip", in: text)
    _ = HeaderValue.preferred(["a/b"], accept: text)
    precondition(Base64.isValid(String(decoding: Base64.encode(Array(bytes)), as: UTF8.self)))
    return 0
}
