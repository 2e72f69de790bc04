// Feeds bytes to the JSON decoder. What it accepts must come out as JSON that means the same.
import OTLP
import Trace

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // A copy of exactly this size, so that the sanitizer sees a read past its end.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyMemory(from: UnsafeRawBufferPointer(start: start, count: count))
    do {
        let batch = try RequestDecoder.decode(json: UnsafeRawBufferPointer(memory)).batch
        var once = OutputBuffer()
        TraceEncoder.encode(batch, json: .otlp, &once)
        guard let again = try? RequestDecoder.decode(json: once.bytes) else { preconditionFailure("our JSON is refused") }
        var twice = OutputBuffer()
        TraceEncoder.encode(again.batch, json: .otlp, &twice)
        precondition(once.bytes.elementsEqual(twice.bytes), "the JSON means something else")
    } catch {
        precondition(error.offset <= count && error.line >= 1 && error.column >= 1)
        _ = "\(error)"
    }
    return 0
}
