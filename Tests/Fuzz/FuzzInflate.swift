// Inflating: any input, any first guess at the size, the same result within the limit. Compiled into the module Wire.

private let store = BodyStore(budget: ByteBudget(limitBytes: 4 << 20))

/// `bytes` as a body that the budget has paid for.
private func body(_ bytes: UnsafeRawBufferPointer) -> Body {
    var assembler = BodyAssembler(store: store, limitBytes: 1 << 20, windowBytes: 1 << 20)
    precondition(assembler.append(bytes) == .stored)
    return assembler.finish()
}

private func inflated(_ bytes: UnsafeRawBufferPointer, _ encoding: ContentEncoding, _ limit: Int) -> Result<[UInt8], BodyFailure> {
    let request = Request(
        head: RequestHead(method: "POST", path: "/"), body: body(bytes), encoding: encoding,
        limits: BodyLimits(wireBytes: 1 << 20, inflatedBytes: limit))
    do throws(BodyFailure) { return .success(try request.inflated().withBytes { Array($0) }) } catch { return .failure(error) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: data, count: count)
    for encoding in [ContentEncoding.gzip, .deflate] {
        let wide = inflated(bytes, encoding, 1 << 20)
        switch wide {
        case .success(let output):
            precondition(inflated(bytes, encoding, output.count) == wide, "exactly the limit")
            if !output.isEmpty {
                precondition(inflated(bytes, encoding, output.count - 1) == .failure(.inflatedTooLarge(limitBytes: output.count - 1)))
            }
        case .failure(.overloaded): preconditionFailure("there is room enough")
        case .failure: break
        }
    }
    // And back: whatever the input, its own compression must inflate to it.
    let input = Array(bytes)
    let small = Response(status: 200, body: input + [UInt8](repeating: 0, count: 2000), mayCompress: true).compressed()
    if small.headers.contains(where: { $0.name == "content-encoding" }) {
        precondition(small.body.withUnsafeBytes { inflated($0, .gzip, 1 << 20) } == .success(input + [UInt8](repeating: 0, count: 2000)))
    }
    precondition(store.budget.usedBytes == 0, "\(store.budget.usedBytes) bytes are still paid for")
    return 0
}
